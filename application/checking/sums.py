"""What requests show of reported purchases: the sum of the ledger, or it is written again. Some requests at a time, in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from uuid import UUID

from application.checking.findings import Finding, Kind
from approval.model import ProcessStatus
from crm import checking, receipt_sums
from crm.pool import Pool

BATCH: Final = 500
MOST: Final = 100_000
"""Completed requests that one pass looks at: years of them are gone through in some passes."""


class Sums:
    """One turn through what was reported on completed requests.

    Args:
        pool: the CRM database.
        after: the request up to which the turn before went; None: to the end, so that this one begins anew.
        progress: called after each batch.
        most: requests to look at.
    """

    def __init__(
        self, pool: Pool, after: UUID | None, progress: Callable[[], Awaitable[None]], most: int = MOST
    ) -> None:
        self.compared = 0
        """How many requests were looked at."""
        self.up_to = after
        """The last one of them; None: there are none behind it."""
        self._pool = pool
        self._progress = progress
        self._most = most

    async def compare(self) -> AsyncIterator[Finding]:
        """Go on, and mend what differs."""
        while self.compared < self._most:
            limit = min(BATCH, self._most - self.compared)
            after = self.up_to or UUID(int=0)
            batch = await checking.of_status(self._pool, ProcessStatus.COMPLETED, after=after, limit=limit)
            for request_id in await receipt_sums.differing(self._pool, batch) if batch else ():
                mended = await receipt_sums.mend(self._pool, request_id)
                if mended is not None:
                    facts = {"before": mended.before, "after": mended.after}
                    yield Finding(kind=Kind.SUMS, number=mended.number, owner=mended.owner, facts=facts)
            self.compared += len(batch)
            self.up_to = batch[-1] if len(batch) == limit else None
            await self._progress()
            if self.up_to is None:
                return
