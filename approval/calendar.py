"""Business time: deadlines count business hours of the company's time zone. Source: domain.md, decision 11."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_LONGEST_GAP = 366
"""Days in a row without working time, after which there will be none."""
_SHORTEST_DAY = timedelta(hours=1)


@dataclass(frozen=True)
class BusinessCalendar:
    """When people work.

    Args:
        zone: the company's time zone.
        days: weekdays that count, Monday is 0.
        hours: the spans of a working day, in order, not overlapping.
        holidays: dates that do not count.
    """

    zone: ZoneInfo
    days: frozenset[int]
    hours: tuple[tuple[time, time], ...]
    holidays: frozenset[date] = frozenset()

    @classmethod
    def parse(
        cls, zone: ZoneInfo, days: tuple[int, ...], hours: tuple[str, ...], holidays: tuple[str, ...]
    ) -> BusinessCalendar:
        """Build a calendar from settings: hours as ``"08:00-12:00"``, holidays as ISO dates.

        Raises:
            ValueError: a text is malformed, hours overlap, or the calendar has no working time at all.
        """
        spans = tuple(sorted(_span(text) for text in hours))
        if any(following[0] < span[1] for span, following in pairwise(spans)):
            raise ValueError(f"business hours overlap: {', '.join(hours)}")
        if spans and sum((_length(span) for span in spans), start=timedelta()) < _SHORTEST_DAY:
            raise ValueError("a working day has less than an hour")
        if not spans or not days:
            raise ValueError("the business calendar has no working time")
        return cls(zone, frozenset(days), spans, frozenset(date.fromisoformat(text) for text in holidays))

    def add(self, start: datetime, hours: int) -> datetime:
        """The moment at which ``hours`` of business time have passed since ``start`` (UTC in, UTC out)."""
        left = timedelta(hours=hours)
        day = start.astimezone(self.zone).date()
        idle = 0
        while idle < _LONGEST_GAP:
            idle += 1
            if day.weekday() in self.days and day not in self.holidays:
                for opens, closes in self.hours:
                    begin = max(datetime.combine(day, opens, self.zone), start).astimezone(UTC)
                    end = datetime.combine(day, closes, self.zone).astimezone(UTC)
                    if begin >= end:
                        continue
                    if begin + left <= end:
                        return begin + left
                    left -= end - begin
                    idle = 0
            day += timedelta(days=1)
        raise ValueError("the business calendar has no working time")


def _length(span: tuple[time, time]) -> timedelta:
    opens, closes = (datetime.combine(date.min, moment) for moment in span)
    return closes - opens


def _span(text: str) -> tuple[time, time]:
    opens, _, closes = text.partition("-")
    span = (time.fromisoformat(opens), time.fromisoformat(closes))
    if span[0] >= span[1]:
        raise ValueError(f"business hours {text!r} end before they begin")
    return span
