"""One pass over what another system has. A schedule of the engine starts it every minute, one at a time."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows.connector_contract import SYNC_TYPE, ConnectorActivities, SyncInput

SILENT_LIMIT = timedelta(seconds=10)
"""After this long without a word from the activity another worker goes on, from the page where that one was."""
LIMIT = timedelta(hours=6)
"""For one try. A first import takes minutes; of a system that answers slowly the rest is for the next one."""
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=SYNC_TYPE)
class ConnectorSync:
    """One pass."""

    @workflow.run
    async def run(self, start: SyncInput) -> str:
        """Make it; why it stopped before its end, if it did."""
        return await workflow.execute_activity_method(
            ConnectorActivities.sync,
            start.system,
            heartbeat_timeout=SILENT_LIMIT,
            start_to_close_timeout=LIMIT,
            retry_policy=RETRIES,
        )
