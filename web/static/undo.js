// Counts the seconds until what somebody decided takes effect:
//   data-countdown="SECONDS"  is shown instead of the time of day (data-clock, beside it), which stays for those who are read the page;
//                             data-left within it has the seconds, and once they are over data-over stands in its place
(() => {
  const ends = new WeakMap();
  const show = () => {
    for (const text of document.querySelectorAll("[data-countdown]")) {
      if (!ends.has(text)) {
        ends.set(text, performance.now() + 1000 * Number(text.dataset.countdown));
        text.hidden = false;
        text.parentElement.querySelector("[data-clock]").classList.add("visually-hidden");
      }
      const left = Math.ceil((ends.get(text) - performance.now()) / 1000);
      const shown = text.querySelector("[data-left]");
      if (left > 0 && shown.textContent !== String(left)) shown.textContent = left;
      else if (left <= 0 && shown) text.textContent = text.dataset.over;
    }
  };
  show();
  setInterval(show, 200);
  document.addEventListener("renewed", show);
})();
