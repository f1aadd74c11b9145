"""Runs go on with their version; an admin sees whom publishing concerns and moves those they choose."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client

from application import moving
from crm.pool import Pool
from tests.api.setting import connect, publish, sent
from tests.api.test_thresholds import conditional
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")


def _step(key: str, *usernames: str) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "approvers": [{"user": username} for username in usernames]}


async def _two(sign_in: SignIn, key: str) -> tuple[ApiClient, list[Any]]:
    """An admin and two requests on their way by version 1 of a process that has another version by now."""
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, key, [_step("first", "manager1"), _step("second", "director1")])
    await connect(admin, key)
    try:
        requests = [await sent(sales), await sent(sales)]
    finally:
        await connect(admin, "purchase-approval")
    await publish(admin, key, [_step("first", "manager1"), _step("second", "manager2"), _step("third", "director1")])
    return admin, requests


async def _move(admin: ApiClient, key: str, status: int = 200, **body: Any) -> Any:
    answer = await admin.call("POST", f"/processes/{key}/move-runs", {"to_version": 2, "dry_run": False, **body})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_runs_keep_their_version_until_they_are_moved_and_what_was_decided_stands(sign_in: SignIn) -> None:
    admin, (one, other) = await _two(sign_in, "moving")
    manager, second = await sign_in("manager1"), await sign_in("manager2")
    await manager.done(one["id"], "approve", {"step": "first"})

    impact = await admin.get("/processes/moving/impact")
    assert impact["newest"] == 2
    assert impact["runs"] == [
        {"version": 1, "step": "first", "runs": 1},
        {"version": 1, "step": "second", "runs": 1},
    ]
    assert [item["can_move"] for item in impact["to_newest"]] == [True, True]
    assert impact["to_draft"] == []

    shown = await _move(admin, "moving", dry_run=True)
    assert [item["number"] for item in shown["would_move"]] == [one["number"], other["number"]]
    assert [(step["key"], step["change"]) for step in shown["would_move"][0]["changes"]] == [
        ("second", "changed"),
        ("third", "added"),
    ]
    assert (await admin.request(one["id"]))["run"]["process"]["version"] == 1

    (moved,) = (await _move(admin, "moving", requests=[one["id"]]))["moved"]
    assert (moved["status"], moved["number"]) == ("applied", one["number"])
    run = (await admin.request(one["id"]))["run"]
    assert run["process"] == {"key": "moving", "version": 2}
    assert [(step["key"], step["state"]) for step in run["steps"]] == [
        ("first", "approved"),
        ("second", "open"),
        ("third", "waiting"),
    ]
    assert run["steps"][0]["approved_by"] == ["manager1"]
    assert (await admin.request(other["id"]))["run"]["process"]["version"] == 1
    last = (await admin.timeline(one["id"]))[-1]
    assert (last["action"], last["actor"]["username"], last["outcome"]) == ("move_run", "admin1", "accepted")
    assert last["note"].startswith("1 → 2; second: ")

    await second.done(one["id"], "approve", {"step": "second"})
    done = await (await sign_in("director1")).done(one["id"], "approve", {"step": "third"})
    assert done["process_status"] == "completed"


async def test_moving_twice_with_one_key_is_once(sign_in: SignIn) -> None:
    admin, requests = await _two(sign_in, "moved-once")
    key, body = str(uuid4()), {"to_version": 2, "dry_run": False}
    path = "/processes/moved-once/move-runs"
    answers = [await admin.call("POST", path, body, Idempotency_Key=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [one["status"] for one in answers[0].json()["moved"]] == ["applied", "applied"]
    for request in requests:
        actions = [entry["action"] for entry in await admin.timeline(request["id"])]
        assert actions.count("move_run") == 1
    assert (await _move(admin, "moved-once"))["moved"] == []


async def test_what_cannot_be_moved_is_said_first_and_refused_on_its_timeline(sign_in: SignIn) -> None:
    admin, (one, _) = await _two(sign_in, "unmovable")
    await (await sign_in("manager1")).done(one["id"], "approve", {"step": "first"})
    assert await publish(admin, "unmovable", [_step("first", "manager1")]) == 3
    shown = await _move(admin, "unmovable", dry_run=True, to_version=3, requests=[one["id"]])
    assert [(item["can_move"], item["code"]) for item in shown["would_move"]] == [(False, "no_eligible_approver")]
    assert "no step that is still to be decided" in shown["would_move"][0]["detail"]
    moved = await _move(admin, "unmovable", to_version=3, requests=[one["id"]])
    assert [(item["status"], item["code"]) for item in moved["moved"]] == [("refused", "no_eligible_approver")]
    assert (await admin.timeline(one["id"]))[-1]["outcome"] == "refused"
    assert (await admin.request(one["id"]))["run"]["process"]["version"] == 1


async def test_a_returned_request_is_sent_again_by_the_version_that_it_was_moved_to(sign_in: SignIn) -> None:
    admin, (one, _) = await _two(sign_in, "moved-returned")
    await (await sign_in("manager1")).done(one["id"], "reject", {"step": "first", "note": "Thiếu báo giá"})
    await _move(admin, "moved-returned", requests=[one["id"]])
    again = await (await sign_in("sales1")).done(one["id"], "send")
    assert [step["key"] for step in again["run"]["steps"]] == ["first", "second", "third"]


async def test_a_resend_that_was_settled_by_the_version_before_a_move_is_refused_and_can_be_sent_again(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    admin, (one, _) = await _two(sign_in, "moved-first")
    await (await sign_in("manager1")).done(one["id"], "reject", {"step": "first", "note": "Thiếu báo giá"})
    command_id = uuid4()
    await pool.execute(  # a resend that the engine does not have yet, of what the first send stored
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at)
           SELECT $1, request_id, action, actor, payload, now() FROM commands WHERE request_id = $2 AND action = 'send'""",
        command_id,
        UUID(one["id"]),
    )
    await _move(admin, "moved-first", requests=[one["id"]])
    handle = temporal_client.get_workflow_handle(workflow_id(UUID(one["id"])))
    await handle.signal("send", {"command_id": str(command_id)})

    async def is_answered() -> bool:
        return bool((await admin.timeline(one["id"]))[-1]["action"] == "send")

    await eventually(is_answered)
    last = (await admin.timeline(one["id"]))[-1]
    assert (last["outcome"], last["reason"]) == ("refused", "stale_version")
    again = await (await sign_in("sales1")).done(one["id"], "send")
    assert [step["key"] for step in again["run"]["steps"]] == ["first", "second", "third"]


