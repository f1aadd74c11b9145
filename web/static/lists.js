// Behaviour of lists of requests:
//   data-flag                 a star: it is turned without leaving the list
//   data-previewing           the list and its #preview, which stands beside it on a wide screen, and else below the row that it is of
//   data-previews             a link of a row whose request htmx puts into #preview; p does so from wherever the focus is in the row,
//                             data-closes-preview and Escape close it; whoever walks through the rows then sees one after the other
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Stars. Whatever goes wrong with one is left to the browser, which sends the same form and shows what the server says.

  document.addEventListener("click", async (event) => {
    const star = event.target.closest("[data-flag]");
    if (!star) return;
    event.preventDefault();
    if (star.dataset.asks) return;
    star.dataset.asks = "yes";
    const body = new URLSearchParams(new FormData(star.form));
    body.set(star.name, star.value);
    const answer = await fetch(star.formAction, { method: "POST", body, redirect: "manual" }).catch(() => null);
    delete star.dataset.asks;
    if (answer?.type !== "opaqueredirect") {
      star.form.requestSubmit(star);
      return;
    }
    const flagged = star.value !== "";
    for (const same of all("[data-flag]").filter((one) => one.formAction === star.formAction)) {
      same.setAttribute("aria-pressed", String(flagged));
      same.value = flagged ? "" : "yes";
    }
  });

  // What is ticked in a list is not so any more in the one that a search has put into its place.

  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id !== "list") return;
    const box = document.querySelector("[data-pick-all]");
    if (box) box.dispatchEvent(new Event("change", { bubbles: true }));
    else for (const bar of all(".picked-bar")) bar.hidden = true;
  });

  // Previews

  const holder = document.querySelector("[data-previewing]");
  if (!holder) return;
  const pane = document.getElementById("preview");
  const wide = matchMedia("(min-width: 75rem)");
  const below = document.createElement("tr");
  below.className = "preview-row";
  below.append(Object.assign(document.createElement("td"), { colSpan: 6 }));
  let of = null; // the address of the row that is previewed

  const links = () => all("[data-previews]");
  const show = () => {
    const link = links().find((one) => of !== null && one.getAttribute("href") === of);
    if (!link) of = null;
    const row = link?.closest("tr");
    for (const one of links()) {
      one.setAttribute("aria-expanded", String(one === link));
      one.closest("tr").classList.toggle("is-previewed", one === link);
    }
    pane.hidden = !row;
    holder.classList.toggle("is-open", Boolean(row) && wide.matches);
    if (row && !wide.matches) {
      below.firstChild.append(pane);
      row.after(below);
    } else {
      holder.append(pane);
      below.remove();
    }
  };
  const close = () => {
    const link = links().find((one) => one.getAttribute("href") === of);
    const leaves = pane.contains(document.activeElement);
    of = null;
    show();
    if (leaves) link?.focus();
  };
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target !== pane) return;
    of = detail.requestConfig.elt.getAttribute("href");
    show();
  });
  wide.addEventListener("change", show);
  document.addEventListener("renewed", show);
  document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "list" && show());
  document.addEventListener("click", (event) => event.target.closest("[data-closes-preview]") && close());

  const open = (row) => row.querySelector("[data-previews]").click();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && of !== null && !document.querySelector("dialog[open]")) {
      close();
      return;
    }
    const row = event.target.closest?.("[data-rows] tr[data-href]");
    if (!row || event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey) return;
    open(row);
    event.preventDefault();
  });
  let waiting;
  document.addEventListener("focusin", ({ target }) => {
    const row = of !== null && wide.matches && target.matches("a.main-link") && target.closest("[data-rows] tr[data-href]");
    clearTimeout(waiting);
    if (row && row.dataset.href !== of) waiting = setTimeout(() => row.isConnected && open(row), 200);
  });
})();
