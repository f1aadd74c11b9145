"""The reconciler's passes for admins: what came of the last ones, and one more for whoever does not want to wait for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from temporalio.client import Client, ScheduleOverlapPolicy

from application.caller import Caller
from application.schedules import reconciliation, start_now
from approval.model import Code, Frozen, Role, refuse
from crm import findings
from crm.findings import Pass
from crm.pool import Pool
from workflows.reconciliation_contract import LIMIT

SHOWN: Final = 5
BEGINS_SECONDS: Final = 2.0
"""So long whoever wants a pass waits until it has begun, which takes a moment where a worker runs."""
LOOK_SECONDS: Final = 0.1


class ReconciliationView(Frozen):
    """What the reconciler has done."""

    under_way: bool
    """Whether it compares now."""
    waiting: int
    """How much of what it found waits for a person."""
    passes: tuple[Pass, ...]
    """Its last passes, the newest first."""


class Reconciliation:
    """What admins see of the reconciler and want of it.

    Args:
        pool: the CRM database.
        client: of the engine.
        minutes: how often a pass is made by itself; 0: there are none at all.
    """

    def __init__(self, pool: Pool, client: Client, minutes: int) -> None:
        self._pool = pool
        self._client = client
        self._minutes = minutes

    @property
    def is_possible(self) -> bool:
        """Whether passes are made here."""
        return bool(self._minutes)

    async def get(self, caller: Caller) -> ReconciliationView:
        """The last passes, and whether one is being made."""
        caller.require_role(Role.ADMIN)
        passes = await findings.passes(self._pool, SHOWN)
        waiting = await findings.waiting(self._pool)
        return ReconciliationView(under_way=_is_under_way(passes), waiting=waiting, passes=tuple(passes))

    async def now(self, caller: Caller) -> bool:
        """Have a pass made now; while one is being made it is that one.

        Returns:
            Whether it has begun. If it has not, it does when a worker is there.

        Raises:
            RefusedError: ``not_found``: there are none here; ``engine_unavailable``.
        """
        caller.require_role(Role.ADMIN)
        if not self.is_possible:
            raise refuse(Code.NOT_FOUND)
        before = await findings.passes(self._pool, 1)
        # What has ended in the CRM may not have in the engine yet, which makes the next one a moment later.
        overlap = ScheduleOverlapPolicy.SKIP if _is_under_way(before) else ScheduleOverlapPolicy.BUFFER_ONE
        await start_now(self._client, reconciliation(self._minutes), overlap)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + BEGINS_SECONDS
        while not (has_begun := await self._has_begun(before)) and loop.time() < deadline:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(LOOK_SECONDS)
        return has_begun

    async def _has_begun(self, before: Sequence[Pass]) -> bool:
        newest = await findings.passes(self._pool, 1)
        is_new = [one.started_at for one in newest] != [one.started_at for one in before]
        return is_new or _is_under_way(newest)


def _is_under_way(passes: Sequence[Pass]) -> bool:
    """Whether the newest of these is being made, and was not cut off for good."""
    return bool(passes) and passes[0].ended_at is None and passes[0].started_at > datetime.now(UTC) - LIMIT
