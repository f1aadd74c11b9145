"""Numbers, money, dates and times as a language writes them, and numbers as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_day_names
from babel.numbers import (
    NumberFormatError,
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_decimal_symbol,
    get_group_symbol,
    parse_decimal,
)

from application.warnings import WHOLE_CURRENCIES
from approval.model import FieldError
from approval.values import EXACT
from texts import Language
from texts.amounts import amount_text

_LOCALE: Final[dict[Language, Locale]] = {"vi": Locale("vi"), "en": Locale("en", "GB")}
_DATE: Final[dict[Language, str]] = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"}
_DAY_FORM: Final[dict[Language, str]] = {"vi": "ngày/tháng/năm", "en": "dd/mm/yyyy"}
_TIME: Final[dict[Language, str]] = {"vi": "HH:mm dd/MM/yyyy", "en": "d MMM yyyy, HH:mm"}
_WHOLE: Final = 2.0
"""Two of a unit before it is used: 40 hours are not "2 days"."""
_BY_THE_CALENDAR: Final = timedelta(days=2)
"""From there on how far something is off is counted in days of the calendar."""
_NUMBER: Final = re.compile(r"-?[0-9.,]+")
_KEPT: Final = 4096
"""Lists show the same amounts and times again and again, to everybody who looks; writing one takes some 10 µs."""


@dataclass(frozen=True)
class Formats:
    """How one language writes things.

    Attributes:
        language: of the reader.
        zone: the company's time zone.
    """

    language: Language
    zone: ZoneInfo

    @property
    def decimal_symbol(self) -> str:
        """What stands between whole and fraction."""
        return get_decimal_symbol(_LOCALE[self.language])

    @property
    def group_symbol(self) -> str:
        """What stands between thousands."""
        return get_group_symbol(_LOCALE[self.language])

    def number(self, value: Decimal | int | str) -> str:
        """A quantity, with all of its digits: ``1.250,5``."""
        return _number(value, _LOCALE[self.language])

    def amount(self, value: Decimal | int | str, currency: str) -> str:
        """An amount as one types it, which ``read_amount`` reads as the same: ``28,9050`` dong, as ``28,905`` are 28905."""
        written = self.number(value)
        return f"{written}0" if self._has_other_groups(written, currency) else written

    def money(self, value: Decimal | int | str, currency: str) -> str:
        """An amount, to the currency's smallest unit: ``125.000.000 ₫``."""
        return amount_text(value, currency, self.language)

    def short_number(self, value: Decimal) -> str:
        """As one says it: ``25 triệu``, ``2,5 tỷ``."""
        return format_compact_decimal(value, format_type="long", locale=_LOCALE[self.language], fraction_digits=1)

    def price(self, value: Decimal | int | str, currency: str) -> str:
        """What one of something costs, with all of its digits: ``28,9 ₫``, which must not look like 29."""
        return _price(value, currency, _LOCALE[self.language])

    def currency_wanted(self, code: str) -> FieldError | None:
        """What to tell somebody who typed the code of a currency that there is not; English has names of more than Vietnamese."""
        if not code or code in _LOCALE["en"].currencies:
            return None
        return FieldError(pointer="/currency", message="currency_unknown")

    def size(self, count: int) -> str:
        """So many bytes: ``184 KB``, ``1,2 MB``."""
        if count < 1024 * 1024:
            return f"{self.number(max(1, round(count / 1024)))} KB"
        return f"{self.number(str(round(count / (1024 * 1024), 1)))} MB"

    def day(self, value: date | str) -> str:
        """A date, or a date in ISO 8601: ``24/11/2026``."""
        return _day(value, _DATE[self.language], _LOCALE[self.language])

    @property
    def day_form(self) -> str:
        """How to type a date: ``dd/mm/yyyy``."""
        return _DAY_FORM[self.language]

    def day_wanted(self, pointer: str) -> FieldError:
        """What to tell somebody who typed something that ``read_day`` does not read."""
        example = self.day(date(2026, 11, 24))
        return FieldError(pointer=pointer, message="write a date such as {example}", params={"example": example})

    def weekday(self, place: int, *, short: bool = False) -> str:
        """The name of a weekday, Monday is 0."""
        name: str = get_day_names("short" if short else "wide", "stand-alone", _LOCALE[self.language])[place]
        return name

    def month(self, day: date) -> str:
        """The month that a day is in: ``Tháng 2 2027``."""
        name = format_date(day, "LLLL y", locale=_LOCALE[self.language])
        return name[:1].upper() + name[1:]

    def country(self, code: str) -> str:
        """The name of a country, by its two letters."""
        name: str = _LOCALE[self.language].territories.get(code, code)
        return name

    def time(self, value: datetime) -> str:
        """A moment in the company's time zone: ``10:05 24/11/2026``."""
        return _time(value, _TIME[self.language], self.zone, _LOCALE[self.language])

    def clock(self, value: datetime) -> str:
        """A moment of today in the company's time zone, to the second: ``10:05:09``."""
        return f"{value.astimezone(self.zone):%H:%M:%S}"

    def ago(self, value: datetime, *, now: datetime | None = None) -> str:
        """How far a moment is from now: ``3 giờ trước``; from two days on by the calendar, as people count days: what is
        due the day after tomorrow is due in two days, at whatever hour one looks.
        """
        apart = _apart(value, now or datetime.now(UTC), self.zone)
        return format_timedelta(apart, add_direction=True, threshold=_WHOLE, locale=_LOCALE[self.language])

    def lasting(self, since: datetime) -> str:
        """How long something has lasted: ``3 giờ``."""
        return format_timedelta(datetime.now(UTC) - since, threshold=_WHOLE, locale=_LOCALE[self.language])

    def duration(self, seconds: float) -> str:
        """How long something takes: ``3 giờ``."""
        return format_timedelta(timedelta(seconds=seconds), threshold=_WHOLE, locale=_LOCALE[self.language])

    def number_wanted(self, pointer: str) -> FieldError:
        """What to tell somebody who typed something that ``read_number`` does not read."""
        example = self.number(Decimal("1250.5"))
        return FieldError(pointer=pointer, message="write a number such as {example}", params={"example": example})

    def read_number(self, text: str) -> Decimal:
        """A number as somebody who reads this language types it.

        Raises:
            ValueError: it is no number, or its separators are in the wrong places.
        """
        if not _NUMBER.fullmatch(text.strip()):  # Babel takes whatever Python does, such as 1e3
            raise ValueError(text)
        try:
            return parse_decimal(text.strip(), locale=_LOCALE[self.language], strict=True)
        except NumberFormatError as error:
            raise ValueError(text) from error

    def read_amount(self, text: str, currency: str) -> Decimal:
        """An amount as somebody types it. Of a currency without a smaller unit ``150,000`` and ``150.000`` are the same in
        either language: three digits behind a mark are thousands, as nobody means parts of a dong.

        Raises:
            ValueError: as of ``read_number``.
        """
        if self._has_other_groups(text.strip(), currency):
            text = text.replace(self.decimal_symbol, "")
        return self.read_number(text)

    def _has_other_groups(self, text: str, currency: str) -> bool:
        groups = rf"[1-9][0-9]{{0,2}}({re.escape(self.decimal_symbol)}[0-9]{{3}})+"
        return currency in WHOLE_CURRENCIES and re.fullmatch(groups, text) is not None


def _apart(value: datetime, now: datetime, zone: ZoneInfo) -> timedelta:
    apart = value - now
    if abs(apart) < _BY_THE_CALENDAR:
        return apart
    return timedelta(days=(value.astimezone(zone).date() - now.astimezone(zone).date()).days)


@lru_cache(_KEPT)
def _number(value: Decimal | int | str, locale: Locale) -> str:
    with localcontext(EXACT):
        return format_decimal(Decimal(value).normalize(), locale=locale, decimal_quantization=False)


@lru_cache(_KEPT)
def _price(value: Decimal | int | str, currency: str, locale: Locale) -> str:
    with localcontext(EXACT):
        return format_currency(Decimal(value), currency, locale=locale, decimal_quantization=False)


@lru_cache(_KEPT)
def _day(value: date | str, pattern: str, locale: Locale) -> str:
    return format_date(date.fromisoformat(value) if isinstance(value, str) else value, pattern, locale=locale)


@lru_cache(_KEPT)
def _time(value: datetime, pattern: str, zone: ZoneInfo, locale: Locale) -> str:
    return format_datetime(value, pattern, tzinfo=zone, locale=locale)
