"""Commands that wait are delivered, whatever becomes of others: none holds up another, none is taken for another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from application.delivery import relay
from application.delivery.deliver import deliver
from application.delivery.engine import EngineRefusedError, EngineUnavailableError
from application.delivery.relay import BATCH
from approval.model import Action
from crm import commands
from crm.pool import Pool
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_a_hundred_commands_that_the_engine_refuses_hold_up_no_other(
    sign_in: SignIn, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    refused, good = await sales.create(send={}), await sales.create(send={})

    async def refusing(pool: Pool, engine: Any, request_id: UUID, *message: Any, **more: Any) -> None:
        if request_id == UUID(refused["id"]):
            raise EngineRefusedError("a search attribute is missing")
        await deliver(pool, engine, request_id, *message, **more)

    monkeypatch.setattr(relay, "deliver", refusing)

    async def store(request_id: str) -> UUID:
        command_id = uuid7()
        await commands.store(
            pool,
            command_id=command_id,
            request_id=UUID(request_id),
            action=Action.APPROVE,
            actor="manager1",
            payload={"command_id": str(command_id), "actor": "manager1", "step": "manager"},
            at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return command_id

    for _ in range(BATCH + 1):
        await store(refused["id"])
    await store(good["id"])

    async def applied() -> bool:
        step = (await manager.request(good["id"]))["run"]["step"]
        return bool(step["key"] == "director")

    await eventually(applied)
    waiting = await pool.fetch("SELECT tries, handed_over_at FROM commands WHERE delivered_at IS NULL")
    assert len(waiting) == BATCH + 1
    assert min(row["tries"] for row in waiting) > 0
    assert {row["handed_over_at"] for row in waiting} == {None}
    await pool.execute("DELETE FROM commands WHERE delivered_at IS NULL")


async def _wait_long(pool: Pool, request_id: str, payload: dict[str, Any], action: str = "approve") -> UUID:
    """Store a command as one that waits longer than any other; its id."""
    command_id = uuid7()
    await pool.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, next_try_at)
           VALUES ($1, $2, $3, 'manager1', $4, now() - interval '1 year', now() - interval '1 year')""",
        command_id,
        UUID(request_id),
        action,
        {"command_id": str(command_id), "actor": "manager1", "step": "manager", **payload},
    )
    return command_id


