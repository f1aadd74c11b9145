"""The reconciler works a part of the time, unless something is to be mended."""

from __future__ import annotations

import asyncio
from time import perf_counter

from application.checking.pace import Pace

WORK = 0.05


async def _passed(pace: Pace, *, found: bool = False) -> float:
    """Seconds that a rest takes after some work."""
    await asyncio.sleep(WORK)
    if found:
        pace.hurry()
    begun = perf_counter()
    await pace.rest()
    return perf_counter() - begun


async def test_it_rests_as_long_as_its_share_wants_and_not_while_something_is_found() -> None:
    beats: list[bool] = []
    pace = Pace(lambda: beats.append(True), share=0.25)
    assert await _passed(pace) >= 3 * WORK * 0.9
    assert await _passed(pace, found=True) < WORK
    assert await _passed(pace) >= 3 * WORK * 0.9, "what comes after that is no hurry any more"
    assert len(beats) == 4
