"""What is made of the sums of the overview: percentiles, bands of age, ranges of months."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from math import floor, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.overview import _AGES, _bands, _percentile, months_before, months_between
from approval.model import RefusedError
from crm.overview import Months, OnDay
from crm.overview_counting import GROWTH

TODAY = date(2026, 11, 29)


def classes_of(seconds: list[float]) -> list[tuple[int, int]]:
    """Durations in their classes, as they are counted."""
    return sorted(Counter(floor(log(max(1, one)) / log(GROWTH)) for one in seconds).items())


@given(st.lists(st.floats(1, 1e7), min_size=1, max_size=200), st.sampled_from((0.5, 0.9)))
def test_a_percentile_is_as_near_as_its_class(seconds: list[float], share: float) -> None:
    found = _percentile(classes_of(seconds), share)
    assert found is not None
    done = sorted(seconds)
    exact = done[max(0, -int(-share * len(done) // 1) - 1)]
    assert exact / GROWTH - 1 <= found <= exact * GROWTH + 1


def test_of_nothing_there_is_none() -> None:
    assert _percentile([], 0.5) is None


@given(st.lists(st.integers(-3, 400), max_size=50))
def test_every_request_is_in_one_band(ages: list[int]) -> None:
    days = [OnDay(day=TODAY - timedelta(days=age), requests=2) for age in ages]
    bands = _bands(days, _AGES, TODAY)
    assert sum(band.requests for band in bands) == 2 * len(ages)
    for band in bands:
        last = 10**6 if band.to_days is None else band.to_days
        assert band.requests == 2 * sum(band.from_days <= max(0, age) <= last for age in ages)


def test_months_are_whole_and_twelve_unless_somebody_says() -> None:
    assert months_between(None, None, TODAY) == Months(first=date(2025, 12, 1), last=date(2026, 11, 1))
    assert months_between(date(2026, 2, 28), date(2026, 3, 1), TODAY) == Months(
        first=date(2026, 2, 1), last=date(2026, 3, 1)
    )
    assert months_before(date(2026, 1, 1), 1) == date(2025, 12, 1)
    assert months_before(date(2026, 12, 1), -1) == date(2027, 1, 1)


@given(st.dates() | st.none(), st.dates() | st.none())
def test_any_days_are_a_range_or_are_refused(first: date | None, last: date | None) -> None:
    try:
        months = months_between(first, last, TODAY)
    except RefusedError:
        return
    assert months.first <= months.last
    assert months_before(months.last, -1) > months.last


@pytest.mark.parametrize(("first", "last"), [(date(2026, 12, 1), None), (date(2000, 1, 1), date(2026, 1, 1))])
def test_a_range_the_wrong_way_round_or_of_too_many_months_is_refused(first: date, last: date | None) -> None:
    with pytest.raises(RefusedError):
        months_between(first, last, TODAY)
