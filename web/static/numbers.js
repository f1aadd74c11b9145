// Numbers as people type them, by the rules by which the server reads them (Formats.read_number, and approval/values.py).
//   readNumber(text, {group, decimal})   NaN for what is no number in the language
//   readQuantity, readPrice              whole ten-thousandths, as sums have to be exact; null for what neither can be
//                                        of amounts the separators also say isWhole, if their currency has no smaller
//                                        unit (Formats.read_amount): 150,000 and 150.000 are the same then
//   writtenHere(cells, separators)       the cells of a column as this language writes them, if some of them, such as 12,500,000
//                                        or 1,250.50, can only be of the other one; what is no number in that stays as it is
//   writeMoney(amount, currency)         a sum of quantities times prices as read, in the page's language and to the
//                                        currency's smallest unit, as Formats.money writes it; "–" for null
(() => {
  const QUANTITY = { whole: 12, positive: true };
  const PRICE = { whole: 16, positive: false };
  const FRACTION = 4;

  const hasGroups = (text, mark) => new RegExp(`^[1-9]\\d{0,2}(\\${mark}\\d{3})+$`).test(text);

  const parse = (text, { group, decimal, isWhole }) => {
    const given = text.trim();
    const typed = isWhole && hasGroups(given, decimal) ? given.replaceAll(decimal, "") : given;
    const [whole, fraction = "", ...rest] = typed.split(decimal);
    const thousands = whole.split(group);
    const isGrouped = thousands.length > 1;
    const digits = thousands.join("");
    if (rest.length > 0 || /\D/.test(digits + fraction) || digits + fraction === "") return null;
    if (isGrouped && !hasGroups(whole, group)) return null;
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

  const isOnly = (group, decimal) => {
    const [thousands, fraction] = [`\\d{1,3}(?:\\${group}\\d{3})`, `\\${decimal}\\d+`];
    const form = new RegExp(`^${thousands}(?:(?:\\${group}\\d{3})+(?:${fraction})?|${fraction})$`);
    return (cell) => form.test(cell ?? "");
  };
  const writtenHere = (cells, { group, decimal }) => {
    const isTheirs = cells.some(isOnly(decimal, group)) && !cells.some(isOnly(group, decimal));
    const isNotTheirs = (cell) => Number.isNaN(readNumber(cell ?? "", { group: decimal, decimal: group }));
    return isTheirs ? cells.map((cell) => (isNotTheirs(cell) ? cell : cell.replaceAll(decimal, "").replace(group, decimal))) : cells;
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
  window.writtenHere = writtenHere;
  window.readQuantity = (text, { group, decimal }) => readExactly(text, { group, decimal }, QUANTITY);
  window.readPrice = (text, separators) => readExactly(text, separators, PRICE);
})();
