"""A command counts as delivered when the CRM has its outcome, not when the engine has it. No worker runs here."""

from __future__ import annotations

from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus

from crm.pool import Pool
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id


async def test_a_send_that_is_lost_with_its_run_starts_another(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    assert (await sales.act(request["id"], "send")).status_code == 202
    workflow = temporal_client.get_workflow_handle(workflow_id(UUID(request["id"])))
    first = await workflow.describe()
    await workflow.terminate("before it wrote anything")

    async def started_again() -> bool:
        now = await workflow.describe()
        return now.run_id != first.run_id and now.status is WorkflowExecutionStatus.RUNNING

    await eventually(started_again)
    assert await pool.fetchval("SELECT delivered_at IS NULL FROM commands WHERE request_id = $1", UUID(request["id"]))
