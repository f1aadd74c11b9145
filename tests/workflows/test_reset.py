"""A run that has fallen behind the CRM reads its state from there: after a reset nothing is decided twice or lost."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from crm.pool import Pool
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")


async def _reset_to_the_beginning(client: Client, request_id: str) -> None:
    handle = client.get_workflow_handle(workflow_id(UUID(request_id)))
    run_id = (await handle.describe()).run_id
    completed = [
        event.event_id
        async for event in handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=run_id),
            reason="test",
            workflow_task_finish_event_id=completed[0],
            request_id=str(uuid4()),
        )
    )


async def test_a_reset_run_goes_on_from_what_the_crm_shows(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    director = await sign_in("director1")
    request = await sales.create(send={})
    await manager.done(request["id"], "reject", {"step": "manager", "note": "once more"})
    await sales.done(request["id"], "send")
    await admin.done(request["id"], "resolve-approvers")
    before = await manager.done(request["id"], "approve", {"step": "manager"})
    timeline = await sales.timeline(request["id"])
    await pool.execute("UPDATE users SET roles = '{}' WHERE username = 'admin1'")

    try:
        await _reset_to_the_beginning(temporal_client, request["id"])
        handle = temporal_client.get_workflow_handle(workflow_id(UUID(request["id"])))

        async def caught_up() -> bool:
            state = await handle.query("state")
            return state is not None and state["round"] == 2 and (state["step"] or {}).get("key") == "director"

        await eventually(caught_up)
        after = await director.request(request["id"])
        assert (after["version"], after["run"]["step"]) == (before["version"], before["run"]["step"])
        done = await director.done(request["id"], "approve", {"step": "director"})
        assert (done["process_status"], done["run"]["status"]) == ("completed", "completed")
        kept = await sales.timeline(request["id"])
        assert kept[: len(timeline)] == timeline
        assert [(item["action"], item["outcome"]) for item in kept[len(timeline) :]] == [("approve", "accepted")]
        assert await handle.result() == "completed"
    finally:
        await pool.execute("UPDATE users SET roles = '{admin}' WHERE username = 'admin1'")


async def test_somebody_who_has_left_decides_nothing_by_a_signal_either(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    sales = await sign_in("sales2")
    request = await sales.create(send={})
    await pool.execute("UPDATE users SET active = false WHERE username = 'manager1'")
    try:
        handle = temporal_client.get_workflow_handle(workflow_id(UUID(request["id"])))
        message = {"command_id": str(uuid4()), "actor": "manager1", "step": "manager"}
        await handle.signal("approve", message)

        async def refused() -> bool:
            return any(item["reason"] == "forbidden" for item in await sales.timeline(request["id"]))

        await eventually(refused)
        assert (await sales.request(request["id"]))["run"]["step"]["key"] == "manager"
    finally:
        await pool.execute("UPDATE users SET active = true WHERE username = 'manager1'")
