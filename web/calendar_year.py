"""A year of the business calendar as pictures of its months: which days are worked, which are off, and why."""

from __future__ import annotations

from calendar import Calendar
from datetime import date
from enum import StrEnum

from approval.calendar import public_holidays, worked_instead
from approval.calendar_document import CalendarDefinition
from approval.model import Frozen


class DayKind(StrEnum):
    """Why a day is worked or off."""

    WORK = "work"
    OFF = "off"
    HOLIDAY = "holiday"
    WORKED_INSTEAD = "worked_instead"
    OWN_OFF = "own_off"
    OWN_WORK = "own_work"


class Day(Frozen):
    """A day in the picture of a month."""

    date: date
    kind: DayKind
    name: str = ""
    """Of a holiday, or of a day of the company's own."""


class Month(Frozen):
    """A month: its weeks from Monday to Sunday, with nothing for the days of other months."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]


class Special(Frozen):
    """A day that is not what its weekday is."""

    day: Day
    hours: tuple[str, ...] = ()
    """Of a day of the company's own that is worked."""


class Year(Frozen):
    """A year: its months, and the days in it that are special, in their order."""

    year: int
    months: tuple[Month, ...]
    special: tuple[Special, ...]


def year_of(definition: CalendarDefinition, year: int, language: str) -> Year:
    """The pictures of a year.

    Args:
        definition: the calendar.
        year: which.
        language: of the holidays' names.
    """
    country = definition.country
    holidays = public_holidays(country, year, language) if country else {}
    instead = set(worked_instead(country, year)) if country else set()
    own = {day.date: day for day in definition.own_days}
    works = [bool(spans) for spans in definition.week]

    def day_of(day: date) -> Day:
        if day in own:
            kind = DayKind.OWN_WORK if own[day].hours else DayKind.OWN_OFF
            return Day(date=day, kind=kind, name=own[day].name or holidays.get(day, ""))
        if day in holidays:
            return Day(date=day, kind=DayKind.HOLIDAY, name=holidays[day])
        if day in instead:
            return Day(date=day, kind=DayKind.WORKED_INSTEAD)
        return Day(date=day, kind=DayKind.WORK if works[day.weekday()] else DayKind.OFF)

    weeks = Calendar()  # from Monday on
    months = tuple(
        Month(
            first=date(year, month, 1),
            weeks=tuple(
                tuple(day_of(day) if day.month == month else None for day in week)
                for week in weeks.monthdatescalendar(year, month)
            ),
        )
        for month in range(1, 13)
    )
    days = (day for month in months for week in month.weeks for day in week if day is not None)
    special = tuple(
        Special(day=day, hours=own[day.date].hours if day.date in own else ())
        for day in days
        if day.kind not in (DayKind.WORK, DayKind.OFF)
    )
    return Year(year=year, months=months, special=special)
