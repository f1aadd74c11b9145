"""The plain value types of a request's fields: decimals, texts and dates, and how they are written as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Context, Decimal
from functools import partial, reduce
from typing import Annotated, Protocol

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer
from pydantic_core import PydanticKnownError

from approval.field_errors import invalid_value
from approval.text import mended, require_visible


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros: ``Decimal("10.50")`` is ``"10.5"``."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


EXACT = Context(prec=200)
"""For sums and products of quantities and money: Python's default rounds them to 28 digits, silently."""


def amount_of(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity times price, to the last digit."""
    return EXACT.multiply(quantity, unit_price)


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts, to the last digit."""
    return reduce(EXACT.add, amounts, Decimal(0))


class Priced(Protocol):
    """So much of something at a price: a line, whatever else is known of it."""

    @property
    def quantity(self) -> Decimal:
        """How much."""
        ...

    @property
    def unit_price(self) -> Decimal:
        """What one of it costs."""
        ...


def total_of(lines: Iterable[Priced]) -> Decimal:
    """What lines cost together, to the last digit."""
    return sum_of(amount_of(line.quantity, line.unit_price) for line in lines)


def money_text(amount: Decimal, currency: str) -> str:
    """An amount for people who read no particular language, to its last digit: ``125,000,000 VND``, ``0.4 USD``."""
    return f"{Decimal(plain(amount)):,f} {currency}"


def _currency_code(value: str) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        raise invalid_value("currency_code")
    return value


DecimalText = PlainSerializer(plain, return_type=str, when_used="json")


def _plainly_written(value: object) -> object:
    """Refuse what is not written in decimals: ``0.1`` as a float is another number. Source: domain.md, decision 12."""
    if isinstance(value, float):
        raise invalid_value("decimal_as_text")
    if isinstance(value, bool) or (isinstance(value, str) and not _DECIMAL.fullmatch(value.strip())):
        raise PydanticKnownError("decimal_parsing")
    return value


_DECIMAL = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
"""What people take for a number; Python's decimals may also be ``1e3``, ``NaN`` and digits of any script."""

Plainly = BeforeValidator(_plainly_written, json_schema_input_type=Decimal)

Quantity = Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=4, examples=["10"]), DecimalText, Plainly]
"""An amount of goods in the line's unit, more than zero."""
ReceivedQuantity = Annotated[
    Decimal, Field(ge=0, max_digits=16, decimal_places=4, examples=["4"]), DecimalText, Plainly
]
"""An amount of goods received; zero is allowed."""
Money = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4, examples=["12500000"]), DecimalText, Plainly]
"""Money in the request's currency."""
Currency = Annotated[str, AfterValidator(_currency_code), Field(json_schema_extra={"pattern": "^[A-Z]{3}$"})]
"""A currency by its ISO 4217 code."""
Sum = Annotated[Decimal, Field(ge=0, examples=["125000000"]), DecimalText]
"""A quantity or an amount of money that was computed: it may have more digits than what it was computed from."""

Stored = Annotated[Decimal, Field(examples=["10"]), DecimalText]
"""A quantity or a price as it was stored, maybe by another system and by other rules."""

Text = Annotated[str, AfterValidator(partial(mended, lines=True))]
"""Whatever people write, in as many lines as they like."""
Line = Annotated[str, AfterValidator(partial(mended, lines=False))]
"""What has one line."""
ShortText = Annotated[Line, Field(max_length=200)]
RequiredText = Annotated[Line, Field(min_length=1, max_length=200), AfterValidator(require_visible)]
"""A short text that must say something."""
LongText = Annotated[Text, Field(max_length=4000)]
MOST_LINES = 500
"""Lines of a request, and of whatever speaks of them."""
Note = Annotated[Text, Field(max_length=4000)]
"""What somebody writes beside a decision."""


CommentText = Annotated[Text, Field(min_length=1, max_length=4000), AfterValidator(require_visible)]
"""What somebody says about a request; Markdown of a small kind is shown as such."""


def at_most(length: int) -> BeforeValidator:
    """Refuse a longer list before looking at its items: a million of wrong ones would take many seconds."""

    def check(value: object) -> object:
        if isinstance(value, list | tuple) and len(value) > length:
            given = {"field_type": "List", "max_length": length, "actual_length": len(value)}
            raise PydanticKnownError("too_long", given)
        return value

    return BeforeValidator(check)


def as_text(value: Decimal | date | str | None) -> str | None:
    """Write a field's value the way JSON answers show it."""
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value
