"""A reconciler whose passes go on for as long as a test wants, at a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from crm import findings
from crm.pool import Pool
from workflows import contracts, reconciliation_contract
from workflows.reconciliation import Reconciliation
from workflows.reconciliation_contract import Reconciled, ReconciliationActivities

MENDED = 3


class Passes(ReconciliationActivities):
    """They compare nothing, and say that they mended something."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.may_end = asyncio.Event()
        self.made = 0

    @activity.defn(name="reconcile")
    async def reconcile(self) -> Reconciled:
        """See ``ReconciliationActivities``."""
        self.made += 1
        pass_id = UUID(activity.info().workflow_run_id)
        await findings.begin(self._pool, pass_id)
        await self.may_end.wait()
        await findings.end(self._pool, pass_id, {"requests": 41, "runs": 40}, MENDED)
        return Reconciled(requests=41, runs=40, mended=MENDED, waiting=0)


@asynccontextmanager
async def reconciling(
    app: FastAPI, pool: Pool, client: Client, monkeypatch: pytest.MonkeyPatch, *, works: bool = True
) -> AsyncIterator[Passes]:
    """An application whose admins may have passes made, which a worker makes, unless none works."""
    schedule, passes = f"reconciliation-{uuid4().hex[:8]}", Passes(pool)
    monkeypatch.setattr(reconciliation_contract, "RECONCILIATION_SCHEDULE", schedule)
    monkeypatch.setattr(app.state.reconciliation, "_minutes", 10)
    monkeypatch.setattr("application.reconciliation.BEGINS_SECONDS", 60 if works else 0)
    await pool.execute("DELETE FROM reconciliations")
    worker = Worker(
        client,
        task_queue=contracts.TASK_QUEUE,
        workflows=[Reconciliation],
        activities=[passes.reconcile],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    try:
        if works:
            async with worker:
                yield passes
                passes.may_end.set()
        else:
            yield passes
    finally:
        with suppress(RPCError):
            await client.get_schedule_handle(schedule).delete()
