// A product that was suggested (suggestions.js) and chosen in a line fills in what is blank beside it.
(() => {
  const CURRENCY = "VND"; // of the catalogue's prices
  const lines = document.getElementById("lines");
  const found = new Map(); // by code, of everything that was suggested

  document.getElementById("products").addEventListener("suggested", ({ detail }) => {
    for (const product of detail) found.set(product.value, product);
  });

  const fill = ({ target }) => {
    const product = target.dataset.list === "products" && found.get(target.value);
    if (!product) return;
    const inVnd = document.getElementById("currency").value === CURRENCY;
    const { name: description, unit, supplier } = product;
    const values = { description, unit, supplier, unit_price: inVnd ? product.unit_price : "" };
    for (const [name, value] of Object.entries(values)) {
      const other = target.closest("[data-line]").querySelector(`[name$=".${name}"]`);
      if (value && other.value.trim() === "") {
        other.value = value;
        other.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  };
  lines.addEventListener("input", fill);
  lines.addEventListener("focusin", fill);
})();
