"""Commands that cannot be delivered never hold up those that can."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from application.delivery.relay import BATCH
from approval.model import Action
from crm import commands
from crm.pool import Pool
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_a_hundred_commands_that_cannot_be_delivered_hold_up_no_other(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    lost, good = await sales.create(send={}), await sales.create(send={})
    handle = app.state.engine._client.get_workflow_handle(f"purchase-request-{lost['id']}")
    await handle.terminate("test")
    await pool.execute(
        "DELETE FROM commands WHERE request_id = $1", UUID(lost["id"])
    )  # so that it cannot be started again

    async def store(request_id: str, action: Action, **payload: str) -> UUID:
        command_id = uuid7()
        message = {"command_id": str(command_id), "actor": "manager1", **payload}
        await commands.store(
            pool,
            command_id=command_id,
            request_id=UUID(request_id),
            action=action,
            actor="manager1",
            payload=message,
            at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return command_id

    for _ in range(BATCH + 1):
        await store(lost["id"], Action.APPROVE, step="manager")
    await store(good["id"], Action.APPROVE, step="manager")

    async def applied() -> bool:
        step = (await manager.request(good["id"]))["run"]["step"]
        return bool(step["key"] == "director")

    await eventually(applied)
    tries = await pool.fetchval(
        "SELECT min(tries) FROM commands WHERE request_id = $1 AND action = 'approve'", UUID(lost["id"])
    )
    assert tries > 0
    await pool.execute("DELETE FROM commands WHERE delivered_at IS NULL")


async def test_a_command_id_is_good_for_one_action_of_one_person(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sales.create(send={})
    command_id = str(uuid7())
    await manager.done(request["id"], "approve", {"step": "manager", "command_id": command_id})
    rejected = await manager.act(request["id"], "reject", {"step": "manager", "note": "no", "command_id": command_id})
    cancelled = await sales.act(request["id"], "cancel", {"note": "no", "command_id": command_id})
    for answer in (rejected, cancelled):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    again = await manager.done(request["id"], "approve", {"step": "manager", "command_id": command_id})
    assert again["process_status"] == "in_progress"


async def test_when_the_chosen_approver_has_left_everybody_eligible_can_approve(sign_in: SignIn, pool: Pool) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    connected = await admin.call("PUT", "/connection", {"process_key": "purchase-approval-with-choice"})
    assert connected.status_code == 200, connected.text
    request = await sales.create(send={"approvers": {"manager": "manager2"}})
    await pool.execute("UPDATE users SET active = false WHERE username = 'manager2'")
    try:
        resolved = await admin.done(request["id"], "resolve-approvers")
        assert [person["username"] for person in resolved["run"]["step"]["approvers"]] == ["manager1"]
        assert "cannot approve any more" in resolved["run"]["steps"][0]["why"]
        assert (await sales.timeline(request["id"]))[-1][
            "note"
        ] == "manager: Lê Hoàng Nam (manager1); director: Trần Thị Minh Nguyệt (director1)"
    finally:
        await pool.execute("UPDATE users SET active = true WHERE username = 'manager2'")
        await admin.call("PUT", "/connection", {"process_key": "purchase-approval"})
