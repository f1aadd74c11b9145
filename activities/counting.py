"""Counts what the overview shows, a batch at a time. Doing it twice, or at once with another worker, is harmless."""

from __future__ import annotations

import asyncio
from typing import Final
from zoneinfo import ZoneInfo

from temporalio import activity

from activities.errors import classify
from crm import overview_counting
from crm.pool import Pool
from workflows.counting_contract import CountingActivities

PAUSE_SECONDS: Final = 0.05
"""Between two batches, so that a large backlog leaves the database to those who decide."""


class CrmCountingActivities(CountingActivities):
    """Counting in a CRM database.

    Args:
        pool: the database.
        zone: the company's, in which days and months begin.
    """

    def __init__(self, pool: Pool, zone: ZoneInfo) -> None:
        self._pool = pool
        self._zone = zone

    @activity.defn(name="count_changes")
    @classify
    async def count_changes(self) -> int:
        """See ``CountingActivities``."""
        counted = 0
        while True:
            progress = await overview_counting.count_some(self._pool, self._zone)
            counted += progress.counted
            activity.heartbeat()
            if progress.done:
                return counted
            await asyncio.sleep(PAUSE_SECONDS)
