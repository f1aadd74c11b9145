// The lines of a request's form: amounts and total as one types, adding, moving, duplicating and removing lines, rows pasted from a
// spreadsheet, what is worth a look, taking over what the order says now.
(() => {
  const COLUMNS = ["product_code", "description", "warehouse", "supplier", "quantity", "unit", "unit_price"];
  const NUMBERS = ["quantity", "unit_price"];
  const OF_ITS_OWN = ["id", "source_line_id", "take_over"]; // what a copy of a line does not have
  const form = document.getElementById("request-form");
  const lines = document.getElementById("lines");
  const template = document.getElementById("line-template");
  const currency = document.getElementById("currency");
  const { decimal, group } = form.dataset;
  const most = Number(form.dataset.linesAtMost);
  const wholeCurrencies = form.dataset.wholeCurrencies.split(" ");
  const separators = (name) => ({ decimal, group, isWhole: name === "unit_price" && wholeCurrencies.includes(currency.value) });
  const read = (text, name) => window.readNumber(text, separators(name));

  const rows = () => [...lines.children];
  const inputs = (line) => [...line.querySelectorAll("[name]")];
  const fieldOf = (input) => input.name.split(".")[2];
  const field = (line, name) => line.querySelector(`[name$=".${name}"]`);

  // Amounts: a line's when something of it changes. The sums are kept, not made anew, and what stays as it was is not written again,
  // so that a key costs as much in a request of 500 lines as in one of two.

  const total = document.getElementById("total");
  const noPrices = form.querySelector("[data-no-prices]");
  const adders = [...form.querySelectorAll("[data-add-line]")];
  const counted = new Map(); // of each line: its amount, null for what would be refused, and whether it is free
  const sums = { amount: 0n, unknown: 0, free: 0 };
  const count = ({ amount, isFree }, sign) => {
    if (amount === null) sums.unknown += sign;
    else sums.amount += BigInt(sign) * amount;
    if (isFree) sums.free += sign;
  };
  const forget = (line) => {
    if (counted.has(line)) count(counted.get(line), -1);
    counted.delete(line);
  };
  const write = (output, text) => {
    if (output.value !== text) output.value = text;
  };
  const show = (element, isShown) => {
    if (element.hidden === isShown) element.hidden = !isShown;
  };
  // What is not filled in yet counts as nothing; what would be refused has no amount, and then there is no total.
  const typed = (line, name, reader) => {
    const { value } = line.querySelector(`[data-number=${name}]`);
    return value.trim() === "" ? 0n : reader(value, separators(name));
  };
  const look = (line) => {
    const quantity = typed(line, "quantity", window.readQuantity);
    const price = typed(line, "unit_price", window.readPrice);
    const amount = quantity === null || price === null ? null : quantity * price;
    const isFree = price === 0n && quantity > 0n;
    write(line.querySelector("[data-amount]"), window.writeMoney(amount, currency.value));
    show(line.querySelector("[data-no-price]"), isFree);
    const more = line.querySelector("[data-more]");
    const asked = read(line.querySelector("[data-number=quantity]").value);
    if (more) show(more, asked + read(line.dataset.requested) > read(line.dataset.ordered));
    forget(line);
    counted.set(line, { amount, isFree });
    count({ amount, isFree }, 1);
  };
  const showTotal = () => {
    write(total, window.writeMoney(sums.unknown > 0 ? null : sums.amount, currency.value));
    show(noPrices, sums.free > 0);
    const isFull = counted.size >= most;
    for (const adder of adders) if (adder.disabled !== isFull) adder.disabled = isFull;
  };
  const lookAt = (some) => {
    for (const line of some) look(line);
    showTotal();
  };
  const showDay = () => {
    const past = form.querySelector("[data-past]");
    const day = window.readDay(document.getElementById("desired_delivery_date").value);
    show(past, day !== "" && day < past.dataset.past);
  };

  // What is written in a line, by the name of the field: read once, until something of it changes.
  const written = new WeakMap();
  const readLine = (line) => Object.fromEntries(inputs(line).map((input) => [fieldOf(input), input.value]));
  const valuesOf = (line) => {
    if (!written.has(line)) written.set(line, readLine(line));
    return written.get(line);
  };
  form.addEventListener("input", ({ target }) => {
    const line = target.closest("[data-line]");
    if (line) written.delete(line);
    if (line && target.dataset.number) lookAt([line]);
    else if (target === currency) lookAt(rows());
    else if (!line) showDay();
  });

  // Lines that come, go and change places: their inputs are named by their place.

  const placeOf = (line) => Number(line.querySelector("[data-place]").textContent) - 1;
  const number = (line, place) => {
    if (placeOf(line) === place) return;
    line.querySelector("[data-place]").textContent = place + 1;
    for (const element of line.querySelectorAll("[name], [id], [aria-describedby]")) {
      for (const attribute of ["name", "id", "aria-describedby"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace(/^lines([.-])(\d+|INDEX)/, `lines$1${place}`));
      }
    }
  };
  const renumber = (first) => {
    const before = first?.previousElementSibling;
    let place = before ? placeOf(before) + 1 : 0;
    for (let line = first; line; line = line.nextElementSibling) number(line, place++);
  };
  // The first line goes no further up, and the last one no further down.
  let ends = [];
  const markEnds = () => {
    const [first, last] = [lines.firstElementChild, lines.lastElementChild];
    for (const button of ends) button.removeAttribute("aria-disabled");
    ends = first ? [first.querySelector("[data-move-line=up]"), last.querySelector("[data-move-line=down]")] : [];
    for (const button of ends) button.setAttribute("aria-disabled", "true");
  };
  const addAfter = (line) => {
    const fragment = template.content.cloneNode(true);
    const added = fragment.firstElementChild;
    if (line) line.after(fragment);
    else lines.append(fragment);
    return added;
  };
  const fill = (line, values, without = []) => {
    for (const input of inputs(line)) {
      const name = fieldOf(input);
      if (name in values && !without.includes(name)) input.value = values[name];
    }
    written.delete(line);
  };
  // From the first one on, lines may have other places than before; these have other values.
  const changed = (first, others = []) => {
    form.dataset.changed = "yes";
    renumber(first);
    markEnds();
    lookAt(others);
    form.dispatchEvent(new Event("lines"));
  };
  const add = () => {
    if (counted.size >= most) return;
    const line = addAfter(lines.lastElementChild);
    changed(line, [line]);
    field(line, "product_code").focus();
  };

  const actions = {
    addLine: add,
    // Its neighbour goes to its other side: the line itself keeps the focus, and its button the place on the screen, to be pressed again.
    moveLine: (line, button) => {
      const isUp = button.dataset.moveLine === "up";
      const neighbour = isUp ? line.previousElementSibling : line.nextElementSibling;
      if (!neighbour) return;
      const { top } = button.getBoundingClientRect();
      if (isUp) line.after(neighbour);
      else line.before(neighbour);
      changed(isUp ? line : neighbour);
      window.scrollBy({ top: button.getBoundingClientRect().top - top, behavior: "instant" });
      const said = form.querySelector("[data-moved]");
      said.textContent = `${said.dataset.moved} ${placeOf(line) + 1}`;
    },
    copyLine: (line) => {
      if (counted.size >= most) return;
      const copy = addAfter(line);
      fill(copy, valuesOf(line), OF_ITS_OWN);
      changed(copy, [copy]);
      field(copy, "quantity").focus();
    },
    removeLine: (line) => {
      const following = line.nextElementSibling;
      const neighbour = following ?? line.previousElementSibling;
      forget(line);
      line.remove();
      changed(following);
      (neighbour?.querySelector("[data-remove-line]") ?? form.querySelector("[data-add-line]")).focus();
    },
    // What the order's line says now takes the place of what was asked for.
    take: (line, { dataset }) => {
      for (const name of ["product_code", "unit", "quantity"]) field(line, name).value = dataset[name];
      field(line, "take_over").value = "yes";
      written.delete(line);
      line.querySelector("[data-take-over]").hidden = true;
      changed(null, [line]);
      field(line, "quantity").focus();
    },
  };
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-add-line], [data-move-line], [data-copy-line], [data-remove-line], [data-take]");
    const action = Object.keys(actions).find((name) => name in (button?.dataset ?? {}));
    if (action) actions[action](button.closest("[data-line]"), button);
  });
  // Enter in a line goes on instead of sending the form half done.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("#lines input")) return;
    event.preventDefault();
    const line = event.target.closest("[data-line]");
    const shown = "input:not([type=hidden])";
    const all = [...line.querySelectorAll(shown)];
    const following = all[all.indexOf(event.target) + 1] ?? line.nextElementSibling?.querySelector(shown);
    if (following) following.focus();
    else add();
  });

  // Rows of a spreadsheet

  // Cells as spreadsheets copy them: tabs between, those with a line break or a quotation mark within quotation marks.
  const readCells = (text) => {
    const table = [[]];
    const cell = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/gy;
    for (let found; cell.lastIndex < text.length && (found = cell.exec(text)); ) {
      const value = found[1] === undefined ? found[2] : found[1].replaceAll('""', '"');
      table.at(-1).push(value.replace(/\s+/g, " ").trim());
      if (found[3] !== "\t" && cell.lastIndex < text.length) table.push([]);
    }
    return table.filter((cells) => cells.some((value) => value !== ""));
  };
  // A title says which column it is of, whatever its case and what stands behind it: "Đơn giá (VND) *". Of some it is that they
  // are none of a line's.
  const titleIn = (cell) => cell.normalize("NFC").toLowerCase().replace(/\(.*?\)|[*:]/g, " ").replace(/\s+/g, " ").trim();
  const titles = new Map(
    Object.entries(JSON.parse(form.dataset.headings)).flatMap(([column, all]) => all.map((title) => [titleIn(title), column])),
  );
  // Titles name a column of a line at least. One alone may also be a value, such as the unit "Unit" or a shelf, "Giá": it is a title
  // of goods only, beside something, and none beside a number, or where it stands again.
  const areTitles = ([first, ...others]) => {
    const known = first.filter((cell) => titles.has(titleIn(cell)));
    const named = known.map((cell) => titles.get(titleIn(cell)));
    if (known.length !== 1) return named.some((name) => COLUMNS.includes(name));
    if (first.length === 1 || !["product_code", "description"].includes(named[0])) return false;
    const place = first.indexOf(known[0]);
    return others.length > 0 && !first.some((cell) => /^[\d.,]*\d$/.test(cell)) && !others.some((cells) => cells[place] === known[0]);
  };
  const paste = (line, first, table) => {
    const hasTitles = areTitles(table);
    const named = table[0].map((cell) => titles.get(titleIn(cell)));
    const columns = hasTitles ? named.map((name, place) => name && named.indexOf(name) === place && name) : COLUMNS.slice(COLUMNS.indexOf(first));
    const cells = hasTitles ? table.slice(1) : table;
    for (const [place, name] of columns.entries()) {
      if (!NUMBERS.includes(name)) continue;
      const column = window.writtenHere(cells.map((values) => values[place]), { decimal, group });
      for (const [row, value] of column.entries()) if (value !== undefined) cells[row][place] = value;
    }
    // Whole lines come in below; a part of them goes down the lines that are there.
    const areWhole = columns.includes("product_code");
    let place = line;
    let left = cells.length;
    let room = most - counted.size;
    const filled = [];
    for (const [index, values] of cells.entries()) {
      const isFree = place && (!areWhole || (index === 0 && field(place, "product_code").value.trim() === ""));
      if (!isFree && room === 0) break;
      if (!isFree) room -= 1;
      const target = isFree ? place : addAfter(areWhole && place ? place : null);
      fill(target, Object.fromEntries(columns.map((name, column) => [name, values[column]]).filter(([name, value]) => name && value !== undefined)));
      filled.push(target);
      place = areWhole ? target : target.nextElementSibling;
      left -= 1;
    }
    changed(line, filled);
    const width = Math.max(...table.map((values) => values.length));
    const unused = [...Array(width).keys()]
      .filter((place) => !columns[place] && table.some((values) => values[place]))
      .map((place) => (hasTitles && table[0][place]) || `#${place + 1}`);
    const said = form.querySelector("[data-pasted]");
    const tooMany = left > 0 ? ` ${said.dataset.tooMany} ${left}.` : "";
    said.textContent = `${said.dataset.pasted} ${cells.length - left}.${tooMany}${unused.length > 0 ? ` ${said.dataset.unused} ${unused.join(", ")}.` : ""}`;
  };
  lines.addEventListener("paste", (event) => {
    const table = readCells(event.clipboardData.getData("text/plain"));
    if (table.length === 0 || (table.length === 1 && table[0].length === 1)) return; // a value like any other
    event.preventDefault();
    paste(event.target.closest("[data-line]"), fieldOf(event.target), table);
  });

  // The lines as drafts keep them
  window.requestLines = {
    rows,
    read: () => rows().map(valuesOf),
    // The same however it is written, and whether or not it is saved.
    plain: ({ id, take_over, quantity, unit_price, ...texts }) => ({ ...texts, quantity: read(quantity), unit_price: read(unit_price, "unit_price") }),
    // These are saved: each has its id, and what the order's line said is settled.
    identify: (some, ids) => {
      for (const [place, line] of some.entries()) {
        const taken = field(line, "take_over");
        field(line, "id").value = ids[place];
        if (taken) taken.value = "";
        written.delete(line);
      }
    },
    // Lines that are there keep their rows, which say how much of them is ordered.
    put: (wanted) => {
      const identity = ({ id, source_line_id }) => `${id} ${source_line_id}`;
      const there = Map.groupBy(rows(), (line) => identity(valuesOf(line)));
      const put = wanted.map((values) => {
        const line = there.get(identity(values))?.shift() ?? template.content.cloneNode(true).firstElementChild;
        fill(line, values);
        const taker = line.querySelector("[data-take-over]");
        if (taker) taker.hidden = values.take_over === "yes";
        return line;
      });
      lines.replaceChildren(...put);
      for (const line of [...counted.keys()]) forget(line);
      renumber(lines.firstElementChild);
      markEnds();
      lookAt(put);
    },
  };

  markEnds();
  lookAt(rows());
  showDay();
})();
