// The process designer. What its buttons do the server does, and sends the form again; here is what makes that pleasant:
//   data-drag                  what a step is dragged by; it is put where it is dropped
//   data-enter="ID"            of a field: Enter presses that button
// Folds stay open, and leaving a form that was changed is asked about.
(() => {
  const form = document.getElementById("design-form");
  if (!form) return;

  // The form comes again: what was open stays open.
  let open = new Set();
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "designer") return;
    open = new Set([...form.querySelectorAll("details[id][open]")].map((fold) => fold.id));
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id !== "designer") return;
    form.dataset.changed = "yes";
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (form.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
  });

  // From a problem to its field.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#check .problems a");
    const place = link && document.getElementById(link.hash.slice(1));
    if (!place) return;
    event.preventDefault();
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const field = [...place.querySelectorAll("input:not([type=hidden]), select, textarea")].find((one) => one.checkVisibility());
    place.scrollIntoView({ block: "center" });
    field?.focus({ preventScroll: true });
  });

  // A button that says that it can do nothing does nothing.
  form.addEventListener(
    "click",
    (event) => {
      if (!event.target.closest("[aria-disabled=true]")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  // Enter in a field that has a button of its own presses that, and not the one that saves.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.dataset.enter) return;
    event.preventDefault();
    document.getElementById(event.target.dataset.enter).click();
  });

  // Dragging

  let dragged = null;
  const targetOf = (event) => {
    const over = event.target.closest("[data-step]");
    if (!over || dragged.contains(over)) return null;
    const { top, height } = over.getBoundingClientRect();
    const isBefore = event.clientY < top + height / 2;
    const after = () => {
      const following = over.nextElementSibling;
      const block = over.parentElement.dataset.block;
      return following?.dataset.step ?? (block ? `in-${block}` : "end");
    };
    return { over, isBefore, place: isBefore ? over.dataset.step : after() };
  };
  const unmark = () => {
    for (const one of form.querySelectorAll(".drop-before, .drop-after")) one.classList.remove("drop-before", "drop-after");
  };
  form.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-drag]")?.closest("[data-step]") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.step);
    dragged.classList.add("is-dragged");
  });
  form.addEventListener("dragover", (event) => {
    if (!dragged) return;
    unmark();
    const target = targetOf(event);
    if (!target) return;
    event.preventDefault();
    target.over.classList.add(target.isBefore ? "drop-before" : "drop-after");
  });
  form.addEventListener("drop", (event) => {
    const target = dragged && targetOf(event);
    if (!target) return;
    event.preventDefault();
    const button = document.getElementById("design-put");
    button.value = `put.${dragged.dataset.step}.${target.place}`;
    button.click();
  });
  form.addEventListener("dragend", () => {
    unmark();
    dragged?.classList.remove("is-dragged");
    dragged = null;
  });
})();
