// Sets the colour theme before the page is drawn: the choice kept in a cookie, or else what the device prefers.
// By https the cookie is named so that no other host and no page reached by http can have set it.
(() => {
  const secure = location.protocol === "https:";
  const name = secure ? "__Host-theme" : "theme";
  const kept = new RegExp(`(?:^|; )${name}=(light|dark)`);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => document.cookie.match(kept)?.[1];
  const apply = () => {
    document.documentElement.dataset.bsTheme = chosen() ?? (dark.matches ? "dark" : "light");
  };
  apply();
  dark.addEventListener("change", apply);
  window.chooseTheme = (choice) => {
    const age = choice === "auto" ? 0 : 31536000;
    document.cookie = `${name}=${choice}; path=/; max-age=${age}; samesite=lax${secure ? "; secure" : ""}`;
    apply();
  };
  window.chosenTheme = () => chosen() ?? "auto";
})();
