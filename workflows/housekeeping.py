"""Housekeeping: what nobody needs any more is forgotten. A schedule of the engine starts it every hour, one at a time."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows import contracts
    from workflows.contracts import HousekeepingActivities

SILENT_LIMIT = timedelta(seconds=30)
"""The activity tells after each batch that it lives; after this long without a word, another worker goes on."""
LIMIT = timedelta(minutes=50)
"""For all tries. What is left then is for the next hour."""
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5))


@workflow.defn(name=contracts.HOUSEKEEPING_TYPE)
class Housekeeping:
    """One round of it."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        """Forget everything whose time is over; how many rows of what were deleted by the try that came to its end."""
        return await workflow.execute_activity_method(
            HousekeepingActivities.forget,
            heartbeat_timeout=SILENT_LIMIT,
            schedule_to_close_timeout=LIMIT,
            retry_policy=RETRIES,
        )
