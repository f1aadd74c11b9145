// Numbers as people type them, by the rules by which the server reads them (Formats.read_number, and approval/values.py).
//   readNumber(text, {group, decimal})   NaN for what is no number in the language
//   readQuantity, readPrice              whole ten-thousandths, as sums have to be exact; null for what neither can be
//   writeMoney(amount, currency)         a sum of quantities times prices as read, in the page's language and to the
//                                        currency's smallest unit, as Formats.money writes it; "–" for null
(() => {
  const QUANTITY = { whole: 12, positive: true };
  const PRICE = { whole: 16, positive: false };
  const FRACTION = 4;

  const parse = (text, { group, decimal }) => {
    const typed = text.trim();
    const [whole, fraction = "", ...rest] = typed.split(decimal);
    const thousands = whole.split(group);
    const isGrouped = thousands.length > 1;
    const digits = thousands.join("");
    if (rest.length > 0 || /\D/.test(digits + fraction) || digits + fraction === "") return null;
    if (isGrouped && !/^[1-9]\d{0,2}( \d{3})+$/.test(thousands.join(" "))) return null;
    if (isGrouped && typed.endsWith(decimal)) return null;
    return { whole: digits.replace(/^0+/, ""), fraction: fraction.replace(/0+$/, "") };
  };

  const readNumber = (text, separators) => {
    const found = parse(text, separators);
    return found ? Number(`${found.whole || "0"}.${found.fraction || "0"}`) : NaN;
  };

  const readExactly = (text, separators, limits) => {
    const found = parse(text, separators);
    if (!found || found.whole.length > limits.whole || found.fraction.length > FRACTION) return null;
    const value = BigInt(found.whole + found.fraction.padEnd(FRACTION, "0"));
    return value > 0n || !limits.positive ? value : null;
  };

  const formats = new Map(); // making one takes longer than all else that happens while one types

  const writeMoney = (amount, currency) => {
    if (amount === null) return "–";
    const language = document.documentElement.lang === "vi" ? "vi" : "en-GB";
    if (!formats.has(currency)) formats.set(currency, new Intl.NumberFormat(language, { style: "currency", currency }));
    const written = formats.get(currency);
    const digits = written.resolvedOptions().maximumFractionDigits;
    const unit = 10n ** BigInt(2 * FRACTION - digits);
    const units = String((amount + unit / 2n) / unit).padStart(digits + 1, "0");
    const point = units.length - digits;
    return written.format(digits > 0 ? `${units.slice(0, point)}.${units.slice(point)}` : units);
  };

  window.writeMoney = writeMoney;
  window.readNumber = readNumber;
  window.readQuantity = (text, separators) => readExactly(text, separators, QUANTITY);
  window.readPrice = (text, separators) => readExactly(text, separators, PRICE);
})();
