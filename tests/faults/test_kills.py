"""Each process dies at the worst moment; what was accepted is applied once, and what was refused not at all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.setting import connect, publish
from tests.clients import LINE, ApiClient, request_body
from tests.faults.held import held_commit, held_row
from tests.faults.system import System, applied, eventually, settled
from tests.faults.whole import check

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

EVERYTHING = ("api", "worker", "temporal", "postgres")


async def sent(sales: ApiClient) -> str:
    """A request that waits on its first approver."""
    request_id: str = (await sales.create())["id"]
    answer = await sales.act(request_id, "send")
    assert answer.status_code in (200, 202), answer.text  # the engine may just have come back from the test before

    async def waits() -> bool:
        return bool((await sales.request(request_id))["process_status"] == "in_progress")

    await eventually(waits)
    return request_id


def approval(note: str = "") -> dict[str, Any]:
    return {"command_id": str(uuid4()), "step": "manager", "note": note}


async def entries(user: ApiClient, request_id: str, action: str) -> list[Any]:
    return [entry for entry in await user.timeline(request_id) if entry["action"] == action]


async def applied_once(system: System, user: ApiClient, request_id: str, command: dict[str, Any]) -> None:
    """The approval holds, it is on the timeline once, and CRM and run agree."""
    assert (await applied(user, request_id, command["command_id"]))["status"] == "applied"
    await settled(system)
    (entry,) = await entries(user, request_id, "approve")
    assert (entry["command_id"], entry["outcome"], entry["note"]) == (
        command["command_id"],
        "accepted",
        command["note"],
    )
    request = await user.request(request_id)
    assert request["run"]["step"]["key"] == "director"
    await check(system, request_id)


async def test_a_worker_killed_between_decision_and_write_back_loses_nothing(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command = await sent(sales), approval("before the write-back")
    async with held_row(system, request_id) as row:
        decision = asyncio.create_task(manager.act(request_id, "approve", command))
        await row.wait_for_write_back()
        await system.kill("worker")
        await row.end_write_back()
        await row.release()
    answer = await decision
    assert answer.status_code == 202, answer.text
    assert await entries(manager, request_id, "approve") == []

    await system.start("worker")
    await applied_once(system, manager, request_id, command)


async def test_a_worker_killed_right_after_the_crm_commit_decides_nothing_twice(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command = await sent(sales), approval("after the commit")
    async with held_commit(system) as commit:
        decision = asyncio.create_task(manager.act(request_id, "approve", command))
        await commit.wait_for_commit()
        await system.kill("worker")
        await commit.release()  # PostgreSQL commits what the dead worker had asked for
        answer = await decision
    assert answer.status_code == 200, answer.text
    assert "EVENT_TYPE_MARKER_RECORDED" not in (await system.history(request_id))[-2:]

    await system.start("worker")
    await applied_once(system, manager, request_id, command)


async def test_a_database_away_for_longer_than_a_workflow_task_may_wait_delays_a_decision_and_loses_nothing(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command = await sent(sales), approval("a long outage")
    async with held_row(system, request_id) as row:
        decision = asyncio.create_task(manager.act(request_id, "approve", command))
        await row.wait_for_write_back()
        await system.stop("postgres")
    answer = await decision
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"command_id": command["command_id"], "status": "accepted"}

    async def is_an_ordinary_activity_now() -> bool:
        return "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED" in await system.history(request_id)

    await eventually(is_an_ordinary_activity_now)
    refused = await manager.act(request_id, "approve", approval())
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")

    await system.start("postgres")
    path = answer.headers["location"].removeprefix("/api/v1")

    async def can_be_asked_for() -> bool:
        return (await manager.call("GET", path)).status_code == 200

    await eventually(can_be_asked_for)
    await applied_once(system, manager, request_id, command)


async def test_a_database_that_crashes_during_a_decision_loses_nothing(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command = await sent(sales), approval("a crash")
    async with held_row(system, request_id) as row:
        decision = asyncio.create_task(manager.act(request_id, "approve", command))
        await row.wait_for_write_back()
        await system.kill("postgres")
    await system.start("postgres")
    answer = await decision
    assert answer.status_code in {200, 202}, answer.text
    await applied_once(system, manager, request_id, command)


@pytest.mark.parametrize("also_kill", [(), ("api",)], ids=["", "and-the-api-is-killed"])
async def test_save_and_send_without_an_engine_is_sent_exactly_once_when_it_is_back(
    system: System, sales: ApiClient, also_kill: tuple[str, ...]
) -> None:
    await system.stop("temporal")
    answer = await sales.call("POST", "/purchase-requests", request_body(send={}))
    assert answer.status_code == 201, answer.text
    request = answer.json()
    assert (request["process_status"], request["send_pending"], request["run"]) == ("not_sent", True, None)
    assert request["allowed_actions"] == []
    await system.kill(*also_kill)

    await system.start("temporal", "api")
    await settled(system)
    request = await sales.request(request["id"])
    assert (request["process_status"], request["send_pending"], request["run"]["round"]) == ("in_progress", False, 1)
    (entry,) = await entries(sales, request["id"], "send")
    assert entry["outcome"] == "accepted"
    await check(system, request["id"])


async def test_a_decision_without_an_engine_is_taken_and_applied_once_when_it_is_back(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command = await sent(sales), approval("no engine")
    await system.stop("temporal")
    answer = await manager.act(request_id, "approve", command)
    assert answer.status_code == 202, answer.text
    place = answer.headers["location"]
    assert place == f"/api/v1/purchase-requests/{request_id}/commands/{command['command_id']}"
    state = await manager.get(place.removeprefix("/api/v1"))
    assert state == {"command_id": command["command_id"], "status": "accepted"}

    await system.start("temporal")
    await applied_once(system, manager, request_id, command)


async def test_a_decision_without_a_worker_is_taken_and_applied_once_when_one_starts(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command = await sent(sales), approval("no worker")
    await system.stop("worker")
    answer = await manager.act(request_id, "approve", command)
    assert answer.status_code == 202, answer.text
    again = await manager.act(request_id, "approve", command)
    assert (again.status_code, again.json()) == (202, answer.json())
    state = await manager.get(answer.headers["location"].removeprefix("/api/v1"))
    assert state["status"] == "accepted"

    await system.start("worker")
    await applied_once(system, manager, request_id, command)
    assert (await manager.act(request_id, "approve", command)).status_code == 200


async def test_an_api_killed_right_after_accepting_leaves_one_decision_which_a_second_try_learns_of(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, body = await sent(sales), {"step": "manager", "note": "cut off"}
    async with held_row(system, request_id) as row:
        decision = asyncio.create_task(manager.act(request_id, "approve", body, Idempotency_Key="cut-off"))
        await row.wait_for_write_back()
        await system.kill("api")
        with pytest.raises(httpx.TransportError):
            await decision
        await row.release()
    await system.start("api")
    answer = await manager.act(request_id, "approve", body, Idempotency_Key="cut-off")
    assert answer.status_code == 200, answer.text
    (entry,) = await entries(manager, request_id, "approve")
    await applied_once(system, manager, request_id, {**body, "command_id": entry["command_id"]})


@pytest.mark.parametrize("victim", ["worker", "api"])
async def test_a_substitutes_decision_holds_once_whichever_process_dies_with_it(
    system: System, sales: ApiClient, manager: ApiClient, victim: str
) -> None:
    substitute = await ApiClient.signed_in(sales.http, "manager2")
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"substitute": "manager2", "until": until, "reason": "Nghỉ phép"}
    given = await manager.call("POST", "/substitutions", body)
    assert given.status_code == 201, given.text
    request_id, command = await sent(sales), approval("thay")
    async with held_row(system, request_id) as row:
        decision = asyncio.create_task(substitute.act(request_id, "approve", command))
        await row.wait_for_write_back()
        await system.kill(victim)
        if victim == "worker":
            await row.end_write_back()
        await row.release()
    await asyncio.gather(decision, return_exceptions=True)
    await system.start(victim)
    await applied_once(system, substitute, request_id, command)
    place = (await manager.request(request_id))["run"]["steps"][0]["assignments"][0]
    assert (place["person"]["username"], place["acted_by"]) == ("manager1", "manager2")
    assert place["substitution_id"] == given.json()["id"]
    assert (await manager.call("DELETE", f"/substitutions/{given.json()['id']}")).status_code == 204


WITH_OTHERS: dict[str, dict[str, Any]] = {
    "forward": {"to": "manager2", "note": "Tôi đi công tác"},
    "consult": {"to": "sales1", "question": "Khi nào cần?"},
    "add-approver": {"to": "manager2", "where": "before", "note": "Cần ý kiến kỹ thuật"},
}


@pytest.mark.parametrize("victim", ["worker", "api", "postgres"])
@pytest.mark.parametrize("action", WITH_OTHERS)
async def test_what_an_approver_does_with_others_holds_once_whichever_process_dies_with_it(
    system: System, sales: ApiClient, manager: ApiClient, action: str, victim: str
) -> None:
    request_id, command = await sent(sales), {"command_id": str(uuid4()), "step": "manager", **WITH_OTHERS[action]}
    async with held_row(system, request_id) as row:
        decision = asyncio.create_task(manager.act(request_id, action, command))
        await row.wait_for_write_back()
        await system.kill(victim)
        if victim == "worker":
            await row.end_write_back()
        if victim != "postgres":
            await row.release()
    await system.start(victim)
    await asyncio.gather(decision, return_exceptions=True)
    await system.start(victim)
    assert (await applied(manager, request_id, command["command_id"]))["status"] == "applied"
    await settled(system)
    (entry,) = await entries(manager, request_id, action.replace("-", "_"))
    assert (entry["outcome"], entry["whom"]["username"]) == ("accepted", command["to"])
    (step, *_) = (await manager.request(request_id))["run"]["steps"]
    states = {place["person"]["username"]: place["state"] for place in step["assignments"]}
    assert (
        states
        == {
            "forward": {"manager1": "forwarded", "manager2": "open"},
            "consult": {"manager1": "open"},
            "add-approver": {"manager1": "waiting", "manager2": "open"},
        }[action]
    )
    assert len(step["consultations"]) == (action == "consult")
    await check(system, request_id)


@pytest.mark.parametrize("victim", ["worker", "api", "postgres"])
async def test_returned_lines_become_one_request_whichever_process_dies_with_the_last_approval(
    system: System, sales: ApiClient, manager: ApiClient, victim: str
) -> None:
    admin, only = await ApiClient.signed_in(sales.http, "admin1"), {"user": "manager1"}
    step = {"key": "manager", "name": "Manager", "approvers": [only], "may_decide_lines": True}
    await publish(admin, f"by-line-{victim}", [step], schema_version=2)
    await connect(admin, f"by-line-{victim}")
    lines = [{**LINE, "product_code": name} for name in ("A", "B")]
    request = await sales.create(lines=lines)
    assert (await sales.act(request["id"], "send")).status_code in (200, 202)

    async def waits() -> bool:
        return bool((await sales.request(request["id"]))["process_status"] == "in_progress")

    await eventually(waits)
    said = {request["lines"][0]["id"]: {"decision": "return", "note": "Xem lại"}}
    command = {**approval(), "lines": said}
    async with held_row(system, request["id"]) as row:
        decision = asyncio.create_task(manager.act(request["id"], "approve", command))
        await row.wait_for_write_back()
        await system.kill(victim)
        if victim == "worker":
            await row.end_write_back()
        if victim != "postgres":
            await row.release()
    await asyncio.gather(decision, return_exceptions=True)
    await system.start(victim)
    assert (await applied(manager, request["id"], command["command_id"]))["status"] == "applied"
    await settled(system)
    done = await sales.request(request["id"])
    assert (done["process_status"], [line["decision"] for line in done["lines"]]) == ("completed", ["return", None])
    (child,) = done["children"]
    assert [line["product_code"] for line in (await sales.request(child["id"]))["lines"]] == ["A"]
    await check(system, request["id"])
    await connect(admin, "purchase-approval")


async def test_everything_killed_at_once_goes_on_where_it_was(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    waiting, quiet = await sent(sales), await sent(sales)
    draft = (await sales.create())["id"]
    command, refused = approval("all gone"), approval("not mine to decide")
    assert (await sales.act(quiet, "approve", refused)).status_code == 403
    async with held_row(system, waiting) as row:
        decision = asyncio.create_task(manager.act(waiting, "approve", command))
        await row.wait_for_write_back()
        await system.kill(*EVERYTHING)
    with pytest.raises(httpx.TransportError):
        await decision

    await system.start(*EVERYTHING)
    await applied_once(system, manager, waiting, command)
    (entry,) = await entries(sales, quiet, "approve")
    assert (entry["outcome"], entry["reason"]) == ("refused", "self_approval")
    assert (await sales.request(draft))["process_status"] == "not_sent"
    for request_id in (waiting, quiet, draft):
        await check(system, request_id)


async def test_a_worker_waits_for_a_database_and_an_engine_that_are_not_there_yet(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command = await sent(sales), approval("late database")
    await system.stop(*EVERYTHING)
    await system.start("worker")

    async def looks_for_its_database() -> bool:
        return '"missing": "database"' in system.worker.log_tail()

    await eventually(looks_for_its_database)
    await system.start("postgres")

    async def has_gone_on_to_the_engine() -> bool:
        return '"missing": "engine"' in system.worker.log_tail()

    await eventually(has_gone_on_to_the_engine)
    worker = system.worker.pid
    await system.start("temporal", "api")
    await manager.act(request_id, "approve", command)
    await applied_once(system, manager, request_id, command)
    assert system.worker.pid == worker