@pytest.mark.parametrize(
    "bad",
    [{"payload": {"note": "x" * 5_000_000}}, {"payload": {}, "action": "of a later release"}],
    ids=["the-engine-says-that-it-is-busy", "this-release-does-not-know-it"],
)
async def test_one_command_that_cannot_be_delivered_holds_up_no_other(
    sign_in: SignIn, pool: Pool, bad: dict[str, Any]
) -> None:
    """The engine's front end takes no 5 MB, and calls that an exhausted resource: as if it could do no more at all."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    requests = [await sales.create(send={}) for _ in range(2)]
    stuck = await _wait_long(pool, requests[0]["id"], **bad)
    good = [await _wait_long(pool, request["id"], {}) for request in requests]

    async def applied() -> bool:
        steps = [(await manager.request(request["id"]))["run"]["step"]["key"] for request in requests]
        return steps == ["director", "director"]

    await eventually(applied)
    assert {row["id"] for row in await pool.fetch("SELECT id FROM commands WHERE delivered_at IS NULL")} <= {
        stuck,
        *good,
    }
    await pool.execute("DELETE FROM commands WHERE id = $1", stuck)


async def test_a_command_id_that_is_used_for_another_request_loses_nothing_of_the_first(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    taken, other = await sales.create(), await sales.create()
    body = {"command_id": str(uuid7())}
    with monkeypatch.context() as patch:

        async def away(*_arguments: Any, **_more: Any) -> None:
            raise EngineUnavailableError("away")

        patch.setattr("application.delivery.handover.deliver", away)
        patch.setattr(relay, "deliver", away)
        assert (await sales.act(taken["id"], "send", body)).status_code == 202
        refused = await sales.act(other["id"], "send", body)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
        assert (await sales.request(taken["id"]))["send_pending"]
        assert [item["outcome"] for item in await sales.timeline(other["id"])] == ["accepted", "refused"]

    async def sent() -> bool:
        return bool((await sales.request(taken["id"]))["process_status"] == "in_progress")

    await eventually(sent)
    assert (await sales.request(other["id"]))["process_status"] == "not_sent"


async def test_a_send_whose_id_another_request_has_used_meanwhile_does_not_wait_for_ever(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    draft, other = await sales.create(), await sales.create(send={})
    command_id = str(uuid7())
    with monkeypatch.context() as patch:

        async def away(*_arguments: Any, **_more: Any) -> None:
            raise EngineUnavailableError("away")

        patch.setattr("application.delivery.handover.deliver", away)
        patch.setattr(relay, "deliver", away)
        assert (await sales.act(draft["id"], "send", {"command_id": command_id})).status_code == 202
        assert (await sales.request(draft["id"]))["send_pending"]
        patch.undo()
        await manager.done(other["id"], "approve", {"step": "manager", "command_id": command_id})

    async def refused() -> bool:
        return bool((await sales.timeline(draft["id"]))[-1]["outcome"] == "refused")

    await eventually(refused)
    kept = await sales.request(draft["id"])
    assert (kept["send_pending"], kept["allowed_actions"]) == (False, ["edit", "delete", "send"])
    assert (await sales.done(draft["id"], "send"))["process_status"] == "in_progress"


async def test_an_id_that_two_people_use_while_nothing_is_decided_is_the_command_of_one(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sales.create(send={})
    command_id = str(uuid7())
    with monkeypatch.context() as patch:

        async def away(*_arguments: Any, **_more: Any) -> None:
            raise EngineUnavailableError("away")

        patch.setattr("application.delivery.handover.deliver", away)
        patch.setattr(relay, "deliver", away)
        rejected = {"step": "manager", "note": "không", "command_id": command_id}
        assert (await manager.act(request["id"], "reject", rejected)).status_code == 202
        untold = await sales.act(request["id"], "recall", {"command_id": command_id})
        assert (untold.status_code, untold.json()["code"]) == (503, "engine_unavailable")
        assert "retry-after" in untold.headers

    async def decided() -> bool:
        return bool((await sales.request(request["id"]))["process_status"] == "returned")

    await eventually(decided)
    path = f"/purchase-requests/{request['id']}/commands/{command_id}"
    assert (await manager.get(path))["status"] == "applied"
    again = await sales.act(request["id"], "recall", {"command_id": command_id})
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")


async def test_nobody_is_told_that_a_command_is_refused_which_an_engine_that_did_not_answer_may_have(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine took the second command under the id, and said nothing: it is the second that is done."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sales.create(send={})
    command_id = str(uuid7())
    with monkeypatch.context() as patch:

        async def away(*_arguments: Any, **_more: Any) -> None:
            raise EngineUnavailableError("away")

        async def silent(*arguments: Any, **more: Any) -> None:
            await deliver(*arguments, **more)
            raise EngineUnavailableError("no answer")

        patch.setattr(relay, "deliver", away)
        patch.setattr("application.delivery.handover.deliver", away)
        rejected = {"step": "manager", "note": "không", "command_id": command_id}
        assert (await manager.act(request["id"], "reject", rejected)).status_code == 202
        patch.setattr("application.delivery.handover.deliver", silent)
        untold = await sales.act(request["id"], "recall", {"command_id": command_id})
        assert (untold.status_code, untold.json()["code"]) == (503, "engine_unavailable")

        async def recalled() -> bool:
            return bool((await sales.request(request["id"]))["process_status"] == "returned")

        await eventually(recalled)
        path = f"/purchase-requests/{request['id']}/commands/{command_id}"
        assert (await sales.get(path))["status"] == "applied"
        assert (await manager.get(path))["status"] == "accepted"

    async def refused() -> bool:
        return bool((await manager.get(path))["status"] == "refused")

    await eventually(refused)
    told = [(item["action"], item["outcome"]) for item in await sales.timeline(request["id"])]
    assert told == [("create", "accepted"), ("send", "accepted"), ("recall", "accepted"), ("reject", "refused")]
