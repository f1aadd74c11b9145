// Behaviour of the inbox and of the page on which one decides:
//   data-rows                 a table whose rows are walked with the arrow keys, or j and k; x ticks, Enter opens
//   data-pick-all             a checkbox that ticks all rows of its table
//   data-copy-to="ID"         a button that takes the text of the form's note along into the field with that id
//   data-folds                a part of the page that is folded on a phone or tablet, where the decision comes first
//   data-before="TEXT"        an input with the value that it had; its box is marked while it differs
//   data-quantity, data-price inputs of a line's form row (data-line-amounts) from which the new total follows
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Ticking all; and what became of ticked requests that do not wait any more as they did when they were ticked.

  const form = document.querySelector("form[action='/inbox/approve']");
  const changed = (box) => box.dispatchEvent(new Event("change", { bubbles: true }));
  if (form) {
    const showWhole = () => {
      const whole = form.querySelector("[data-pick-all]");
      if (!whole) return;
      const boxes = all("input[name=id]", form);
      const ticked = boxes.filter((box) => box.checked).length;
      whole.checked = ticked === boxes.length;
      whole.indeterminate = ticked > 0 && ticked < boxes.length;
    };

    // Deciding is asked about first: which requests, and how much each. What changes meanwhile shows there too.
    const dialogs = all("dialog", form);
    const showTicked = () => {
      const rows = all("input[name=id]:checked", form).map((box) => box.closest("tr"));
      for (const count of all("[data-tick-count]", form)) count.textContent = rows.length;
      for (const text of all("[data-if-one]", form)) text.hidden = rows.length !== 1;
      for (const text of all("[data-if-several]", form)) text.hidden = rows.length === 1;
      const listed = () => rows.map((row) => {
        const item = document.createElement("li");
        for (const part of [".main-link", ".cell-main small"]) {
          item.append(Object.assign(document.createElement("span"), { textContent: row.querySelector(part).textContent }));
        }
        const mark = row.querySelector("[data-order-mark]");
        if (mark) item.append(mark.cloneNode(true));
        item.append(row.querySelector(".amount, .money").cloneNode(true));
        return item;
      });
      for (const dialog of dialogs) {
        dialog.querySelector(".picked-list").replaceChildren(...listed());
        if (rows.length === 0) dialog.close();
      }
    };
    form.addEventListener("submit", (event) => {
      if (event.submitter?.matches("dialog[open] [data-confirms]")) return;
      event.preventDefault();
      event.stopPropagation(); // it is not sent yet
      const dialog = document.getElementById(event.submitter?.dataset.asks ?? "approve-ticked");
      const { note } = form.elements;
      note.required = dialog.matches("[data-needs-note]");
      if (!note.reportValidity()) return;
      const said = note.value.trim();
      dialog.querySelector(".picked-note").hidden = said === "";
      dialog.querySelector(".picked-note q").textContent = said;
      if (!dialog.open && all("input[name=id]:checked", form).length > 0) dialog.showModal();
    });
    showTicked();

    form.addEventListener("change", (event) => {
      if (event.target.matches("[data-pick-all]")) {
        for (const box of all("input[name=id]", form)) box.checked = event.target.checked;
      }
      showWhole();
      showTicked();
    });
    form.addEventListener("renewed", async ({ detail: gone }) => {
      showWhole();
      showTicked();
      if (gone.length === 0) return;
      const query = new URLSearchParams(gone.map((value) => ["id", value]));
      const place = document.getElementById("gone");
      const answer = await fetch(`/inbox/gone?${query}`, { headers: { "X-Refresh": "true" } }).catch(() => null);
      if (answer?.ok && !answer.redirected) place.insertAdjacentHTML("beforeend", await answer.text());
      else place.append(place.dataset.unknown);
    });
  }

  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-rows] tbody tr");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const down = ["ArrowDown", "j"].includes(event.key);
    if (down || ["ArrowUp", "k"].includes(event.key)) {
      const rows = all("tr[data-href]", row.parentElement);
      const at = rows.indexOf(row.matches("[data-href]") ? row : row.previousElementSibling);
      rows[at + (down ? 1 : -1)]?.querySelector("a.main-link").focus();
      event.preventDefault();
    } else if (event.key === "x") {
      const box = row.querySelector("input[name=id]");
      if (!box) return;
      box.checked = !box.checked;
      changed(box);
      event.preventDefault();
    } else if (event.key === "Enter" && event.target.matches("input[type=checkbox]")) {
      row.querySelector("a.main-link").click();
      event.preventDefault();
    }
  });

  if (matchMedia("(max-width: 74.99rem), (max-height: 30rem)").matches) for (const fold of all("details[data-folds]")) fold.open = false;

  // The decision

  const decision = document.getElementById("decision");
  if (!decision) return;
  const note = decision.elements.note;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-to]");
    const field = button && document.getElementById(button.dataset.copyTo);
    if (!field || field.value) return;
    field.value = note.value;
    field.dispatchEvent(new Event("input", { bubbles: true })); // what was wrong with it may be so no longer
  });

  // No key in a field decides: one of the buttons does.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.form === decision && event.target.matches("input")) event.preventDefault();
  });

  const readers = { quantity: window.readQuantity, price: window.readPrice };
  const showChanges = () => {
    let differs = 0;
    for (const input of all("[data-before]")) {
      const isChanged = input.value.trim() !== input.dataset.before;
      input.closest(".edit-field").classList.toggle("is-changed", isChanged);
      differs += isChanged;
    }
    for (const count of all("[data-change-count]")) {
      count.textContent = differs;
      count.closest("[data-change-note]").hidden = differs === 0;
    }
    if (all("[data-line-amounts]").length === 0) return;
    let sum = 0n;
    for (const row of all("[data-line-amounts]")) {
      const read = (name) => {
        const input = row.querySelector(`[data-${name}]`);
        if (input) return readers[name](input.value, decision.dataset);
        return readers[name](row.dataset[name === "quantity" ? "ownQuantity" : "ownPrice"], { decimal: ".", group: "," });
      };
      const [quantity, price] = [read("quantity"), read("price")];
      sum = sum === null || quantity === null || price === null ? null : sum + quantity * price;
    }
    for (const total of all("[data-new-total]")) total.textContent = window.writeMoney(sum, total.dataset.currency);
  };
  document.addEventListener("input", (event) => event.target.form === decision && showChanges());
  showChanges();
})();