async def test_those_of_further_runs_are_taken_and_applied_a_moment_later(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, requests = await _two(sign_in, "moved-later")
    monkeypatch.setattr(moving, "GIVEN_AT_ONCE", 1)
    moved = (await _move(admin, "moved-later", status=202))["moved"]
    assert [one["status"] for one in moved] == ["applied", "accepted"]

    async def is_moved() -> bool:
        return bool((await admin.request(requests[1]["id"]))["run"]["process"]["version"] == 2)

    await eventually(is_moved)


async def test_only_an_admin_moves_a_run_by_a_signal_too(sign_in: SignIn, temporal_client: Client) -> None:
    admin, (one, _) = await _two(sign_in, "moved-signal")
    handle = temporal_client.get_workflow_handle(workflow_id(UUID(one["id"])))
    for said in (
        {"actor": "manager1", "to_version": 2},
        {"actor": "admin1", "to_version": 9},
        {"actor": "admin1", "to_version": 2, "end": True},
        {"actor": "admin1", "to_version": 2},
    ):
        await handle.signal("move_run", {"command_id": str(uuid4()), **said})

    async def said_so() -> bool:
        return len(await admin.timeline(one["id"])) == 6

    await eventually(said_so)
    entries = (await admin.timeline(one["id"]))[2:]
    assert [entry["reason"] for entry in entries] == ["forbidden", "invalid", "invalid", None]


async def test_a_run_is_moved_though_whoever_approved_an_earlier_step_has_left(sign_in: SignIn, pool: Pool) -> None:
    await pool.execute(
        """INSERT INTO users (username, name, roles) VALUES ('moved1', 'Đỗ Văn Chuyển', '{approver}')
           ON CONFLICT (username) DO UPDATE SET active = true"""
    )
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, "moved-on", [_step("first", "moved1"), _step("second", "director1")])
    await connect(admin, "moved-on")
    try:
        one = await sent(sales)
    finally:
        await connect(admin, "purchase-approval")
    await publish(admin, "moved-on", [_step("first", "moved1"), _step("second", "manager2")])
    await (await sign_in("moved1")).done(one["id"], "approve", {"step": "first"})
    await pool.execute("UPDATE users SET active = false WHERE username = 'moved1'")
    (moved,) = (await _move(admin, "moved-on"))["moved"]
    assert moved["status"] == "applied", moved
    run = (await admin.request(one["id"]))["run"]
    assert [(step["key"], step["state"]) for step in run["steps"]] == [("first", "approved"), ("second", "open")]


async def test_a_request_is_added_up_by_the_version_that_its_run_goes_on_with(sign_in: SignIn) -> None:
    admin, sales, supplier = await sign_in("admin1"), await sign_in("sales1"), f"Nhà cung cấp {uuid4().hex[:8]}"
    lines = [{**LINE, "quantity": "30", "unit_price": "1000000", "supplier": supplier}]
    steps = [_step("first", "manager1"), _step("second", "director1")]
    await publish(admin, "moved-sums", steps)
    await connect(admin, "moved-sums")
    try:
        other, one = await sent(sales, lines=lines), await sent(sales, lines=lines)
    finally:
        await connect(admin, "purchase-approval")
    steps[1] = conditional("second", "director1", "request.routing_amount >= 50000000.0")
    await publish(admin, "moved-sums", steps, schema_version=2, cumulative=[{"key": ["supplier"], "window": "10bd"}])
    assert (one["cumulated"], one["routing_amount"]) == (None, "30000000")
    await _move(admin, "moved-sums", requests=[one["id"]])
    moved = await admin.request(one["id"])
    assert moved["routing_amount"] == "60000000"
    assert [counted["number"] for counted in moved["cumulated"]["requests"]] == [other["number"]]


async def test_a_version_that_is_not_there_is_refused(sign_in: SignIn) -> None:
    admin, _ = await _two(sign_in, "moved-nowhere")
    answer = await admin.call("POST", "/processes/moved-nowhere/move-runs", {"to_version": 7, "dry_run": True})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/to_version")
    assert (await admin.call("GET", "/processes/nothing/impact")).status_code == 404
