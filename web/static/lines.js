// The lines of a request's form: amounts and total as one types, adding and removing lines, "more than ordered", taking over
// what the order says now.
(() => {
  const form = document.getElementById("request-form");
  const lines = document.getElementById("lines");
  const template = document.getElementById("line-template");
  const { decimal, group } = form.dataset;

  const read = (text) => window.readNumber(text, { decimal, group });
  // What is not filled in yet counts as nothing; what would be refused has no amount, and then there is no total.
  const typed = (line, name, reader) => {
    const { value } = line.querySelector(`[data-number=${name}]`);
    return value.trim() === "" ? 0 : reader(value, { decimal, group });
  };

  const show = () => {
    const currency = document.getElementById("currency").value;
    let total = 0;
    for (const line of lines.querySelectorAll("[data-line]")) {
      const quantity = typed(line, "quantity", window.readQuantity);
      const amount = quantity * typed(line, "unit_price", window.readPrice);
      line.querySelector("[data-amount]").value = window.writeMoney(amount, currency);
      total += amount;
      const more = line.querySelector("[data-more]");
      if (more) more.hidden = !(quantity + read(line.dataset.requested) > read(line.dataset.ordered));
    }
    document.getElementById("total").value = window.writeMoney(total, currency);
  };

  let next = lines.querySelectorAll("[data-line]").length;
  const add = () => {
    const fragment = template.content.cloneNode(true);
    for (const element of fragment.querySelectorAll("[name], [id], [aria-describedby]")) {
      for (const attribute of ["name", "id", "aria-describedby"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace("INDEX", next));
      }
    }
    next += 1;
    lines.append(fragment);
    lines.lastElementChild.querySelector("input:not([type=hidden])").focus();
    show();
  };

  form.addEventListener("click", (event) => {
    const adder = event.target.closest("[data-add-line]");
    if (adder && lines.querySelectorAll("[data-line]").length < Number(adder.dataset.addLine)) add();
    const remover = event.target.closest("[data-remove-line]");
    if (remover) {
      const row = remover.closest("[data-line]");
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (neighbour?.querySelector("[data-remove-line]") ?? form.querySelector("[data-add-line]")).focus();
      form.dataset.changed = "yes";
      show();
    }
  });
  // What the order's line says now takes the place of what was asked for.
  form.addEventListener("click", (event) => {
    const taker = event.target.closest("[data-take]");
    if (!taker) return;
    const row = taker.closest("[data-line]");
    for (const name of ["product_code", "unit", "quantity"]) {
      row.querySelector(`[name$=".${name}"]`).value = taker.dataset[name];
    }
    row.querySelector("[name$='.take_over']").value = "yes";
    row.querySelector("[data-take-over]").hidden = true;
    row.querySelector("[name$='.quantity']").focus();
    form.dataset.changed = "yes";
    show();
  });
  form.addEventListener("input", show);
  // Enter in a line goes on instead of sending the form half done.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("#lines input")) return;
    event.preventDefault();
    const inputs = [...lines.querySelectorAll("input:not([type=hidden])")];
    const following = inputs[inputs.indexOf(event.target) + 1];
    if (following) following.focus();
    else add();
  });
  show();
})();
