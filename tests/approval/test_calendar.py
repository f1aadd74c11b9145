"""Deadlines count business hours of the company's time zone. Source: domain.md, decision 11."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.calendar import BusinessCalendar
from approval.durations import Part, Unit

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE = BusinessCalendar.parse(VIETNAM, (0, 1, 2, 3, 4), ("08:00-12:00", "13:00-17:00"), ("2026-11-26",))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds


@pytest.mark.parametrize(
    ("start", "hours", "deadline"),
    [
        ("2026-11-24T08:00", 4, "2026-11-24T12:00"),
        ("2026-11-24T10:00", 4, "2026-11-24T15:00"),  # over the lunch break
        ("2026-11-24T12:30", 1, "2026-11-24T14:00"),  # from within it
        ("2026-11-24T16:30", 1, "2026-11-25T08:30"),  # over the night
        ("2026-11-25T16:00", 2, "2026-11-27T09:00"),  # over a holiday
        ("2026-11-27T16:00", 2, "2026-11-30T09:00"),  # over a weekend
        ("2026-11-28T10:00", 8, "2026-11-30T17:00"),  # from within it
        ("2026-11-24T17:00", 1, "2026-11-25T09:00"),
        ("2026-11-24T05:00", 1, "2026-11-24T09:00"),
        ("2026-11-24T08:00", 16, "2026-11-25T17:00"),
    ],
)
def test_only_business_hours_count(start: str, hours: int, deadline: str) -> None:
    found = OFFICE.add(datetime.fromisoformat(start).replace(tzinfo=VIETNAM), hours)
    assert found == datetime.fromisoformat(deadline).replace(tzinfo=VIETNAM)
    assert found.tzinfo is UTC


def test_an_hour_is_an_hour_when_the_clocks_change() -> None:
    night_shift = BusinessCalendar.parse(ZoneInfo("Europe/Berlin"), (6,), ("00:00-06:00",), ())
    start = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # midnight; the clocks go from 2 to 3 o'clock
    assert night_shift.add(start, 4) == datetime(2026, 3, 29, 3, 0, tzinfo=UTC)


@given(start=MOMENTS, hours=st.integers(1, 60), more=st.integers(1, 40))
def test_hours_add_up(start: datetime, hours: int, more: int) -> None:
    assert OFFICE.add(OFFICE.add(start, hours), more) == OFFICE.add(start, hours + more)


@given(start=MOMENTS, hours=st.integers(1, 60))
def test_a_deadline_is_within_or_at_the_end_of_business_hours(start: datetime, hours: int) -> None:
    local = OFFICE.add(start, hours).astimezone(VIETNAM)
    assert local > start
    assert local.weekday() < 5
    assert 8 < local.hour + local.minute / 60 + local.second / 3600 + local.microsecond / 3.6e9 <= 17


@given(
    start=MOMENTS, amount=st.integers(1, 60), unit=st.sampled_from([unit for unit in Unit if unit is not Unit.PERCENT])
)
def test_back_from_a_moment_is_the_same_time_before_it(start: datetime, amount: int, unit: Unit) -> None:
    duration = Part(Fraction(amount), unit)
    since = OFFICE.before(start, duration)
    assert since < start
    assert OFFICE.between(since, start, unit) == amount
    assert OFFICE.between(since + timedelta(microseconds=1), start, unit) < amount


def test_back_over_a_weekend_and_a_holiday() -> None:
    monday = datetime(2026, 11, 30, 9, 0, tzinfo=VIETNAM)
    for days, since in ((1, "2026-11-27T09:00"), (2, "2026-11-25T09:00")):  # the 26th is off
        found = OFFICE.before(monday, Part(Fraction(days), Unit.BUSINESS_DAYS))
        assert found == datetime.fromisoformat(since).replace(tzinfo=VIETNAM)


def test_the_longest_deadline_is_found_in_the_shortest_week() -> None:
    short = BusinessCalendar.parse(VIETNAM, (0,), ("08:00-09:00",), ())
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
    assert short.add(monday, 2000) == monday + timedelta(weeks=1999, hours=1)


def test_a_calendar_of_holidays_alone_has_no_deadline() -> None:
    days = tuple((date(2026, 1, 1) + timedelta(days=day)).isoformat() for day in range(800))
    calendar = BusinessCalendar.parse(VIETNAM, tuple(range(7)), ("08:00-12:00",), days)
    with pytest.raises(ValueError, match="no working time"):
        calendar.add(datetime(2026, 1, 1, tzinfo=UTC), 1)


@pytest.mark.parametrize(
    ("days", "hours", "holidays"),
    [
        ((), ("08:00-12:00",), ()),
        ((0,), (), ()),
        ((0,), ("12:00-08:00",), ()),
        ((0,), ("8-12",), ()),
        ((0,), ("08:00-12:00", "11:59-17:00"), ()),
        ((0,), ("08:00-08:59",), ()),
        ((0,), ("08:00-12:00",), ("2 September",)),
    ],
)
def test_a_calendar_without_working_time_is_refused(
    days: tuple[int, ...], hours: tuple[str, ...], holidays: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        BusinessCalendar.parse(VIETNAM, days, hours, holidays)
