"""Durations as a process says them: ``8bh`` business hours, ``2bd`` business days, ``36h`` by the wall clock, ``50%`` of a deadline.

Source: processes.md, "Deadlines that do something". The three units are different things; nothing turns one into another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from approval.field_errors import invalid_value


class Unit(StrEnum):
    """What a duration is counted in."""

    BUSINESS_HOURS = "bh"
    BUSINESS_DAYS = "bd"
    """A day's work, however long that day is: half of it on a day of four hours are two."""
    HOURS = "h"
    """By the wall clock, nights and holidays included."""
    PERCENT = "%"
    """Of the deadline, in its own unit."""


_WRITTEN: Final = re.compile(r"([1-9][0-9]{0,8})(bh|bd|h|%)")


@dataclass(frozen=True)
class Duration:
    """So much of a unit."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read a duration as it is written.

        Raises:
            ValueError: it is none.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no duration")
        return cls(int(found[1]), Unit(found[2]))

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.amount}{self.unit}"

    def of(self, whole: Duration) -> Part:
        """How much it is where ``whole`` is the deadline: a percentage is a part of it, everything else is itself."""
        if self.unit is Unit.PERCENT:
            return Part(Fraction(whole.amount * self.amount, 100), whole.unit)
        return Part(Fraction(self.amount), self.unit)


@dataclass(frozen=True)
class Part:
    """An exact amount of a unit, which need not be a whole number."""

    amount: Fraction
    unit: Unit


_LONGEST: Final = {Unit.BUSINESS_HOURS: 2000, Unit.BUSINESS_DAYS: 250, Unit.HOURS: 8784, Unit.PERCENT: 1000}
"""A year, and ten times the deadline."""


def _read(value: object) -> object:
    if isinstance(value, Duration):
        return value
    try:
        return Duration.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise invalid_value("duration_form") from error


def _bounded(value: Duration) -> Duration:
    if value.amount > _LONGEST[value.unit]:
        raise invalid_value("duration_range", most=f"{_LONGEST[value.unit]}{value.unit}")
    return value


def _no_percentage(value: Duration) -> Duration:
    if value.unit is Unit.PERCENT:
        raise invalid_value("duration_form")
    return value


def _schema(units: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^[1-9][0-9]{{0,3}}({units})$", "examples": [example]})


StoredDuration = Annotated[Duration, BeforeValidator(_read), PlainSerializer(str), _schema("bh|bd|h|%", "16bh")]
"""A duration as it is stored: its text, whatever its size."""
DurationDefinition = Annotated[
    StoredDuration, AfterValidator(_bounded), AfterValidator(_no_percentage), _schema("bh|bd|h", "16bh")
]
"""A duration from outside."""
ReminderDefinition = Annotated[StoredDuration, AfterValidator(_bounded), _schema("bh|bd|h|%", "50%")]
"""When to remind, from outside: so long after the opening, or after a part of the deadline."""
