"""What the benchmark makes of its measurements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.statistics import floor_slope, percentile, ratio, slope, summary


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(1, 100))
def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed(values: list[float], percent: float) -> None:
    found = percentile(values, percent)

    assert found in values
    assert sum(value <= found for value in values) >= percent / 100 * len(values)


def test_percentiles_of_a_hundred_values_are_their_ranks() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert summary(values) == {"p50": 50.0, "p95": 95.0, "p99": 99.0, "count": 100}


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)
    assert summary([])["count"] == 0


def test_a_ratio_is_the_median_of_the_rounds_with_their_spread() -> None:
    found = ratio([10, 20, 90], [10, 10, 30])

    assert (found.median, found.low, found.high) == (2.0, 1.0, 3.0)
    assert str(found) == "2.00 (1.00–3.00)"


def test_rounds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="2 rounds against 1"):
        ratio([1, 2], [1])
    with pytest.raises(ValueError, match="0 rounds against 0"):
        ratio([], [])


def test_growth_is_that_of_the_line_that_fits_best() -> None:
    assert slope([(0, 100.0), (1, 104.0), (2, 100.0), (3, 104.0)]) == pytest.approx(0.8)
    assert slope([(0, 5.0), (10, 5.0)]) == 0


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 3.0)]])
def test_a_line_needs_two_points(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="two points"):
        slope(points)


def test_what_is_given_back_is_no_growth_of_the_floor_and_what_never_is_is() -> None:
    saw = [(float(at), 100.0 + at % 7) for at in range(34)]
    leaking = [(at, size + at / 2) for at, size in saw]

    assert slope(saw) > 0
    assert floor_slope(saw) == 0
    assert floor_slope(leaking) == pytest.approx(0.5)
