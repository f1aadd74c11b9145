// Behaviour of every page, switched on by data- attributes:
//   data-menu                 a <details> that closes when one clicks elsewhere or presses Escape
//   data-expands="ID"         a button that shows and hides the list with that id; as a menu, otherwise
//   data-opens="ID"           opens the dialog with that id; data-close inside closes it
//   data-theme-choice         light, dark or auto
//   data-href="ADDRESS"       a table row that leads where its main link leads
//   data-picks="ID"           a table with checkboxes: the bar with that id shows when rows are ticked; in it
//                             [data-pick-one] leads to ADDRESS of the one ticked row ({id} is replaced)
//   data-live                 a region that is fetched again when something changed (it needs an id); it then gets the
//                             event "renewed", whose detail are the values of ticked rows that are not in it any more
//   data-watch="ID"           on the content: only changes of that request matter; without it any change does
//   data-follows              what waits for something to happen: once it is not on the page any more, the page is opened anew
//   data-version="N"          on a form: the version that it was made for; a note shows when there is a newer one
//   data-guard                a form that asks before one leaves it unsaved
//   data-busy-note            in a form: shown while what it sent is worked on
// and every form is sent once, however often its button is pressed, and none without a connection. Pages can be put on a home screen.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Menus and dialogs

  const expand = (button, isExpanded) => button.setAttribute("aria-expanded", String(isExpanded));
  document.addEventListener("click", (event) => {
    for (const menu of all("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    for (const button of all("[data-expands]")) {
      expand(button, button.contains(event.target) && button.getAttribute("aria-expanded") === "false");
    }
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      document.getElementById(opener.dataset.opens).showModal();
      event.preventDefault();
    }
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
    const theme = event.target.closest("[data-theme-choice]");
    if (theme) {
      window.chooseTheme(theme.dataset.themeChoice);
      showTheme();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    for (const button of all("[data-expands][aria-expanded=true]")) {
      expand(button, false);
      button.focus();
    }
  });
  const showTheme = () => {
    for (const button of all("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.chosenTheme()));
    }
  };
  showTheme();

  // Rows that lead to their record

  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
    else location.assign(row.dataset.href);
  });

  // Ticked rows

  const showPicks = (table) => {
    const ticked = all("input[type=checkbox][name=id]:checked", table);
    const bar = document.getElementById(table.dataset.picks);
    bar.hidden = ticked.length === 0;
    bar.querySelector("[data-pick-count]").textContent = ticked.length;
    for (const link of all("[data-pick-one]", bar)) {
      const one = ticked.length === 1;
      link.disabled = !one;
      if (one) link.dataset.address = link.dataset.pickOne.replace("{id}", ticked[0].value);
    }
    for (const hint of all("[data-pick-hint]", bar)) hint.hidden = ticked.length === 1;
    for (const row of all("tbody tr", table)) {
      row.classList.toggle("is-picked", Boolean(row.querySelector("input[name=id]:checked")));
    }
  };
  document.addEventListener("change", (event) => {
    const table = event.target.closest("[data-picks]");
    if (table && event.target.matches("input[type=checkbox]")) showPicks(table);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-pick-one]");
    if (link) location.assign(link.dataset.address);
  });
  for (const table of all("[data-picks]")) showPicks(table);

  // Forms

  // Without a connection nothing is sent, and no page is left for the browser's own; that is said where the button is. A browser
  // that knows of no network may reach the server nevertheless, such as one on the same machine: then that is asked first.
  const unsent = document.getElementById("unsent-note");
  let isReached = false;
  const send = (form, submitter) => {
    isReached = true;
    form.requestSubmit(submitter);
    isReached = false;
  };
  const sayUnsent = (form, submitter) => {
    unsent.hidden = true; // it is told anew
    (submitter?.closest(".form-bar, .dialog-foot") ?? form).prepend(unsent);
    unsent.hidden = false;
  };
  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (navigator.onLine || isReached || form.method !== "post") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5000) }).then(
        () => send(form, submitter),
        () => sayUnsent(form, submitter),
      );
    },
    true,
  );
  window.addEventListener("online", () => (unsent.hidden = true));

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    delete form.dataset.changed;
    document.body.setAttribute("aria-busy", "true");
    for (const note of all("[data-busy-note]", form)) note.hidden = false;
  });
  window.addEventListener("pageshow", () => {
    document.body.removeAttribute("aria-busy");
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const note of all("[data-busy-note]")) note.hidden = true;
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]:not([data-changed])");
    if (form) form.dataset.changed = "yes";
  });
  window.addEventListener("beforeunload", (event) => {
    const guarded = () => document.querySelector("form[data-guard][data-changed]");
    guarded()?.dispatchEvent(new Event("leaving")); // whoever keeps what is written (drafts.js) does so now
    if (guarded()) event.preventDefault();
  });
  const wrong = document.querySelector("[aria-invalid=true]");
  if (wrong) wrong.focus();

  // What is missing is said in the page's language, not the browser's, and not any longer than it is so.

  document.addEventListener(
    "invalid",
    ({ target }) => {
      const { missing, missingChoice } = document.body.dataset;
      if (target.validity.valueMissing) target.setCustomValidity(target.matches("select, [type=radio]") ? missingChoice : missing);
    },
    true,
  );
  document.addEventListener("input", ({ target }) => {
    // Choices share a name; of any other field, its form is not searched: it may have thousands.
    const ofTheName = target.matches("[type=radio], [type=checkbox]") && target.form?.elements.namedItem(target.name);
    for (const field of ofTheName instanceof RadioNodeList ? ofTheName : [target]) field.setCustomValidity?.("");
    const error = target.classList.contains("is-invalid") && (target.closest(".date-field") ?? target).parentElement.querySelector(".invalid-feedback");
    if (!error) return;
    const others = (target.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== error.id);
    if (others.length > 0) target.setAttribute("aria-describedby", others.join(" "));
    else target.removeAttribute("aria-describedby");
    error.remove();
    target.classList.remove("is-invalid");
    target.removeAttribute("aria-invalid");
  });

  // What others change shows by itself

  const address = document.body.dataset.events;
  const content = document.querySelector("[data-watch]");
  const regions = () => all("[data-live][id]");
  if (!address || regions().length === 0) return;

  const isBusy = (region) =>
    region.querySelector("dialog[open]") ||
    all("input[type=file]", region).some((input) => input.files.length > 0) ||
    (region.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select"));

  // Rows stay ticked, folds folded, and the focus where it is, as far as what they are on is still there.
  const renew = (region, newer) => {
    const focused = region.contains(document.activeElement) ? document.activeElement : null;
    const ticked = all("input[name=id]:checked", region).map((box) => box.value);
    for (const fold of all("details[id]", region)) all(`details[id="${fold.id}"]`, newer).forEach((same) => (same.open = fold.open));
    for (const box of all("input[name=id]", newer)) box.checked = ticked.includes(box.value);
    const kept = all("input[name=id]:checked", newer).map((box) => box.value);
    region.replaceWith(newer);
    window.htmx?.process(newer);
    const same = (element) => element.getAttribute("href") === focused.getAttribute("href") && element.value === focused.value;
    if (focused) (all(focused.localName, newer).find(same) ?? newer.querySelector("a.main-link"))?.focus();
    all(".unfold input", region).forEach((box, place) => {
      const same = all(".unfold input", newer)[place];
      if (same) same.checked = box.checked;
    });
    const gone = ticked.filter((value) => !kept.includes(value));
    newer.dispatchEvent(new CustomEvent("renewed", { bubbles: true, detail: gone }));
  };

  const refresh = async () => {
    if (document.querySelector("form[data-sent]")) return; // this page is being left
    const answer = await fetch(location.href, { headers: { "X-Refresh": "true" } });
    const follows = document.querySelector("[data-follows]");
    if (follows && answer.redirected) location.replace(answer.url);
    if (!answer.ok || answer.redirected) {
      noteNewVersion(null);
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (follows && !fresh.querySelector("[data-follows]")) {
      location.reload();
      return;
    }
    for (const region of regions()) {
      const newer = fresh.getElementById(region.id);
      if (!newer || newer.innerHTML === region.innerHTML || isBusy(region)) continue;
      renew(region, newer);
      // "Request sent" is not how it stands any more.
      if (region.id === "run") for (const said of all(".alert-success.message")) said.remove();
    }
    for (const bar of all(".picked-bar")) bar.hidden ||= !document.querySelector(`[data-picks="${bar.id}"]`);
    for (const table of all("[data-picks]")) showPicks(table);
    noteNewVersion(fresh);
  };

  // A form made for an older version is not replaced under one's hands; a note says that there is a newer one.
  const noteNewVersion = (fresh) => {
    const mine = document.querySelector("form[data-version]");
    if (!mine) return;
    const theirs = fresh?.querySelector("form[data-version]");
    if (mine.dataset.saving) return; // what is new may be its own
    if (!theirs || Number(theirs.dataset.version) > Number(mine.dataset.version)) document.getElementById("changed-note").hidden = false;
  };

  // What a session has shown does not stay on the screen when it has ended, but for what somebody is writing here: that
  // is kept, and the page that holds it asks who they are.
  const isWritten = (field) => field.type !== "hidden" && field.value !== field.defaultValue;
  const signedOut = document.getElementById("signed-out-note");
  const leaveIfSignedOut = async () => {
    const answer = await fetch(location.href, { headers: { "X-Refresh": "true" } }).catch(() => null);
    if (!answer?.redirected || new URL(answer.url).pathname !== "/sign-in") return;
    if (!all("input, textarea").some(isWritten)) location.replace(answer.url);
    const link = signedOut.querySelector("a");
    link.href = link.dataset.leadsTo;
    signedOut.hidden = false;
  };
  // Whoever has signed in again goes on with the forms that are open here; to somebody else they are not shown.
  const rejoin = async () => {
    const answer = await fetch(location.href, { headers: { "X-Refresh": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (body.dataset.me !== document.body.dataset.me) {
      for (const form of all("form[data-guard]")) delete form.dataset.guard;
      location.replace("/");
      return;
    }
    signedOut.hidden = true;
    const token = body.querySelector("[name=csrf_token]")?.value;
    for (const field of all("[name=csrf_token]")) field.value = token;
    document.body.setAttribute("hx-headers", body.getAttribute("hx-headers"));
  };

  // One stream for the tab that is looked at: browsers allow a site only six connections over all tabs. What happened
  // since this page was asked for is told when it opens; what happened while nobody looked, or while the connection was
  // broken, is caught up with when it opens again.
  let waiting;
  let events = null;
  let missed = false;
  const listen = () => {
    if (events) return;
    events = new EventSource(`${address}?page_age=${Math.ceil(performance.now())}`);
    events.addEventListener("changed", (event) => {
      if (content && content.dataset.watch !== event.data) return;
      clearTimeout(waiting);
      waiting = setTimeout(refresh, 250);
    });
    events.addEventListener("noticed", () => {
      clearTimeout(waiting);
      waiting = setTimeout(refresh, 250);
    });
    // Every open page hears this at the same time; they do not all ask at once.
    events.addEventListener("missed", () => {
      clearTimeout(waiting);
      waiting = setTimeout(refresh, 250 + 2000 * Math.random());
    });
    events.addEventListener("open", () => {
      if (!signedOut.hidden) rejoin();
      if (missed) refresh();
      missed = true;
    });
    // Too many are open: this one hears nothing until somebody comes back to it.
    events.addEventListener("replaced", hush);
    events.addEventListener("error", () => {
      if (events?.readyState !== EventSource.CLOSED) return; // it connects again by itself
      hush();
      leaveIfSignedOut();
    });
  };
  const hush = () => {
    events?.close();
    events = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  window.addEventListener("pagehide", hush);
  window.addEventListener("pageshow", listen);
  window.addEventListener("focus", listen);
  listen();

  // Without a connection a page says so; browsers have service workers only by https, and on this very machine. What the page
  // itself needs comes first, its stream of changes above all.

  if ("serviceWorker" in navigator) {
    window.addEventListener("load", () => setTimeout(() => navigator.serviceWorker.register("/service-worker.js").catch(() => {}), 1000));
  }
})();
