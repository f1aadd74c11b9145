"""Reconciling: what the engine has lost is given to it again. A schedule of the engine starts it, one at a time."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows.reconciliation_contract import LIMIT, RECONCILIATION_TYPE, Reconciled, ReconciliationActivities

SILENT_LIMIT = timedelta(seconds=30)
"""After this long without a word from the activity, another worker goes on."""
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5))


@workflow.defn(name=RECONCILIATION_TYPE)
class Reconciliation:
    """One pass."""

    @workflow.run
    async def run(self) -> Reconciled:
        """Make it."""
        return await workflow.execute_activity_method(
            ReconciliationActivities.reconcile,
            heartbeat_timeout=SILENT_LIMIT,
            schedule_to_close_timeout=LIMIT,
            retry_policy=RETRIES,
        )
