"""Business time: when people of the company work, and what durations come to by that. Source: domain.md, decision 11.

The holidays are those of a country as the package ``holidays`` knows them, with the Saturdays that are worked in their
stead; the company's own days win over both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import holidays
from holidays.registry import COUNTRIES

from approval.durations import Part, Unit

_LONGEST_GAP = 366
"""Days in a row without working time, after which there will be none."""
_SHORTEST_DAY = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)
_HOUR: Final = timedelta(hours=1) // _MICROSECOND
_LONGEST_NAME: Final = 200
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099
"""Years of which holidays are told."""

Span = tuple[time, time]
Spans = tuple[Span, ...]
"""Working hours of a day, in their order, not overlapping; none: nobody works."""


@dataclass(frozen=True)
class BusinessCalendar:
    """When people work.

    Args:
        zone: the company's time zone.
        week: the hours of each weekday, Monday first.
        own_days: days of the company's own: their hours, whatever else that day is.
        country: whose public holidays count, ISO 3166; empty: nobody's.
    """

    zone: ZoneInfo
    week: tuple[Spans, ...]
    own_days: Mapping[date, Spans] = field(default_factory=dict)
    country: str = ""

    @classmethod
    def parse(
        cls, zone: ZoneInfo, days: tuple[int, ...], hours: tuple[str, ...], days_off: tuple[str, ...], country: str = ""
    ) -> BusinessCalendar:
        """Build a calendar from settings: weekdays (Monday is 0), hours as ``"08:00-12:00"``, days off as ISO dates.

        Raises:
            ValueError: a text is malformed, hours overlap, the holidays of the country are not known, or the calendar has no
                working time at all.
        """
        if country and country not in countries():
            raise ValueError(
                f"there is no country {country!r} whose holidays are known; write its two letters, such as 'VN'"
            )
        spans = read_spans(hours)
        if spans and sum((_length(span) for span in spans), start=timedelta()) < _SHORTEST_DAY:
            raise ValueError("a working day has less than an hour")
        if not spans or not days:
            raise ValueError("the business calendar has no working time")
        week = tuple(spans if weekday in days else () for weekday in range(7))
        return cls(zone, week, {date.fromisoformat(text): () for text in days_off}, country)

    def add(self, start: datetime, hours: int) -> datetime:
        """The moment at which ``hours`` of business time have passed since ``start`` (UTC in, UTC out)."""
        return self.after(start, Part(Fraction(hours), Unit.BUSINESS_HOURS))

    def opens(self, start: datetime) -> datetime:
        """The first moment of business time from ``start`` on; ``start`` itself, if there is none for a year."""
        return next((begins for begins, _, _ in self._working(start)), start)

    def next_morning(self, start: datetime) -> datetime:
        """When the next day begins on which people work; ``start`` itself, if there is none for a year."""
        tomorrow = start.astimezone(self.zone).date() + timedelta(days=1)
        return self.opens(datetime.combine(tomorrow, time.min, self.zone))

    def after(self, start: datetime, duration: Part) -> datetime:
        """The moment at which a duration has passed since ``start`` (UTC in, UTC out).

        Raises:
            ValueError: there is no working time in which it could pass.
        """
        left = duration.amount
        if duration.unit is Unit.HOURS:
            return start.astimezone(UTC) + _rounded_up(left * _HOUR)
        for opens, closes, whole in self._working(start):
            unit = _HOUR if duration.unit is Unit.BUSINESS_HOURS else whole
            passes = Fraction((closes - opens) // _MICROSECOND, unit)
            if left <= passes:
                return opens + _rounded_up(left * unit)
            left -= passes
        raise ValueError("the business calendar has no working time")

    def before(self, end: datetime, duration: Part) -> datetime:
        """The moment since which a duration has passed (UTC in, UTC out).

        Raises:
            ValueError: there is no working time in which it could have passed.
        """
        left = duration.amount
        if duration.unit is Unit.HOURS:
            return end.astimezone(UTC) - _rounded_up(left * _HOUR)
        for opens, closes, whole in self._worked(end):
            unit = _HOUR if duration.unit is Unit.BUSINESS_HOURS else whole
            passed = Fraction((closes - opens) // _MICROSECOND, unit)
            if left <= passed:
                return closes - _rounded_up(left * unit)
            left -= passed
        raise ValueError("the business calendar has no working time")

    def between(self, start: datetime, end: datetime, unit: Unit) -> Fraction:
        """How much of a unit passes from one moment to another; nothing, if that is the earlier one."""
        if unit is Unit.HOURS:
            return Fraction(max(end - start, timedelta()) // _MICROSECOND, _HOUR)
        passed = Fraction(0)
        for opens, closes, whole in self._working(start):
            if opens >= end:
                break
            length = (min(closes, end) - opens) // _MICROSECOND
            passed += Fraction(length, _HOUR if unit is Unit.BUSINESS_HOURS else whole)
        return passed

    def hours_of(self, day: date) -> Spans:
        """When people work on a day: as the company says, or else the country, or else the week."""
        if day in self.own_days:
            return self.own_days[day]
        if self.holiday(day) is not None:
            return ()
        return self.ordinary_hours if self.is_worked_instead(day) else self.week[day.weekday()]

    @cached_property
    def ordinary_hours(self) -> Spans:
        """The hours of an ordinary working day, the longest of the week: those of a day that is worked in another's stead."""
        return max(self.week, key=lambda spans: sum((_length(span) for span in spans), start=timedelta()))

    def holiday(self, day: date) -> str | None:
        """The name of the public holiday that a day is, or None."""
        return None if self._public is None else self._public.get(day)

    def is_worked_instead(self, day: date) -> bool:
        """Whether the country works on this day of a weekend for one that it is off on instead."""
        return self._public is not None and day not in self._public and day in self._public.weekend_workdays

    @cached_property
    def _public(self) -> holidays.HolidayBase | None:
        return holidays.country_holidays(self.country) if self.country else None

    @cached_property
    def _moments(self) -> dict[date, tuple[list[tuple[datetime, datetime]], int]]:
        """Days that were looked at: a decision asks for the same few as the one before."""
        return {}

    def _moments_of(self, day: date) -> tuple[list[tuple[datetime, datetime]], int]:
        """The working hours of a day in UTC, and the microseconds of them all."""
        spans = [
            (
                datetime.combine(day, opens, self.zone).astimezone(UTC),
                datetime.combine(day, closes, self.zone).astimezone(UTC),
            )
            for opens, closes in self.hours_of(day)
        ]
        return spans, sum((closes - opens for opens, closes in spans), start=timedelta()) // _MICROSECOND

    def _working(self, start: datetime) -> Iterator[tuple[datetime, datetime, int]]:
        """Working time from a moment on: from, until, and the microseconds of that day's whole work.

        Ends when there has been none for a year.
        """
        for spans, whole in self._days(start, timedelta(days=1)):
            for opens, closes in spans:
                if start < closes and opens < closes:
                    yield max(opens, start.astimezone(UTC)), closes, whole

    def _worked(self, end: datetime) -> Iterator[tuple[datetime, datetime, int]]:
        """The same back from a moment, the latest first."""
        for spans, whole in self._days(end, -timedelta(days=1)):
            for opens, closes in reversed(spans):
                if opens < end and opens < closes:
                    yield opens, min(closes, end.astimezone(UTC)), whole

    def _days(self, start: datetime, step: timedelta) -> Iterator[tuple[list[tuple[datetime, datetime]], int]]:
        """Day after day, or back, their working hours and the microseconds of them all."""
        day = start.astimezone(self.zone).date()
        idle = 0
        while idle < _LONGEST_GAP:
            if day not in self._moments:
                self._moments[day] = self._moments_of(day)
            spans, whole = self._moments[day]
            idle = 0 if whole else idle + 1
            yield spans, whole
            day += step


