"""Counting: what the overview shows follows the requests. A schedule of the engine starts it every minute, one at a time."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows.counting_contract import COUNTING_TYPE, CountingActivities

SILENT_LIMIT = timedelta(seconds=30)
"""After this long without a word from the activity, another worker goes on."""
LIMIT = timedelta(hours=1)
"""For all tries. What is left then is for the next minute."""
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5))


@workflow.defn(name=COUNTING_TYPE)
class Counting:
    """One round of it."""

    @workflow.run
    async def run(self) -> int:
        """Count what has changed."""
        return await workflow.execute_activity_method(
            CountingActivities.count_changes,
            heartbeat_timeout=SILENT_LIMIT,
            schedule_to_close_timeout=LIMIT,
            retry_policy=RETRIES,
        )
