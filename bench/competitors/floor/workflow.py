"""The workflow: three signals, four local activities, and nothing that a product needs besides."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from temporalio import workflow

TASK_QUEUE = "bench-floor"
WRITE = "write_status"
WRITE_SECONDS = timedelta(seconds=10)


@workflow.defn(name="Floor")
class Floor:
    """One request, from its send to its third approval."""

    @workflow.init
    def __init__(self, request_id: str, command_id: str, actor: str) -> None:
        self._request_id = request_id
        self._inbox = deque([(command_id, actor)])

    @workflow.run
    async def run(self, request_id: str, command_id: str, actor: str) -> None:
        """Commit a row for the send and for each decision, in the order in which they came."""
        for transition in range(4):
            await workflow.wait_condition(lambda: bool(self._inbox))
            command, by = self._inbox.popleft()
            await workflow.execute_local_activity(
                WRITE, args=(request_id, command, transition, by), start_to_close_timeout=WRITE_SECONDS
            )

    @workflow.signal
    def decide(self, command_id: str, actor: str) -> None:
        """Take a decision."""
        self._inbox.append((command_id, actor))
