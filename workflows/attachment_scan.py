"""The scan of one file: tried until a scanner has looked at it, however long it is away."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows.scan_contract import SCAN_TYPE, ScanActivities, ScanInput

LIMIT = timedelta(minutes=4)
"""For one try: what the scanner has for a file, and the reading of it."""
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=2))


@workflow.defn(name=SCAN_TYPE)
class AttachmentScan:
    """One file's."""

    @workflow.run
    async def run(self, start: ScanInput) -> str:
        """Have it looked at; what was said."""
        return await workflow.execute_activity_method(
            ScanActivities.scan, start.attachment_id, start_to_close_timeout=LIMIT, retry_policy=RETRIES
        )
