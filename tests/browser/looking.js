// What is wrong with the page that is open, at the size that it has: texts that say where and what.
// Takes classes of regions that may scroll sideways by themselves: a keyboard has to reach them.
(mayScroll) => {
  const wrong = new Set();
  const styles = new Map();
  const styleOf = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };
  const named = (element) => {
    const text = (element.getAttribute("aria-label") || element.innerText || element.value || "").trim().slice(0, 30);
    const classes = element.classList.length > 0 ? `.${[...element.classList].join(".")}` : "";
    return `${element.localName}${element.id ? `#${element.id}` : ""}${classes} “${text}”`;
  };
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  // For those who listen only, itself or with what it is in: one pixel, or clipped away.
  const unseen = new Map([[document.body, false]]);
  const isUnseen = (element) => {
    if (!unseen.has(element)) {
      const isHere = element.matches(".visually-hidden, .skip-link") || styleOf(element).clipPath !== "none";
      unseen.set(element, isHere || isUnseen(element.parentElement));
    }
    return unseen.get(element);
  };
  const scrollsAlone = (element) => element.matches(mayScroll) && (element.tabIndex >= 0 || element.localName === "textarea");

  // Nothing scrolls sideways.
  scrollTo(0, 0);
  const width = document.documentElement.clientWidth;
  const more = document.documentElement.scrollWidth - width;
  const everything = [...document.body.querySelectorAll("*")].filter((element) => isShown(element) && !isUnseen(element));
  if (more > 0) {
    const out = everything.filter((element) => element.getBoundingClientRect().right > width + 0.5);
    const last = out.filter((element) => !out.some((other) => other !== element && element.contains(other)));
    wrong.add(`the page is too wide by ${more}: ${last.slice(0, 2).map(named).join(", ")}`);
  }
  for (const element of everything) {
    if (!["auto", "scroll"].includes(styleOf(element).overflowX) || scrollsAlone(element)) continue;
    if (element.scrollWidth > element.clientWidth + 1) wrong.add(`scrolls sideways: ${named(element)}`);
  }

  for (const table of everything.filter((element) => element.localName === "table")) {
    const over = table.getBoundingClientRect().right - table.parentElement.getBoundingClientRect().right;
    if (over > 1 && !scrollsAlone(table.parentElement)) wrong.add(`runs out of its card by ${Math.round(over)}: ${named(table)}`);
  }

  // No text is cut without a sign, and none runs out of its box.
  const isSign = (style) => style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const parent = node.parentElement;
    if (!node.data.trim() || !isShown(parent) || isUnseen(parent)) continue;
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    if (text.width === 0) continue;
    let block = null;
    for (let box = parent; box && box !== document.body; box = box.parentElement) {
      const style = styleOf(box);
      if (isSign(style) || scrollsAlone(box)) break;
      const edge = box.getBoundingClientRect();
      if (style.display !== "inline" && style.display !== "contents") {
        if (block === null && (text.right > edge.right + 2 || text.left < edge.left - 2)) {
          wrong.add(`runs out of its box by ${Math.round(text.right - edge.right)}: ${named(parent)} in ${named(box)}`);
        }
        block ??= box;
      }
      if (style.overflowX !== "visible" && (text.right > edge.right + 2 || text.left < edge.left - 2)) {
        wrong.add(`is cut: ${named(parent)} by ${named(box)}`);
      }
      if (["hidden", "clip"].includes(style.overflowY) && text.bottom > edge.bottom + 4) {
        wrong.add(`is cut below: ${named(parent)} by ${named(box)}`);
      }
    }
  }

  // Nothing covers a control: whoever has scrolled to it can press its middle.
  for (const control of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    if (control.type === "hidden" || !isShown(control) || isUnseen(control)) continue;
    control.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const box = [...control.getClientRects()].find((one) => one.width > 0 && one.height > 0);
    if (!box) continue;
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (hit && (control.contains(hit) || hit.closest("label")?.control === control)) continue;
    wrong.add(`is covered: ${named(control)} by ${hit ? named(hit) : "nothing that is in sight"}`);
  }
  scrollTo(0, 0);
  return [...wrong];
}
