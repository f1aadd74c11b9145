"""No request number is given twice, whatever the CRM was restored to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Final

from application.checking.findings import Finding, Kind
from crm import numbers
from crm.numbers import RequestNumber
from crm.pool import Pool

MOST_SKIPPED: Final = 1_000_000
"""Numbers that are passed at once. Whoever can start a run can give it any number, and would else use up a year's."""


class Known:
    """The highest number of each year that is known somewhere."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Take note of numbers; a text that is none is left out.

        A listed number needs no confirmation: one too high makes a gap, which is allowed, and it is only ever too low
        because the list is late.
        """
        for number in filter(None, map(RequestNumber.read, texts)):
            self._places[number.year] = max(number.place, self._places.get(number.year, 0))

    def places(self) -> dict[int, int]:
        """The highest place by year."""
        return dict(self._places)


async def pass_numbers(pool: Pool, known: Known, *, year: int, margin: int | None) -> AsyncIterator[Finding]:
    """Go on with each year's numbers after the highest that is known.

    Args:
        known: what the engine knows. What the CRM has is looked at here.
        year: the one in which numbers are given now.
        margin: how many more of that year's are left out, since the CRM was restored and drafts that were never sent are
            known to people only; None: it was not. Where so many are left out already, none are.
    """
    saved = await numbers.last_saved(pool)
    given = await numbers.last_given(pool)
    places = known.places()
    for one, last in sorted(given.items()):
        highest = max(places.get(one, 0), saved.get(one, 0))
        wanted = highest + (margin or 0) if one == year else highest
        if wanted <= last:
            continue
        facts = {
            "known": str(RequestNumber(year=one, place=highest)),
            "given": str(RequestNumber(year=one, place=last)),
        }
        if wanted - last > MOST_SKIPPED:
            yield Finding(kind=Kind.NUMBERS_TOO_FAR, facts=facts)
            continue
        facts["last"] = str(RequestNumber(year=one, place=await numbers.leave_out(pool, one, wanted)))
        if highest > last:
            behind = Kind.NUMBERS_BEHIND if margin is None else Kind.NUMBERS_BEHIND_AS_RESTORED
            yield Finding(kind=behind, facts=facts)
        if margin and one == year:
            yield Finding(kind=Kind.NUMBERS_LEFT_OUT, facts={**facts, "count": f"{margin:,}"})
