// What is written in a form is kept in this browser until it has been sent, so that a session which ends takes none of it:
//   data-draft="KEY"               on a form: what it is kept as
//   data-draft-address="ADDRESS"   on a form that has no address of its own yet: where it is found again
//   data-draft-of="ID"             on a form: what it is for; what was written for something else at the same key is over, and goes
//   data-version="N"               on a form: what was written for another version is offered, not put back by itself
//   data-finished="KEY KEY"        on the body, and on whatever of the page is fetched again: forms that are done with; with
//   data-finished-version="N"      not what was written for a later version
// A draft is of whoever is signed in (data-me of the body). It goes when its form is done with, when it is discarded,
// when its writer signs out, when somebody else signs in here, and after two weeks.
(() => {
  const LASTS_MS = 14 * 24 * 60 * 60 * 1000;
  const PAUSE_MS = 600;
  const LONGEST_PAUSE_MS = 5000; // of somebody who writes on and on
  const ANYBODYS = "draft ";
  const { me } = document.body.dataset;
  if (!me) return;

  let kept;
  try {
    kept = window.localStorage;
  } catch {
    return; // a browser that keeps nothing
  }
  const prefix = `${ANYBODYS}${encodeURIComponent(me)} `;
  const read = (name) => {
    try {
      return JSON.parse(kept.getItem(name));
    } catch {
      return null;
    }
  };
  const all = (begin) => Object.keys(kept).filter((name) => name.startsWith(begin));

  for (const name of all(ANYBODYS)) {
    const isFresh = Date.now() - read(name)?.at < LASTS_MS;
    if (!name.startsWith(prefix) || !isFresh) kept.removeItem(name);
  }
  const finish = (root) => {
    for (const { dataset } of root.querySelectorAll("[data-finished]")) {
      for (const name of dataset.finished.split(" ").map((key) => prefix + key)) {
        const isLater = Number(read(name)?.version) > Number(dataset.finishedVersion);
        if (!isLater) kept.removeItem(name);
      }
    }
  };
  finish(document);
  document.addEventListener("renewed", ({ target }) => finish(target));
  let isLeft = false;
  document.addEventListener("submit", ({ target }) => {
    if (!target.getAttribute("action")?.startsWith("/sign-out")) return;
    isLeft = true;
    for (const name of all(ANYBODYS)) kept.removeItem(name);
  });

  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const own = prefix + form.dataset.draft;
  const of = form.dataset.draftOf;
  if (read(own)?.of !== of) kept.removeItem(own);
  const version = () => form.dataset.version ?? null;

  const isTyped = (field) => field.name && field.matches("input:not([type=hidden], [type=file]), textarea, select");
  const find = () => [...form.elements].filter((field) => isTyped(field) && !field.closest("[data-line]"));
  const header = window.requestLines && find(); // a form with lines has thousands of fields, of which only those in lines come and go
  const typed = () => header ?? find();
  const state = () => ({
    fields: Object.fromEntries(typed().map((field) => [field.name, field.value])),
    lines: window.requestLines?.read() ?? null,
  });

  const shown = document.querySelector("[data-draft-state]");
  let waiting;
  let waitsSince;
  const stopWaiting = () => {
    clearTimeout(waiting);
    waiting = undefined;
    waitsSince = undefined;
  };
  const keep = ({ isLeaving = false } = {}) => {
    stopWaiting();
    if (isLeft) return;
    const address = form.dataset.draftAddress ?? null;
    try {
      kept.setItem(own, JSON.stringify({ at: Date.now(), of, version: version(), address, ...state() }));
    } catch {
      return; // it is full: leaving the page is asked about as before
    }
    delete form.dataset.guard; // nothing is lost by leaving
    if (shown) {
      shown.hidden = false;
      shown.querySelector("time").textContent = window.writeClock(Date.now());
    }
    if (address && !isLeaving) history.replaceState(history.state, "", address);
  };
  const keepSoon = () => {
    const now = performance.now();
    waitsSince ??= now;
    clearTimeout(waiting);
    waiting = setTimeout(keep, Math.min(PAUSE_MS, waitsSince + LONGEST_PAUSE_MS - now));
  };
  document.addEventListener("input", ({ target }) => {
    if (target.form === form) keepSoon();
  });
  form.addEventListener("lines", keepSoon);
  form.addEventListener("submit", keep);
  // What is saved by itself (autosave.js) is kept no longer; of what was written since, it is kept for which version it is.
  form.addEventListener("saved", ({ detail: isAll }) => {
    if (!isAll) return keep();
    stopWaiting();
    kept.removeItem(own);
    for (const note of document.querySelectorAll("[data-draft-note]")) note.hidden = true;
  });
  // Nothing is lost by leaving, so that nobody is asked about it (app.js).
  const keepLeaving = () => waiting && keep({ isLeaving: true });
  form.addEventListener("leaving", keepLeaving);
  window.addEventListener("beforeunload", keepLeaving);
  window.addEventListener("pagehide", keepLeaving);

  // Putting it back

  const say = (what, draft, name) => {
    const note = document.querySelector(`[data-draft-note=${what}]`);
    for (const time of note.querySelectorAll("time")) {
      time.textContent = window.writeTime(draft.at);
      time.dateTime = new Date(draft.at).toISOString();
    }
    note.hidden = false;
    note.querySelector("[data-draft-discard]").addEventListener("click", () => {
      stopWaiting();
      kept.removeItem(name);
      note.hidden = true;
      if (what === "restored") {
        delete form.dataset.guard;
        form.dispatchEvent(new Event("discarded"));
        location.replace(location.href);
      }
    });
    return note;
  };
  const put = (draft) => {
    for (const field of typed()) {
      const text = draft.fields[field.name];
      if (text === undefined || text === field.value) continue;
      field.value = text;
      field.closest("details")?.setAttribute("open", ""); // whoever sends it sees it
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (draft.lines) window.requestLines?.put(draft.lines);
    form.dataset.changed = "yes";
  };

  // The same content, as whoever wrote it and as the server writes it.
  const plain = ({ fields, lines }) => {
    const texts = Object.entries(fields).map(([name, text]) => [name, window.readDay?.(text) || text.trim()]);
    return JSON.stringify([texts, lines?.map(window.requestLines.plain)]);
  };

  const draft = read(own);
  if (draft && plain(draft) !== plain(state())) {
    if (draft.version === version()) {
      put(draft);
      say("restored", draft, own);
    } else {
      const note = say("offered", draft, own);
      note.querySelector("[data-draft-put]").addEventListener("click", () => {
        put(draft);
        note.hidden = true;
      });
    }
  } else if (!draft && form.dataset.draftAddress) {
    const others = all(`${prefix}new/`).map((name) => [name, read(name)]);
    const [latest] = others.filter(([, one]) => one.address).sort(([, one], [, other]) => other.at - one.at);
    if (!latest) return;
    const note = say("unfinished", latest[1], latest[0]);
    note.querySelector("a").href = latest[1].address;
    note.querySelector("q").textContent = latest[1].fields.purpose || "–";
  }
})();
