"""The business calendar that an admin writes: weekly hours, the country of the holidays, and the company's own days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from approval.calendar import FIRST_YEAR, LAST_YEAR, BusinessCalendar, Spans, countries, read_spans
from approval.field_errors import invalid_value
from approval.model import Code, FieldError, Input, refuse
from approval.values import Line, at_most

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
_MOST_SPANS: Final = 6
_MOST_DAYS: Final = 500
_SHORTEST_WEEK: Final = 4
"""Hours of work in a week, under which a deadline of some days would be years away."""


def _hours(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in read_spans(value))
    except ValueError as error:
        raise invalid_value("hours_order") from error


def _span(value: str) -> str:
    if not re.fullmatch(_SPAN, value):
        raise invalid_value("hours_form")
    return value


Hours = Annotated[
    tuple[
        Annotated[
            str,
            AfterValidator(_span),
            WithJsonSchema({"type": "string", "pattern": _SPAN, "examples": ["08:00-12:00"]}),
        ],
        ...,
    ],
    Field(max_length=_MOST_SPANS),
    at_most(_MOST_SPANS),
    AfterValidator(_hours),
]
"""When people work on a day, as ``08:00-12:00``; none: they do not."""


def _known(value: str) -> str:
    if value and value not in countries():
        raise invalid_value("no_such_country")
    return value


Country = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "pattern": "^([A-Z]{2})?$", "examples": ["VN"]})
]


def _within_years(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise invalid_value("year_range", first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return value


class WeeklyHours(Input):
    """When people work in an ordinary week."""

    monday: Hours = ()
    tuesday: Hours = ()
    wednesday: Hours = ()
    thursday: Hours = ()
    friday: Hours = ()
    saturday: Hours = ()
    sunday: Hours = ()


class OwnDay(Input):
    """A day of the company's own, whatever else that day is."""

    date: Annotated[date, AfterValidator(_within_years)]
    hours: Hours = ()
    name: Annotated[Line, Field(max_length=100)] = ""


class CalendarDefinition(Input):
    """When people of the company work. Their own days win over the holidays of the country, and those over the week."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "weekly_hours": {
                        day: ["08:00-12:00", "13:00-17:00"]
                        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
                    },
                    "country": "VN",
                    "own_days": [{"date": "2026-12-24", "hours": ["08:00-12:00"], "name": "Tất niên"}],
                }
            ]
        }
    )

    weekly_hours: WeeklyHours
    country: Country = ""
    """Whose public holidays count, with the days that are worked in their stead: ISO 3166, two letters. Empty: nobody's."""
    own_days: Annotated[tuple[OwnDay, ...], Field(max_length=_MOST_DAYS), at_most(_MOST_DAYS)] = ()

    @model_validator(mode="after")
    def _each_day_once(self) -> CalendarDefinition:
        days = [own.date for own in self.own_days]
        if len(set(days)) < len(days):
            twice = next(day for place, day in enumerate(days) if day in days[:place])
            raise invalid_value("day_twice", day=twice.isoformat())
        return self

    @property
    def week(self) -> tuple[Spans, ...]:
        """The hours of each weekday, Monday first."""
        return tuple(read_spans(getattr(self.weekly_hours, day)) for day in WEEKDAYS)

    def calendar(self, zone: ZoneInfo) -> BusinessCalendar:
        """The calendar that it describes."""
        return BusinessCalendar(
            zone, self.week, {own.date: read_spans(own.hours) for own in self.own_days}, self.country
        )


def definition_of(calendar: BusinessCalendar) -> CalendarDefinition:
    """How a calendar would be written."""

    def written(spans: Spans) -> tuple[str, ...]:
        return tuple(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spans)

    hours: Mapping[str, tuple[str, ...]] = {
        day: written(spans) for day, spans in zip(WEEKDAYS, calendar.week, strict=True)
    }
    return CalendarDefinition(
        weekly_hours=WeeklyHours.model_validate(hours),
        country=calendar.country,
        own_days=tuple(OwnDay(date=day, hours=written(spans)) for day, spans in sorted(calendar.own_days.items())),
    )


def require_working_time(definition: CalendarDefinition) -> None:
    """Refuse a calendar by which no deadline would ever be over.

    Raises:
        RefusedError: ``calendar_missing``.
    """
    minutes = sum(
        (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
        for spans in definition.week
        for opens, closes in spans
    )
    if minutes < _SHORTEST_WEEK * 60:
        error = FieldError(pointer="/weekly_hours", message="week_too_short", params={"hours": str(_SHORTEST_WEEK)})
        raise refuse(Code.CALENDAR_MISSING, error)
    days_off = {own.date for own in definition.own_days if not own.hours}
    worked = {own.date for own in definition.own_days if own.hours}
    for first in sorted(days_off):
        if first - _A_DAY in days_off:
            continue
        day, length = first, 0
        while length <= _LONGEST_BREAK and (
            day in days_off or (day not in worked and not definition.week[day.weekday()])
        ):
            day, length = day + _A_DAY, length + 1
        if length > _LONGEST_BREAK:
            params = {"most": str(_LONGEST_BREAK), "day": first.isoformat()}
            raise refuse(
                Code.CALENDAR_MISSING, FieldError(pointer="/own_days", message="break_too_long", params=params)
            )


_A_DAY: Final = timedelta(days=1)
_LONGEST_BREAK: Final = 180
"""Days in a row that may be off: no deadline passes over more than a year of them."""
