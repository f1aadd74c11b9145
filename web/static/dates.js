// Dates, typed as people do or picked from the browser's calendar, and written as the page's language writes them
// (web/dates.py and Formats.day are their counterparts on the server).
//   writeTime(moment), writeClock(moment)   in the company's zone, as Formats.time does; the time of day alone
//   data-date        a text field with a date; the arrow keys go a day up and down, Alt with the arrow down opens the calendar
//   data-pick-date   the button beside it that opens the calendar, of the hidden field of type date that follows
(() => {
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"];
  const FORMS = [
    /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})$/,
    /^(?<day>\d{1,2})\s*[/.\- ]\s*(?<month>\d{1,2})\s*[/.\- ]\s*(?<year>\d{4})$/,
    /^(?<day>\d{2})(?<month>\d{2})(?<year>\d{4})$/,
    /^(?<day>\d{1,2}) (?<name>[A-Za-z]{3,9}) (?<year>\d{4})$/,
  ];
  const inVietnamese = document.documentElement.lang === "vi";

  // A date is kept as browsers do, 2026-11-24; "" for what is none.
  const read = (text) => {
    const found = FORMS.map((form) => text.trim().match(form)).find(Boolean)?.groups;
    if (!found) return "";
    const named = MONTHS.findIndex((name) => name.slice(0, 3).toLowerCase() === found.name?.slice(0, 3).toLowerCase());
    const month = found.name ? named + 1 : Number(found.month);
    const day = new Date(Date.UTC(Number(found.year), month - 1, Number(found.day)));
    return day.getUTCMonth() === month - 1 && day.getUTCDate() === Number(found.day) ? day.toISOString().slice(0, 10) : "";
  };
  const write = (day) => {
    const [year, month, ofMonth] = day.split("-");
    return inVietnamese ? `${ofMonth}/${month}/${year}` : `${Number(ofMonth)} ${MONTHS[Number(month) - 1]} ${year}`;
  };

  window.readDay = read;
  const { zone } = document.body.dataset;
  const numbers = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
  const inZone = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...numbers });
  const partsOf = (moment) => Object.fromEntries(inZone.formatToParts(moment).map(({ type, value }) => [type, value]));
  window.writeClock = (moment) => {
    const { hour, minute } = partsOf(moment);
    return `${hour}:${minute}`;
  };
  window.writeTime = (moment) => {
    const { year, month, day } = partsOf(moment);
    const [date, clock] = [write(`${year}-${month}-${day}`), window.writeClock(moment)];
    return inVietnamese ? `${clock} ${date}` : `${date}, ${clock}`;
  };
  const calendarOf = (field) => field.closest(".date-field").querySelector("[type=date]");
  const put = (field, day) => {
    if (!day) return;
    field.value = write(day);
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  };
  const open = (field) => {
    const calendar = calendarOf(field);
    calendar.value = read(field.value);
    calendar.showPicker();
  };

  for (const button of document.querySelectorAll("[data-pick-date]")) {
    const field = button.closest(".date-field").querySelector("[data-date]");
    button.hidden = false;
    button.addEventListener("click", () => open(field));
    calendarOf(field).addEventListener("change", ({ target }) => put(field, target.value));
    field.addEventListener("change", () => {
      const day = read(field.value);
      if (day) field.value = write(day);
    });
    field.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      const day = read(field.value);
      if (!step || (!event.altKey && !day)) return;
      event.preventDefault();
      if (event.altKey) open(field);
      else put(field, new Date(Date.parse(day) + step * 86_400_000).toISOString().slice(0, 10));
    });
  }
})();
