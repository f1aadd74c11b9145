"""Money as a language writes it. By Babel, which workflows do without: they ask nothing of this."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

_LOCALE: Final = {"vi": Locale("vi"), "en": Locale("en", "GB")}
_DIGITS: Final = 200
"""That are reckoned with, so that no amount loses any but those that are rounded."""
_KEPT: Final = 4096
"""Lists show the same amounts again and again, to everybody who looks; writing one takes some 10 µs."""


@lru_cache(_KEPT)
def amount_text(amount: Decimal | int | str, currency: str, language: str) -> str:
    """An amount, to the currency's smallest unit: ``125.000.000 ₫``."""
    with localcontext(prec=_DIGITS):
        unit = Decimal(1).scaleb(-get_currency_precision(currency))
        return format_currency(Decimal(amount).quantize(unit, ROUND_HALF_UP), currency, locale=_LOCALE[language])
