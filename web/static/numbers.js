// Numbers as people type them, by the rules by which the server reads them (Formats.read_number, and approval/values.py).
//   readNumber(text, {group, decimal})   NaN for what is no number in the language
//   readQuantity, readPrice              the same, and NaN for what no quantity or price can be
//   writeMoney(value, currency)          an amount in the page's language; "–" for what is no number
(() => {
  const QUANTITY = { whole: 12, positive: true };
  const PRICE = { whole: 16, positive: false };
  const FRACTION = 4;

  const readNumber = (text, { group, decimal }, limits = null) => {
    const typed = text.trim();
    const [whole, fraction = "", ...rest] = typed.split(decimal);
    const thousands = whole.split(group);
    const isGrouped = thousands.length > 1;
    const digits = thousands.join("");
    if (rest.length > 0 || /\D/.test(digits + fraction) || digits + fraction === "") return NaN;
    if (isGrouped && !/^[1-9]\d{0,2}( \d{3})+$/.test(thousands.join(" "))) return NaN;
    if (isGrouped && typed.endsWith(decimal)) return NaN;
    const value = Number(`${digits || "0"}.${fraction || "0"}`);
    if (!limits) return value;
    const fits = digits.replace(/^0+/, "").length <= limits.whole && fraction.replace(/0+$/, "").length <= FRACTION;
    return fits && (value > 0 || !limits.positive) ? value : NaN;
  };

  // To the last digit, as Formats.money writes it: a price of 28.9 dong must not look like one of 29.
  const writeMoney = (value, currency) => {
    const language = document.documentElement.lang === "vi" ? "vi" : "en-GB";
    const written = new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 8 });
    return Number.isFinite(value) ? written.format(value) : "–";
  };

  window.writeMoney = writeMoney;
  window.readNumber = readNumber;
  window.readQuantity = (text, separators) => readNumber(text, separators, QUANTITY);
  window.readPrice = (text, separators) => readNumber(text, separators, PRICE);
})();
