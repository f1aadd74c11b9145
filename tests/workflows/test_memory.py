"""A worker has more runs than it keeps in memory: it forgets the oldest ones, and reads them again when they go on."""

from __future__ import annotations

import pytest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from approval.model import Action
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, step
from tests.workflows.desk import Desk, working
from workflows import contracts


@pytest.mark.timeout(30)
@pytest.mark.parametrize("runner", [SandboxedWorkflowRunner, UnsandboxedWorkflowRunner])
async def test_runs_that_the_worker_forgot_go_on(
    desk: Desk,
    temporal_client: Client,
    settings: Settings,
    runner: type[SandboxedWorkflowRunner | UnsandboxedWorkflowRunner],
) -> None:
    small = settings.model_copy(update={"worker_cached_runs": 2})
    async with working(temporal_client, small, runner()):
        cases = [await desk.send(step("manager", MANAGER1), step("director", DIRECTOR1)) for _ in range(6)]
        await cases[0].handle.cancel()  # by the engine's own means, which the run outlives
        await cases[0].entries(3)
        for approver in (MANAGER1, DIRECTOR1):
            for case in cases:
                assert (await case.decide(Action.APPROVE, approver)).refusal is None
                await case.handle.query(contracts.STATE_QUERY)
        for case in cases:
            assert await case.result() == "completed"
