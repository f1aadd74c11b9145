"""Half-open ranges of amounts: what some of them leave out, whether they cover another one, which of them cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

ENDLESS: Final = Decimal("Infinity")


class Range(NamedTuple):
    """From an amount to below another one, and the number of the row that says it."""

    low: Decimal
    high: Decimal
    number: int

    @classmethod
    def of(cls, low: Decimal | None, high: Decimal | None, number: int) -> Range:
        """A range; None has no bound: nothing costs less than nothing."""
        return cls(low if low is not None else Decimal(0), high if high is not None else ENDLESS, number)


class Coverage:
    """What ranges cover together, as ranges that do not touch, in their order."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._ranges: list[Range] = []
        for one in ranges:
            self.add(one)

    def add(self, new: Range) -> None:
        """Cover another range; where it joins others, the number of the lowest row stays."""
        first = bisect_left(self._ranges, new.low, key=lambda one: one.high)
        last = bisect_right(self._ranges, new.high, key=lambda one: one.low)
        joined = [new, *self._ranges[first:last]]
        self._ranges[first:last] = [
            Range(min(one.low for one in joined), max(one.high for one in joined), min(one.number for one in joined))
        ]

    def at(self, amount: Decimal) -> Range | None:
        """The range that an amount is in."""
        index = bisect_right(self._ranges, amount, key=lambda one: one.low) - 1
        found = self._ranges[index] if index >= 0 else None
        return found if found is not None and amount < found.high else None

    def gaps(self) -> Iterator[tuple[Decimal, Decimal]]:
        """What is not covered of all amounts from nothing on."""
        low = Decimal(0)
        for one in self._ranges:
            if low < one.low:
                yield low, one.low
            low = max(low, one.high)
        if low < ENDLESS:
            yield low, ENDLESS


def covered_by(coverages: Iterable[Coverage], wanted: Range) -> int | None:
    """The number of the first row among those that cover a range together; None: some of it is left."""
    coverages = tuple(coverages)
    numbers, low = [], wanted.low
    while low < wanted.high:
        found = [one for one in (coverage.at(low) for coverage in coverages) if one is not None]
        if not found:
            return None
        farthest = max(found, key=lambda one: one.high)
        numbers.append(farthest.number)
        low = farthest.high
    return min(numbers, default=None)


def crossings(ranges: Iterable[Range]) -> Iterator[tuple[Range, Range]]:
    """Pairs of ranges that cross: each has something of its own, and some of both is the same. Of each range one pair is
    enough."""
    around: list[Range] = []
    for one in sorted(ranges, key=lambda one: (one.low, -one.high)):
        while around and around[-1].high <= one.low:
            around.pop()
        if around and around[-1].low < one.low and around[-1].high < one.high:
            yield around[-1], one
        around.append(one)
