"""What one user may take of this process: calls in a minute, in a moment, at the same time. Nobody is exempt.

Each API process counts by itself, so that with several of them a user may have as many times as much. Source: api.md,
``too_many_requests``.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from typing import Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from application.turns import NoTurnError, Turns
from approval.model import Frozen

LONGEST_LINE: Final = 100
"""Calls of one user that wait at the same time; one more is refused at once."""


class Use(StrEnum):
    """What a call does, as far as it matters to others."""

    WRITE = "write"
    READ = "read"
    HEAVY_READ = "heavy_read"
    """Much work for the database or much text: lists, timelines, exports, and pages that show them."""


class Limits(Frozen):
    """How much is fair; the settings of the same names say more."""

    writes_per_minute: int
    reads_per_minute: int
    calls_at_once: int
    heavy_reads_at_once: int
    turn_seconds: float
    wait_seconds: float


class TooManyCallsError(Exception):
    """A user has had as much as is fair for now.

    Attributes:
        seconds: after which they may try again; None: when others of their calls are done.
    """

    def __init__(self, seconds: int | None) -> None:
        super().__init__()
        self.seconds = seconds


class FairUse:
    """Counts and queues the calls of each user.

    Args:
        limits: how much is fair.
    """

    def __init__(self, limits: Limits) -> None:
        reads = RateLimitItemPerMinute(limits.reads_per_minute, namespace="reads")
        writes = RateLimitItemPerMinute(limits.writes_per_minute, namespace="writes")
        self._per_minute = {Use.READ: reads, Use.HEAVY_READ: reads, Use.WRITE: writes}
        self._counter = FixedWindowRateLimiter(MemoryStorage())
        turns = partial(
            Turns, wait_seconds=limits.wait_seconds, most_waiting=LONGEST_LINE, least_seconds=limits.turn_seconds
        )
        self._calls = turns(limits.calls_at_once)
        self._heavy_reads = turns(limits.heavy_reads_at_once)

    async def count(self, username: str, use: Use) -> None:
        """Count one call.

        Raises:
            TooManyCallsError: there were as many in this minute as are fair; each one counts, refused or not.
        """
        item = self._per_minute[use]
        if not await self._counter.hit(item, username):
            window = await self._counter.get_window_stats(item, username)
            raise TooManyCallsError(max(1, math.ceil(window.reset_time - time.time())))

    @asynccontextmanager
    async def turn(self, username: str, use: Use) -> AsyncIterator[None]:
        """Have a call's turn while the block runs. Nothing may be held while it is waited for, least of all a connection.

        Raises:
            TooManyCallsError: on entering: others of the user's calls took all turns for too long, or too many wait.
        """
        try:
            if use is Use.HEAVY_READ:  # those wait among themselves, and keep no turn from the user's other calls
                async with self._heavy_reads.turn(username), self._calls.turn(username):
                    yield
            else:
                async with self._calls.turn(username):
                    yield
        except NoTurnError as error:
            raise TooManyCallsError(None) from error
