"""The reconciler: compares the CRM with the engine, and with itself, again and again, mends what can be mended, and writes down what it found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

import structlog

from application.checking.check import Check
from application.checking.findings import Finding
from application.checking.orders import orders_elsewhere
from application.checking.outbox import lost_from_outbox, waiting_to_be_told
from application.checking.pace import SHARE, Pace
from application.checking.sums import Sums
from application.delivery.engine import Engine
from crm import findings
from crm.findings import NewFinding
from crm.pool import Pool
from workflows.reconciliation_contract import Reconciled

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100
"""Findings that are written together."""


class Reconciler:
    """Reconciles a CRM database with its engine.

    Args:
        pool: the database.
        engine: Temporal.
        zone: in which request numbers have their year.
        share: of the time that it works while nothing differs.
    """

    def __init__(self, pool: Pool, engine: Engine, zone: tzinfo, *, share: float = SHARE) -> None:
        self._pool = pool
        self._engine = engine
        self._zone = zone
        self._share = share

    async def reconcile(self, pass_id: UUID, alive: Callable[[], None]) -> Reconciled:
        """Make one pass.

        Args:
            pass_id: of the pass; one that was cut off is made again under the same.
            alive: called again and again while it goes on.

        Raises:
            EngineUnavailableError: the engine is away; what was done until then stays.
            OSError, asyncpg.PostgresError: the same of the database.
        """
        await findings.begin(self._pool, pass_id)
        before = await findings.earlier(self._pool)
        pace = Pace(alive, self._share)
        check = Check(self._pool, self._engine, year=datetime.now(self._zone).year, progress=pace.rest)
        sums = Sums(self._pool, before.sums_up_to if before else None, pace.rest)
        found: list[Finding] = []
        mended = 0
        try:
            async for finding in check.lately(
                sums.compare(),
                waiting_to_be_told(self._pool, self._engine),
                lost_from_outbox(self._pool, since=before.started_at if before else None, progress=pace.rest),
                orders_elsewhere(self._pool, pace.rest),
            ):
                pace.hurry()
                found.append(finding)
                mended += not finding.remedy
                if len(found) >= AT_ONCE:
                    noted, found = found, []
                    await self._note(noted)
        finally:  # also when engine or database go away in the middle: what was mended stays, and is written down
            await self._note(found)
        compared = {**check.compared, "sums": sums.compared}
        waiting = await findings.end(self._pool, pass_id, compared, mended, sums_up_to=sums.up_to)
        log.info("reconciled", **compared, mended=mended, waiting=waiting)
        return Reconciled(
            requests=check.compared["requests"], runs=check.compared["runs"], mended=mended, waiting=waiting
        )

    async def _note(self, found: list[Finding]) -> None:
        for one in found:
            log.warning("found", number=one.number, finding=one.text, remedy=one.remedy)
        if found:
            await findings.note(self._pool, [_row(one) for one in found])


def _row(finding: Finding) -> NewFinding:
    return NewFinding(
        kind=finding.kind,
        number=finding.number,
        owner=finding.owner,
        facts=finding.facts,
        mended=not finding.remedy,
    )
