"""Forgets what nobody needs any more, a batch at a time. Doing it twice, or at once with another worker, is harmless."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from temporalio import activity

from activities.errors import classify
from application.attachments.upkeep import AttachmentUpkeep
from crm import retention
from crm.pool import Pool
from crm.retention import Passing, Retention
from workflows.contracts import HousekeepingActivities

log = structlog.get_logger(__name__)

PAUSE_SECONDS: Final = 0.05
"""Between two batches, so that a large backlog leaves the database to those who decide."""


class CrmHousekeepingActivities(HousekeepingActivities):
    """Housekeeping of a CRM database.

    Args:
        pool: the database.
        kept: how long what is kept.
        attachments: sees to the files of requests.
    """

    def __init__(self, pool: Pool, kept: Retention, attachments: AttachmentUpkeep) -> None:
        self._pool = pool
        self._kept = kept
        self._attachments = attachments

    @activity.defn(name="forget")
    @classify
    async def forget(self) -> dict[str, int]:
        """See ``HousekeepingActivities``."""
        forgotten = {str(passing): await self._forget(passing) for passing in Passing}
        forgotten |= await self._attachments.see_to(activity.heartbeat)
        log.info("housekeeping done", **forgotten)
        return forgotten

    async def _forget(self, passing: Passing) -> int:
        total = 0
        while True:
            deleted = await retention.forget_some(self._pool, passing, self._kept)
            total += deleted
            activity.heartbeat()
            if deleted < retention.BATCH:
                return total
            await asyncio.sleep(PAUSE_SECONDS)
