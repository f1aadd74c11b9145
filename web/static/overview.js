// The charts of the overview: how long each bar is stands in its data-size, since the content security policy allows no style in
// the markup. Without this script the charts stay hidden, and their tables say the same.
"use strict";

for (const chart of document.querySelectorAll("[data-chart]")) {
  for (const bar of chart.querySelectorAll("[data-size]")) bar.style.setProperty("--size", bar.dataset.size);
  chart.hidden = false;
}
