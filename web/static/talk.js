// The talk about a request:
//   data-people="ADDRESS"     on its section: who sees the request, and who could watch it, as JSON
//   data-mentions             a textarea in which an @ suggests those who see it: arrows walk, Enter or Tab takes, Escape closes
//   data-reopens              a dialog whose text was not taken: it opens again with the reason
// Comments are sent by htmx, so that nothing else that one has typed on the page is lost. Whatever goes wrong with that is left to
// the browser, which sends the same form again and shows what the server says; a comment has its id, and is said once.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const talk = () => document.querySelector("[data-people]");
  if (!talk()) return;

  const status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  status.setAttribute("role", "status");
  document.querySelector("main").append(status);
  const say = (text) => {
    status.textContent = "";
    setTimeout(() => (status.textContent = text), 50);
  };

  // Who there is, asked for once, when it is first needed

  let asked;
  const people = () =>
    (asked ??= fetch(talk().dataset.people)
      .then((answer) => (answer.ok && !answer.redirected ? answer.json() : []))
      .catch(() => []));
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();

  document.addEventListener("focusin", async ({ target }) => {
    if (target.id !== "watcher" || target.list.options.length > 0) return;
    const found = await people();
    target.list.replaceChildren(...found.map(({ username, name }) => new Option(name, username)));
  });

  // Suggestions for an @

  const MOST = 8;
  const list = document.createElement("ul");
  list.id = "suggested";
  list.className = "suggested";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  let field = null;
  let begins = 0;

  const options = () => all("[role=option]", list);
  const close = () => {
    list.hidden = true;
    field?.removeAttribute("aria-activedescendant");
    field?.removeAttribute("aria-controls");
  };
  const choose = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  };
  const take = (option) => {
    field.setRangeText(`@${option.dataset.username} `, begins, field.selectionStart, "end");
    close();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const optionOf = ({ username, name }, place) => {
    const option = Object.assign(document.createElement("li"), { id: `suggested-${place}` });
    option.setAttribute("role", "option");
    option.dataset.username = username;
    option.append(name, Object.assign(document.createElement("small"), { textContent: `@${username}` }));
    return option;
  };
  const typedIn = (target) => /(?:^|[^\p{L}\p{N}_@./])@([\p{L}\p{N}_.+-]*)$/u.exec(target.value.slice(0, target.selectionStart));
  const suggest = async (target) => {
    if (!typedIn(target)) return close();
    const known = await people();
    const typed = typedIn(target); // which may be more by now
    if (!typed) return close();
    const found = known.filter(
      ({ username, name, sees }) => sees && (plain(username).startsWith(plain(typed[1])) || plain(` ${name}`).includes(` ${plain(typed[1])}`)),
    );
    if (document.activeElement !== target || found.length === 0) return close();
    found.sort((one, other) => plain(other.username).startsWith(plain(typed[1])) - plain(one.username).startsWith(plain(typed[1])));
    field = target;
    begins = target.selectionStart - typed[1].length - 1;
    list.setAttribute("aria-label", talk().dataset.suggested);
    list.replaceChildren(...found.slice(0, MOST).map(optionOf));
    field.closest(".mentioning").append(list);
    list.hidden = false;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    choose(options()[0]);
    say(`${talk().dataset.suggested}: ${found.length}`);
  };

  document.addEventListener("input", ({ target }) => target.matches("[data-mentions]") && suggest(target));
  document.addEventListener("keydown", (event) => {
    if (list.hidden || event.target !== field || event.isComposing) return;
    const found = options();
    const at = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(found[(at + 1) % found.length]);
    else if (event.key === "ArrowUp") choose(found[(at - 1 + found.length) % found.length]);
    else if (event.key === "Enter" || event.key === "Tab") take(found[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where one types
  list.addEventListener("click", ({ target }) => take(target.closest("[role=option]")));
  document.addEventListener("focusout", ({ target }) => target === field && close());

  // Sending

  const reopen = () => {
    for (const dialog of all("dialog[data-reopens]")) {
      dialog.close();
      dialog.showModal();
    }
  };
  const leaveToTheBrowser = ({ detail }) => {
    const form = detail.requestConfig?.elt ?? detail.elt;
    if (form.matches("#talk form")) form.submit();
  };
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id !== "talk") return;
    document.body.removeAttribute("aria-busy");
    reopen();
    const wrong = document.querySelector("#talk [aria-invalid]");
    const text = wrong ?? document.getElementById("comment-text");
    text.focus();
    if (!wrong) say(talk().dataset.said);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 204) leaveToTheBrowser(event); // nobody is signed in any more
  });
  for (const failed of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(failed, leaveToTheBrowser);
  reopen();
})();
