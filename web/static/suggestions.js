// What fields suggest while one types:
//   data-suggestions="ADDRESS"  of a list: its options follow what one types in a field of it
//   data-list="ID"              of a field: its list, which it has while it is written in
// The list then tells with an event "suggested" what the server said, for whoever wants to know more of it than its options.
(() => {
  const PAUSE_MS = 200;
  let waiting;
  let asked = 0; // an answer that comes after a later question was asked is of no interest

  const ask = async (list, text) => {
    const question = (asked += 1);
    const answer = await fetch(`${list.dataset.suggestions}?q=${encodeURIComponent(text)}`);
    if (!answer.ok || answer.redirected) return;
    const items = await answer.json();
    if (question !== asked) return;
    list.replaceChildren(
      ...items.map(({ value, says }) => {
        const option = document.createElement("option");
        [option.value, option.label] = [value, says];
        return option;
      }),
    );
    list.dispatchEvent(new CustomEvent("suggested", { bubbles: true, detail: items }));
  };

  // Browsers tell every field that has a list of each suggestion that comes; of hundreds, one is written in.
  let listed = null;
  const attach = (field) => {
    if (field === listed || !field.dataset.list) return;
    listed?.removeAttribute("list");
    field.setAttribute("list", field.dataset.list);
    listed = field;
  };

  const suggest = ({ target, type }) => {
    attach(target);
    const list = target.list;
    if (!list?.dataset.suggestions) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(list, target.value.trim()).catch(() => {}), type === "focusin" ? 0 : PAUSE_MS);
  };
  document.addEventListener("input", suggest);
  document.addEventListener("focusin", suggest);
})();
