// The editor of a process document: its line numbers, and the way from a problem to its line.
//   data-goto-line="N"        a link that puts the caret on that line of the document
(() => {
  const text = document.getElementById("document");
  const gutter = document.getElementById("gutter");
  if (!text) return;

  const number = () => {
    const lines = text.value.split("\n").length;
    while (gutter.children.length < lines) gutter.append(document.createElement("li"));
    while (gutter.children.length > lines) gutter.lastElementChild.remove();
    text.rows = lines + 1;
  };
  const mark = () => {
    const wrong = new Set([...document.querySelectorAll("[data-goto-line]")].map((link) => Number(link.dataset.gotoLine)));
    [...gutter.children].forEach((line, index) => line.classList.toggle("is-wrong", wrong.has(index + 1)));
    text.setAttribute("aria-invalid", String(wrong.size > 0));
  };
  text.addEventListener("input", number);
  document.body.addEventListener("htmx:afterSwap", mark);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-goto-line]");
    if (!link) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const line = Math.min(Number(link.dataset.gotoLine), lines.length);
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + lines[line - 1].length);
    gutter.children[line - 1].scrollIntoView({ block: "center" });
  });

  // Tab leaves the field, as everywhere; Enter keeps the indentation of the line.
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    const before = text.value.slice(0, text.selectionStart);
    const indent = before.slice(before.lastIndexOf("\n") + 1).match(/^ */)[0];
    if (!indent) return;
    event.preventDefault();
    text.setRangeText(`\n${indent}`, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  number();
})();
