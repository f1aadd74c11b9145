"""The button "Request Cancellation" of the Temporal UI leaves the run and the CRM alone."""

from __future__ import annotations

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_a_cancellation_by_the_engine_is_refused_and_the_run_goes_on(
    sign_in: SignIn, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sales.create(send={})
    handle = temporal_client.get_workflow_handle(workflow_id(request["id"]))

    await handle.cancel()

    async def refusal() -> bool:
        return any(item["action"] == "unknown" for item in await sales.timeline(request["id"]))

    await eventually(refusal)
    [item] = [item for item in await sales.timeline(request["id"]) if item["action"] == "unknown"]
    assert "send the signal cancel" in item["detail"]
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    approved = await manager.done(request["id"], "approve", {"step": "manager"})
    assert approved["run"]["step"]["key"] == "director"
    await sales.done(request["id"], "cancel", {"note": "not needed"})
    assert await handle.result() == "cancelled"
