"""A look at how it goes, between two steps of a deploy: what would make somebody roll it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.client import Client

from crm import backlog
from crm.pool import Pool

LONGEST_SECONDS: Final = 60.0
"""As the alerts ``CommandsWithoutOutcome`` has it."""
NAMED: Final = 5
CALL: Final = timedelta(seconds=20)

FAILING: Final = "ExecutionStatus = 'Running' AND TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"
"""Runs whose step was tried some times and did not come about."""


async def problems(client: Client, pool: Pool) -> list[str]:
    """What is not as it should be, in sentences; nothing: all is well.

    Raises:
        temporalio.service.RPCError: the engine does not say.
        crm.pool.DATABASE_TROUBLE: the CRM database does not.
    """
    found = []
    failing = (await client.count_workflows(FAILING, rpc_timeout=CALL)).count
    if failing:
        some = [run.id async for run in client.list_workflows(FAILING, limit=NAMED, rpc_timeout=CALL)]
        found.append(
            f"{failing} runs fail at their next step again and again, such as {', '.join(some)}. They go on when the build that "
            "they go to can replay them: roll back."
        )
    for waiting in await backlog.waiting(pool):
        if waiting.what == "commands" and waiting.oldest_seconds > LONGEST_SECONDS:
            found.append(
                f"{waiting.count} sends and decisions have no outcome, the first for {waiting.oldest_seconds:.0f} seconds."
            )
    return found
