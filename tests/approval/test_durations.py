"""Durations: three units that are different things, and parts of a deadline. Source: processes.md, "Deadlines that do something"."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.alarms import Pause, moment
from approval.calendar import BusinessCalendar, read_spans
from approval.durations import Duration, Part, Unit

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE = read_spans(("08:00-12:00", "13:00-17:00"))
MORNING = read_spans(("08:00-12:00",))
WEEK = (OFFICE,) * 5 + ((), ())
CALENDAR = BusinessCalendar(
    VIETNAM, WEEK, {date(2026, 12, 24): MORNING, date(2026, 11, 24): OFFICE, date(2026, 12, 7): ()}, "VN"
)
"""Vietnam's holidays; half a day on 24 December, work on the Day of Vietnamese Culture, 7 December off."""


def local(text: str) -> datetime:
    """A time in Vietnam."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def after(start: str, written: str, *pauses: tuple[str, str]) -> datetime | None:
    """When a duration is over."""
    duration = Duration.parse(written)
    stands = tuple(Pause(since=local(since), until=local(until)) for since, until in pauses)
    return moment(local(start), duration.of(duration), stands, CALENDAR)


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [("8bh", 8, "bh"), ("2bd", 2, "bd"), ("36h", 36, "h"), ("50%", 50, "%")],
)
def test_a_duration_is_read_and_written_alike(text: str, amount: int, unit: str) -> None:
    assert Duration.parse(text) == Duration(amount, Unit(unit))
    assert str(Duration.parse(text)) == text


@pytest.mark.parametrize("text", ["", "8", "0bh", "-1h", "1.5bh", "8 bh", "8BH", "bh", "8bhx", "1" * 20 + "h", "٣bh"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("start", "duration", "over"),
    [
        # each unit over the same night and weekend
        ("2026-12-11T16:00", "4bh", "2026-12-14T11:00"),
        ("2026-12-11T16:00", "1bd", "2026-12-14T16:00"),
        ("2026-12-11T16:00", "36h", "2026-12-13T04:00"),
        # a day's work, however long: half of it is used up by ten o'clock on a day of four hours
        ("2026-12-23T13:00", "1bd", "2026-12-24T10:00"),
        ("2026-12-23T13:00", "2bd", "2026-12-25T12:00"),
        # asked at night: from the morning on, so that it is over when that day's work is
        ("2026-12-09T20:00", "1bd", "2026-12-10T17:00"),
        # the company's own days win over the holidays of the country, and those over the week
        ("2026-11-23T08:00", "2bd", "2026-11-24T17:00"),
        ("2026-12-04T13:00", "8bh", "2026-12-08T12:00"),
        # over Tết 2027, 4 to 10 February
        ("2027-02-03T16:00", "2bh", "2027-02-11T09:00"),
        ("2027-02-03T13:00", "1bd", "2027-02-11T12:00"),
        ("2027-02-03T16:00", "36h", "2027-02-05T04:00"),
        # Saturday 22 August 2026 is worked in the stead of Monday the 31st, which is off with 1 and 2 September
        ("2026-08-21T16:00", "2bh", "2026-08-22T09:00"),
        ("2026-08-28T16:00", "2bh", "2026-09-03T09:00"),
    ],
)
def test_each_unit_counts_its_own_time(start: str, duration: str, over: str) -> None:
    assert after(start, duration) == local(over)


def test_the_clock_of_a_zone_that_saves_daylight_counts_hours_that_pass() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    calendar = BusinessCalendar(berlin, (OFFICE,) * 7)
    start = datetime(2026, 3, 28, 17, 0, tzinfo=berlin)  # the night after, the clocks go from 2 to 3 o'clock
    assert calendar.after(start, Part(Fraction(24), Unit.HOURS)) == datetime(2026, 3, 29, 18, 0, tzinfo=berlin)
    assert calendar.after(start, Part(Fraction(8), Unit.BUSINESS_HOURS)) == datetime(2026, 3, 29, 17, 0, tzinfo=berlin)


@pytest.mark.parametrize(
    ("duration", "pauses", "over"),
    [
        ("8bh", [], "2026-12-14T10:00"),
        ("8bh", [("2026-12-11T11:00", "2026-12-11T14:00")], "2026-12-14T12:00"),
        ("8bh", [("2026-12-11T16:00", "2026-12-14T10:00")], "2026-12-14T14:00"),
        ("8bh", [("2026-12-12T09:00", "2026-12-13T20:00")], "2026-12-14T10:00"),  # a weekend would not have counted
        ("1bd", [("2026-12-11T16:00", "2026-12-14T10:00")], "2026-12-14T14:00"),
        ("36h", [("2026-12-11T16:00", "2026-12-14T10:00")], "2026-12-15T16:00"),
        (
            "36h",
            [("2026-12-11T12:00", "2026-12-11T13:00"), ("2026-12-11T16:00", "2026-12-11T18:00")],
            "2026-12-13T01:00",
        ),
    ],
)
def test_a_pause_never_counts(duration: str, pauses: list[tuple[str, str]], over: str) -> None:
    """Asked on a Friday at ten."""
    assert after("2026-12-11T10:00", duration, *pauses) == local(over)


def test_while_the_clock_stands_there_is_no_time_at_which_it_is_over() -> None:
    stands = (Pause(since=local("2026-12-11T16:00")),)
    assert moment(local("2026-12-11T10:00"), Part(Fraction(8), Unit.BUSINESS_HOURS), stands, CALENDAR) is None
    over = moment(local("2026-12-11T10:00"), Part(Fraction(2), Unit.BUSINESS_HOURS), stands, CALENDAR)
    assert over == local("2026-12-11T12:00"), "it was over before"


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds
UNITS = st.sampled_from([Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS, Unit.HOURS])


@given(start=MOMENTS, amount=st.integers(1, 60), unit=UNITS)
def test_what_has_passed_when_a_duration_is_over_is_the_duration(start: datetime, amount: int, unit: Unit) -> None:
    over = CALENDAR.after(start, Part(Fraction(amount), unit))
    assert abs(CALENDAR.between(start, over, unit) - amount) < Fraction(1, 10**9)


@given(
    start=MOMENTS,
    amount=st.integers(1, 40),
    unit=UNITS,
    lengths=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=4),
)
def test_however_often_it_stood_the_time_that_the_clock_ran_is_the_duration(
    start: datetime, amount: int, unit: Unit, lengths: list[tuple[int, int]]
) -> None:
    pauses, now = [], start
    for runs, stands in lengths:
        since = now + timedelta(hours=runs)
        now = since + timedelta(hours=stands)
        pauses.append(Pause(since=since, until=now))
    over = moment(start, Part(Fraction(amount), unit), pauses, CALENDAR)
    assert over is not None
    ran, begin = Fraction(0), start
    for pause in pauses:
        ran += CALENDAR.between(begin, min(pause.since, over), unit)
        assert pause.until is not None
        begin = max(begin, pause.until)
    ran += CALENDAR.between(begin, over, unit)
    assert abs(ran - amount) < Fraction(1, 10**9)