def read_spans(hours: tuple[str, ...]) -> Spans:
    """The hours of a day, written as ``"08:00-12:00"``, in their order.

    Raises:
        ValueError: one is malformed or ends before it begins, or two overlap.
    """
    spans = tuple(sorted(_span(text) for text in hours))
    if any(following[0] < span[1] for span, following in pairwise(spans)):
        raise ValueError(f"business hours overlap: {', '.join(hours)}")
    return spans


def public_holidays(country: str, year: int, language: str) -> dict[date, str]:
    """The public holidays of a country in a year with their names, those moved to another day included.

    Args:
        language: of the names; where the package has none in it, they are in the country's own.
    """
    found = holidays.country_holidays(country, years=year, language={"en": "en_US"}.get(language, language))
    return {day: name[:_LONGEST_NAME] for day, name in sorted(found.items()) if day.year == year}


def worked_instead(country: str, year: int) -> list[date]:
    """The days of weekends in a year that are worked in the stead of others."""
    found = holidays.country_holidays(country, years=year)
    return sorted(day for day in getattr(found, "weekend_workdays", ()) if day.year == year)


def countries() -> frozenset[str]:
    """The countries whose holidays are known, by their codes of two letters."""
    return frozenset(next(code for code in names if len(code) == 2) for names in COUNTRIES.values())


def _length(span: Span) -> timedelta:
    opens, closes = (datetime.combine(date.min, moment) for moment in span)
    return closes - opens


def _span(text: str) -> Span:
    opens, _, closes = text.partition("-")
    span = (time.fromisoformat(opens), time.fromisoformat(closes))
    if span[0] >= span[1]:
        raise ValueError(f"business hours {text!r} end before they begin")
    return span


def _rounded_up(microseconds: Fraction) -> timedelta:
    return -(-microseconds.numerator // microseconds.denominator) * _MICROSECOND
