// Sets the colour theme before the page is drawn: the choice kept in a cookie, or else what the device prefers.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => document.cookie.match(/(?:^|; )theme=(light|dark)/)?.[1];
  const apply = () => {
    document.documentElement.dataset.bsTheme = chosen() ?? (dark.matches ? "dark" : "light");
  };
  apply();
  dark.addEventListener("change", apply);
  window.chooseTheme = (choice) => {
    const age = choice === "auto" ? 0 : 31536000;
    document.cookie = `theme=${choice}; path=/; max-age=${age}; samesite=lax`;
    apply();
  };
  window.chosenTheme = () => chosen() ?? "auto";
})();
