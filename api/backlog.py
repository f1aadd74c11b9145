"""Metrics of what waits, looked at again and again: every API process tells the same, so that one is enough to be warned by."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

from crm import backlog
from crm.backlog import Waiting
from crm.pool import DATABASE_TROUBLE, Pool

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 15.0
LOOK_AT_DEADLINES_SECONDS: Final = 60.0
"""It reads every place that is open."""


class BacklogMetrics:
    """How much waits, of which kind, and since when. While the database is away nobody knows, and it says so.

    Args:
        registry: of the metrics that are served.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._known: set[str] = set()
        self._count = Gauge("purchase_request_waiting", "What waits, by its kind", ("what",), registry=registry)
        self._oldest = Gauge(
            "purchase_request_oldest_seconds", "Since when the first of it waits", ("what",), registry=registry
        )
        self._findings = Gauge(
            "purchase_request_findings_waiting", "Findings of the reconciler that wait for a person", registry=registry
        )
        self._reconciled = Gauge(
            "purchase_request_reconciled_seconds", "How long ago the reconciler's last pass ended", registry=registry
        )
        self._database = Gauge("purchase_request_database_up", "Whether the CRM database answers", registry=registry)

    @asynccontextmanager
    async def looked_at(self, pool: Pool) -> AsyncIterator[None]:
        """Look for as long as the block runs."""
        tasks = [
            asyncio.create_task(_again_and_again(lambda: self.look(pool), LOOK_SECONDS)),
            asyncio.create_task(_again_and_again(lambda: self.look_at_deadlines(pool), LOOK_AT_DEADLINES_SECONDS)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self, pool: Pool) -> None:
        """Look at what waits for somebody's work."""
        try:
            found, reconciled = await backlog.waiting(pool), await backlog.reconciled(pool)
        except DATABASE_TROUBLE:
            self._nobody_knows()
            return
        self._database.set(1)
        for waiting in found:
            self._set(waiting)
        self._findings.set(reconciled.findings)
        self._reconciled.set(math.nan if reconciled.seconds is None else reconciled.seconds)

    async def look_at_deadlines(self, pool: Pool) -> None:
        """Look at what the clocks of runs should have done."""
        try:
            self._set(await backlog.late(pool))
        except DATABASE_TROUBLE:
            self._nobody_knows()

    def _set(self, waiting: Waiting) -> None:
        self._known.add(waiting.what)
        self._count.labels(waiting.what).set(waiting.count)
        self._oldest.labels(waiting.what).set(waiting.oldest_seconds)

    def _nobody_knows(self) -> None:
        """An old number would be taken for a new one; nothing compares with NaN."""
        self._database.set(0)
        for what in self._known:
            self._count.labels(what).set(math.nan)
            self._oldest.labels(what).set(math.nan)
        self._findings.set(math.nan)
        self._reconciled.set(math.nan)


async def _again_and_again(look: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        try:
            await look()
        except Exception:  # whatever it is, nobody else would look
            log.exception("what waits cannot be looked at")
        await asyncio.sleep(seconds)
