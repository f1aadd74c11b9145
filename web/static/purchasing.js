// The form for goods received. What is typed speaks for a purchase status, which is chosen for whoever types, and said to be a
// proposal, until they choose one themselves.
(() => {
  const form = document.querySelector("form[data-proposes]");
  if (!form) return;
  const PLAIN = { group: ",", decimal: "." };
  const { group, decimal } = form.dataset;
  const status = form.querySelector("[name=purchase_status]");
  const stays = form.querySelector('[name="shown/purchase_status"]').value;
  const note = document.getElementById("proposal-note");
  const rows = [...form.querySelectorAll("tr[data-requested]")];

  // Whole ten-thousandths; null for what is no number.
  const read = (text, separators = { group, decimal }) => (text.trim() === "" ? 0n : window.readPrice(text, separators));
  // What came less what went back, below zero if more went back than ever came.
  const soFar = ({ dataset: { received } }) =>
    received.startsWith("-") ? -read(received.slice(1), PLAIN) : read(received, PLAIN);
  const field = (row, kind) => row.querySelector(`[name^="${kind}/"]`).value.trim();
  const come = (row) => {
    if (field(row, "in_all") !== field(row, "shown")) return read(field(row, "in_all"));
    const parts = [soFar(row), read(field(row, "received")), read(field(row, "sent_back"))];
    return parts.includes(null) ? null : parts[0] + parts[1] - parts[2];
  };
  const propose = () => {
    const sums = rows.map(come);
    if (sums.includes(null)) return;
    const all = rows.every((row, place) => sums[place] >= read(row.dataset.requested, PLAIN));
    const some = sums.some((sum) => sum > 0n);
    const proposed = (all ? status.dataset.all : some && status.dataset.some) || "";
    status.value = proposed || stays;
    note.hidden = !proposed;
  };

  const follow = ({ target }) => {
    if (target !== status) {
      propose();
      return;
    }
    note.hidden = true;
    form.removeEventListener("input", follow);
  };
  form.addEventListener("input", follow);
})();
