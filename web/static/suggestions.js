// Suggestions of products and suppliers while one types in a line; a product that was chosen fills in what is blank beside it.
(() => {
  const CURRENCY = "VND"; // of the catalogue's prices
  const PAUSE_MS = 200;
  const lines = document.getElementById("lines");
  const found = new Map(); // products by code, of everything that was suggested

  const options = (list, items, write) => {
    list.replaceChildren(
      ...items.map((item) => {
        const option = document.createElement("option");
        [option.value, option.label] = write(item);
        return option;
      }),
    );
  };

  let asked = 0; // an answer that comes after a later question was asked is of no interest
  const ask = async (list, text) => {
    const question = (asked += 1);
    const answer = await fetch(`${list.dataset.suggestions}?q=${encodeURIComponent(text)}`);
    if (!answer.ok || answer.redirected) return;
    const items = await answer.json();
    if (question !== asked) return;
    for (const item of items) if (item.code) found.set(item.code, item);
    options(list, items, (item) => (item.code ? [item.code, item.name] : [item.name, item.name]));
  };

  const fill = (input) => {
    const product = found.get(input.value);
    if (!product) return;
    const inVnd = document.getElementById("currency").value === CURRENCY;
    const values = { description: product.name, unit: product.unit, unit_price: inVnd ? product.unit_price : "" };
    for (const [name, value] of Object.entries(values)) {
      const other = input.closest("[data-line]").querySelector(`[name$=".${name}"]`);
      if (value && other.value.trim() === "") {
        other.value = value;
        other.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  };

  let waiting;
  const suggest = (event) => {
    const input = event.target;
    const list = input.list;
    if (!list) return;
    if (found.has(input.value)) fill(input);
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(list, input.value.trim()).catch(() => {}), event.type === "focusin" ? 0 : PAUSE_MS);
  };
  lines.addEventListener("input", suggest);
  lines.addEventListener("focusin", suggest);
})();
