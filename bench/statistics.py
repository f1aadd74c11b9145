"""What is made of measurements: percentiles of latencies, and ratios of rounds that alternate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import linear_regression, median


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` per cent of the values do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("there is no percentile of nothing")
    rank = max(1, math.ceil(percent / 100 * len(values)))
    return sorted(values)[rank - 1]


def summary(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds, and how many there were. Empty: zeros."""
    if not milliseconds:
        return {"p50": 0.0, "p95": 0.0, "p99": 0.0, "count": 0}
    found = {f"p{percent}": round(percentile(milliseconds, percent), 2) for percent in (50, 95, 99)}
    return {**found, "count": len(milliseconds)}


@dataclass(frozen=True)
class Ratio:
    """How one side compares with another over alternating rounds."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}–{self.high:.2f})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Median and spread of the ratios of rounds that were measured one after the other.

    Args:
        ours: a figure for each round.
        theirs: the other side's figure for the same rounds.

    Raises:
        ValueError: not the same number of rounds, or none.
    """
    if not ours or len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} rounds against {len(theirs)}")
    ratios = [mine / other if other else math.inf for mine, other in zip(ours, theirs, strict=True)]
    return Ratio(median=median(ratios), low=min(ratios), high=max(ratios))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much the second value grows with the first, by the line that fits best (least squares).

    Raises:
        ValueError: fewer than two points, or all of them at one place.
    """
    if len({place for place, _ in points}) < 2:
        raise ValueError("a line needs two points")
    return linear_regression(*zip(*points, strict=True)).slope


def floor_slope(points: Sequence[tuple[float, float]]) -> float:
    """How much the least that the second value comes down to grows with the first, from one half of the points to the other. What is
    collected as garbage only now and then goes up and down like a saw; what is never given back raises the least.

    Raises:
        ValueError: there are no points in one of the halves.
    """
    middle = (points[0][0] + points[-1][0]) / 2
    (began, before), (ended, after) = (
        min(half, key=itemgetter(1))
        for half in ([one for one in points if one[0] <= middle], [one for one in points if one[0] > middle])
    )
    return (after - before) / (ended - began)
