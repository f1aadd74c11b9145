// Attaching files without leaving the page: one after the other, with how far each has come. Without script the form does it.
//   data-attach="ID"   on a form with a file: the region with that id is shown anew when a file is there
(() => {
  const send = (form, file, tell) =>
    new Promise((resolve) => {
      const body = new FormData();
      body.append("next", form.elements.next.value);
      body.append("file", file);
      const call = new XMLHttpRequest(); // fetch does not say how far an upload has come
      call.open("POST", form.action);
      call.setRequestHeader("X-CSRF-Token", form.elements.csrf_token.value);
      call.setRequestHeader("Accept", "text/html, application/problem+json");
      call.upload.addEventListener("progress", (event) => event.lengthComputable && tell(event.loaded / event.total));
      call.addEventListener("loadend", () => resolve(call));
      call.send(body);
    });

  // The page that answers says what is attached now.
  const show = (form, html) => {
    const region = document.getElementById(form.dataset.attach);
    const newer = new DOMParser().parseFromString(html, "text/html").getElementById(region.id);
    if (newer) region.replaceWith(newer);
    return Boolean(newer);
  };

  const wrongWith = (form, call) => {
    try {
      return JSON.parse(call.responseText).detail;
    } catch {
      return form.dataset.failed;
    }
  };

  const attach = async (form) => {
    const input = form.elements.file;
    const button = form.querySelector("button");
    const bar = form.querySelector("progress");
    const state = form.querySelector("[role=status]");
    const results = [];
    const note = (text, isWrong) => results.push(Object.assign(document.createElement("span"), { textContent: text, className: isWrong ? "text-danger" : "" }));
    button.disabled = true;
    bar.parentElement.hidden = false;
    for (const file of [...input.files]) {
      bar.value = 0;
      state.textContent = `${form.dataset.underWay} ${file.name}`;
      if (file.size > Number(form.dataset.largest)) {
        note(`${form.dataset.tooLarge} ${file.name}`, true);
        continue;
      }
      const call = await send(form, file, (part) => (bar.value = Math.round(100 * part)));
      if (call.status === 200 && show(form, call.responseText)) note(`${form.dataset.done} ${file.name}`, false);
      else note(`${file.name}: ${wrongWith(form, call)}`, true);
    }
    button.disabled = false;
    bar.parentElement.hidden = true;
    input.value = "";
    state.replaceChildren(...results);
    input.focus();
  };

  // Before app.js hears of it: this page is not left.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("[data-attach]")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      attach(form);
    },
    true,
  );

  const several = (root) => {
    for (const input of root.querySelectorAll("[data-attach] input[type=file]")) input.multiple = true;
  };
  several(document);
  document.addEventListener("renewed", (event) => several(event.target));
})();
