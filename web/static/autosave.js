// A request that was never sent is saved by itself while its form is written in: a while after the last change, and when the page
// is left. What the server does not take stays kept in the browser (drafts.js), and the form says so without a fuss.
//   data-autosave="ADDRESS"      on a form with a data-version: where it is saved
//   data-autosave-state="STATE"  what is shown of it: saved, incomplete (it cannot be saved as it stands), changed (it was saved
//                                elsewhere meanwhile), refused (to whoever sends it, until they have signed in again), failed
//                                (for now)
// Once all is saved, the form gets the event "saved", whose detail says whether nothing was written since; "discarded" ends it all.
(() => {
  const PAUSE_MS = 2500;
  const LONGEST_PAUSE_MS = 20_000; // of somebody who writes on and on
  const AGAIN_MS = 15_000;
  const PATIENCE_MS = 20_000;
  const FINAL = { 403: "refused", 404: "changed", 409: "changed", 422: "incomplete" }; // asking again is answered the same
  const MOST_OF_A_LEFT_PAGE = 60_000; // bytes that browsers still send when a page is gone: 64 KB, all together

  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const states = [...document.querySelectorAll("[data-autosave-state]")];
  const say = (state) => {
    for (const one of states) {
      one.hidden = one.dataset.autosaveState !== state;
      for (const time of one.querySelectorAll("time")) time.textContent = window.writeClock(Date.now());
    }
  };

  let changes = 0; // since the page was opened
  let saved = 0; // so many of them are on the server
  let saving = null;
  let isOver = false;

  let waiting;
  let waitsSince;
  const saveWithin = (ms) => {
    const now = performance.now();
    waitsSince ??= now;
    clearTimeout(waiting);
    waiting = setTimeout(save, Math.min(ms, waitsSince + LONGEST_PAUSE_MS - now));
  };
  const stopWaiting = () => {
    clearTimeout(waiting);
    waitsSince = undefined;
  };

  const token = () => form.elements.csrf_token.value;
  let refusedToken = null; // there is another one once somebody has signed in again (app.js)
  const write = () => ({ changes, lines: window.requestLines.rows(), body: new URLSearchParams(new FormData(form)) });
  let unanswered = null; // what was sent last, while nobody knows whether it arrived: it is sent again as it was, before what came since
  const ask = async ({ body }) => {
    body.set("csrf_token", token());
    const keepalive = body.toString().length < MOST_OF_A_LEFT_PAGE;
    const answer = await fetch(form.dataset.autosave, { method: "POST", body, keepalive, signal: AbortSignal.timeout(PATIENCE_MS) });
    const state = !answer.headers.has("Retry-After") && FINAL[answer.status];
    return state ? { state } : answer.json(); // the page that asks who one is, is none
  };
  const attempt = async () => {
    const sent = (unanswered ??= write());
    const { state, version, lines: ids } = await ask(sent).catch(() => ({ state: "failed" }));
    if (isOver) return;
    if (state !== "failed" && state !== "refused") unanswered = null;
    if (state === "saved") {
      saved = sent.changes;
      form.dataset.version = version;
      form.elements.version.value = version;
      window.requestLines.identify(sent.lines, ids);
      document.getElementById("changed-note").hidden = true; // if it was told of this before the answer came
      if (saved === changes) delete form.dataset.changed;
      form.dispatchEvent(new CustomEvent("saved", { detail: saved === changes }));
    }
    if (state === "changed") {
      isOver = true;
      document.getElementById("changed-note").hidden = false;
    }
    if (state === "refused") refusedToken = sent.body.get("csrf_token");
    say(state);
    if (state === "failed") saveWithin(AGAIN_MS);
    else if (changes > sent.changes && !isOver) saveWithin(PAUSE_MS);
  };
  const save = () => {
    stopWaiting();
    if (isOver || saving || changes === saved || form.dataset.sent || token() === refusedToken) return;
    if (!unanswered && !form.matches(":valid")) {
      say("incomplete");
      return;
    }
    form.dataset.saving = "yes";
    saving = attempt().finally(() => {
      saving = null;
      delete form.dataset.saving;
    });
  };

  const change = () => {
    changes += 1;
    if (!isOver) saveWithin(PAUSE_MS);
  };
  // What drafts.js puts back when the page opens is nobody's change yet: it may be discarded.
  document.addEventListener("DOMContentLoaded", () => {
    form.addEventListener("input", change);
    form.addEventListener("lines", change);
  });
  form.addEventListener("discarded", () => {
    isOver = true;
    stopWaiting();
  });
  // Whoever saves now does so after what is under way or may have arrived, or their version would be an old one.
  let hasWaited = false;
  form.addEventListener("submit", (event) => {
    stopWaiting();
    if (unanswered && !hasWaited) save();
    hasWaited = Boolean(saving);
    if (!saving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    saving.then(() => form.requestSubmit(event.submitter));
  });
  window.addEventListener("online", save);
  window.addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => document.hidden && save());
  // A page that comes back as it was left does not know what became of it.
  window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
})();
