"""Forwarding, consulting and adding approvers through the API and by signals, on the real engine and database. Source:
processes.md, "Who decides when somebody is away".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client

from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")


def _step(key: str, *usernames: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "approvers": [{"user": username} for username in usernames], **more}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def at_the_end(sign_in: SignIn) -> AsyncIterator[None]:
    """Every test ends with the demo's connection."""
    yield
    await connect(await sign_in("admin1"), "purchase-approval")


async def _sent(sign_in: SignIn, key: str, *steps: dict[str, Any], **process: Any) -> Any:
    admin, seller = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, key, list(steps), schema_version=2, **process)
    await connect(admin, key)
    return await seller.create(lines=SMALL, send={})


async def _inbox(client: ApiClient) -> tuple[set[str], list[dict[str, Any]]]:
    page = await client.get("/inbox?limit=200")
    return {item["id"] for item in page["items"]}, page["consultations"]


def _places(request: Any, step: int = 0) -> dict[str, str]:
    return {one["person"]["username"]: one["state"] for one in request["run"]["steps"][step]["assignments"]}


async def test_a_forwarded_request_waits_on_somebody_else_who_sees_and_decides_it(sign_in: SignIn) -> None:
    request = await _sent(
        sign_in, "with-forward", _step("first", "manager1", deadline="8bh"), _step("second", "director1")
    )
    giver, getter = await sign_in("manager1"), await sign_in("manager2")
    assert (await getter.call("GET", f"/purchase-requests/{request['id']}")).status_code == 404
    assert "forward" in (await giver.request(request["id"]))["allowed_actions"]
    body = {"step": "first", "to": "manager2", "note": "Tôi đi công tác"}
    due = request["run"]["step"]["deadline"]

    forwarded = await giver.done(request["id"], "forward", body)
    assert _places(forwarded) == {"manager1": "forwarded", "manager2": "open"}
    old, new = forwarded["run"]["steps"][0]["assignments"]
    assert (new["forwarded_from"], new["due_at"]) == (old["id"], due)
    assert new["why"] == "Forwarded by Lê Hoàng Nam"
    assert (request["id"] in (await _inbox(giver))[0], request["id"] in (await _inbox(getter))[0]) == (False, True)
    last = (await giver.timeline(request["id"]))[-1]
    assert (last["action"], last["whom"]["username"], last["note"]) == ("forward", "manager2", "Tôi đi công tác")
    again = await giver.act(request["id"], "approve", {"step": "first"})
    assert (again.status_code, again.json()["code"]) == (403, "not_your_step")
    approved = await getter.done(request["id"], "approve", {"step": "first"})
    assert approved["run"]["open_steps"] == ["second"]


async def test_a_forward_is_a_decision_like_any_other(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-again", _step("first", "manager1"))
    manager, command = await sign_in("manager1"), str(uuid4())
    body = {"step": "first", "to": "manager2", "note": "Nhờ anh", "command_id": command}
    stale = await manager.act(request["id"], "forward", body | {"command_id": None}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    answers = [await manager.act(request["id"], "forward", body, Idempotency_Key=f"{command}-{n}") for n in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    entries = await manager.timeline(request["id"])
    assert [entry["outcome"] for entry in entries if entry["action"] == "forward"] == ["refused", "accepted"]


REFUSED = [
    pytest.param({"to": "sales1"}, 422, "approver_not_eligible", id="to the owner"),
    pytest.param({"to": "manager1"}, 409, "not_eligible", id="to whoever is in the step"),
    pytest.param({"to": "nobody"}, 422, "invalid", id="to nobody"),
    pytest.param({"note": None}, 422, "note_required", id="without a note"),
]


@pytest.mark.parametrize(("changes", "status", "code"), REFUSED)
async def test_what_is_not_forwarded_is_refused_and_on_the_timeline(
    sign_in: SignIn, changes: dict[str, Any], status: int, code: str
) -> None:
    request = await _sent(sign_in, "with-refused", _step("first", "manager1"))
    manager = await sign_in("manager1")
    answer = await manager.act(request["id"], "forward", {"step": "first", "to": "manager2", "note": "Nhờ"} | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await manager.timeline(request["id"]))[-1]["reason"] == code


async def test_whoever_was_forwarded_it_by_an_approver_cannot_give_it_to_the_owner_either(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-own", _step("first", "manager1"))
    await (await sign_in("manager1")).done(
        request["id"], "forward", {"step": "first", "to": "manager2", "note": "Nhờ anh"}
    )
    owner = await sign_in("sales1")
    refused = await owner.act(request["id"], "approve", {"step": "first"})
    assert refused.json()["code"] == "self_approval"
    back = await (await sign_in("manager2")).act(
        request["id"], "forward", {"step": "first", "to": "sales1", "note": "Của chị"}
    )
    assert back.json()["code"] == "approver_not_eligible"


async def test_four_forwards_are_one_too_many(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-many", _step("first", "manager1"))
    for giver, getter in (("manager1", "manager2"), ("manager2", "director1"), ("director1", "sales2")):
        client = await sign_in(giver)
        await client.done(request["id"], "forward", {"step": "first", "to": getter, "note": "Nhờ"})
    last = await sign_in("sales2")
    assert "forward" not in (await last.request(request["id"]))["allowed_actions"]
    refused = await last.act(request["id"], "forward", {"step": "first", "to": "purchasing1", "note": "Nhờ"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_forwards")


async def test_whoever_is_asked_finds_it_in_their_inbox_and_answers_and_the_decision_stays(
    sign_in: SignIn, pool: Pool
) -> None:
    request = await _sent(sign_in, "with-consult", _step("first", "manager1"))
    manager, asked = await sign_in("manager1"), await sign_in("purchasing1")
    path = f"/purchase-requests/{request['id']}"
    assert (await asked.call("GET", path)).status_code == 404
    before = (await _inbox(asked))[1]
    command = str(uuid4())
    body = {"step": "first", "to": "purchasing1", "question": "Giá này ổn chứ?", "command_id": command}
    after = await manager.done(request["id"], "consult", body)
    (question,) = after["run"]["steps"][0]["consultations"]
    assert (question["question"], question["asked"]["username"], question["answer"]) == (
        "Giá này ổn chứ?",
        "purchasing1",
        None,
    )
    items = [item for item in (await _inbox(asked))[1] if item not in before]
    assert [(item["id"], item["request_id"], item["by"]["username"]) for item in items] == [
        (question["id"], request["id"], "manager1")
    ]
    assert (await asked.request(request["id"]))["allowed_actions"] == ["answer"]
    no_vote = await asked.act(request["id"], "approve", {"step": "first"})
    assert no_vote.json()["code"] == "not_your_step"

    nothing = await asked.act(request["id"], "answer", {"consultation_id": question["id"], "text": " "})
    assert (nothing.json()["code"], nothing.json()["errors"][0]["pointer"]) == ("note_required", "/text")
    await asked.done(request["id"], "answer", {"consultation_id": question["id"], "text": "Ổn, rẻ hơn năm ngoái"})
    assert (await _inbox(asked))[1] == before
    last = (await manager.timeline(request["id"]))[-1]
    assert (last["action"], last["actor"]["username"], last["note"]) == (
        "answer",
        "purchasing1",
        "Ổn, rẻ hơn năm ngoái",
    )
    told = await pool.fetch(
        "SELECT type, facts FROM outbox WHERE request_id = $1 AND type LIKE 'consultation.%' ORDER BY sequence",
        UUID(request["id"]),
    )
    assert [(row["type"], row["facts"]["person"]) for row in told] == [
        ("consultation.asked", "purchasing1"),
        ("consultation.answered", "manager1"),
    ]
    again = await asked.act(request["id"], "answer", {"consultation_id": question["id"], "text": "Vẫn ổn"})
    assert (again.status_code, again.json()["code"]) == (409, "step_closed")
    done = await manager.done(request["id"], "approve", {"step": "first"})
    assert done["process_status"] == "completed"


async def test_while_the_owner_is_asked_the_deadline_stands_and_an_end_takes_the_question_back(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-clock", _step("first", "manager1", deadline="8bh"))
    manager, owner = await sign_in("manager1"), await sign_in("sales1")
    body = {"step": "first", "to": "sales1", "question": "Khi nào cần?"}
    asked = await manager.done(request["id"], "consult", body)
    (place,) = asked["run"]["steps"][0]["assignments"]
    assert (place["state"], place["due_at"], place["clock_stands_since"] is not None) == ("open", None, True)
    (item,) = [item for item in (await _inbox(owner))[1] if item["request_id"] == request["id"]]
    answered = await owner.done(request["id"], "answer", {"consultation_id": item["id"], "text": "Đầu tháng"})
    (place,) = answered["run"]["steps"][0]["assignments"]
    assert place["due_at"] is not None
    await manager.done(request["id"], "consult", body)
    await manager.done(request["id"], "reject", {"step": "first", "note": "Thôi"})
    assert [item for item in (await _inbox(owner))[1] if item["request_id"] == request["id"]] == []


async def test_whoever_is_added_before_decides_first(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-before", _step("first", "manager1"))
    manager, added = await sign_in("manager1"), await sign_in("director1")
    body = {"step": "first", "to": "director1", "where": "before", "note": "Cần ý kiến kỹ thuật"}
    after = await manager.done(request["id"], "add-approver", body)
    assert _places(after) == {"director1": "open", "manager1": "waiting"}
    assert request["id"] not in (await _inbox(manager))[0]
    first = await manager.act(request["id"], "approve", {"step": "first"})
    assert (first.status_code, first.json()["code"]) == (409, "step_closed")
    more = await added.act(request["id"], "add-approver", body | {"to": "manager2"})
    assert (more.status_code, more.json()["code"]) == (409, "not_eligible")
    after = await added.done(request["id"], "approve", {"step": "first"})
    assert _places(after) == {"director1": "approved", "manager1": "open"}
    assert (after["process_status"], after["run"]["steps"][0]["vote"]["approved"]) == ("in_progress", 0)
    done = await manager.done(request["id"], "approve", {"step": "first"})
    assert done["process_status"] == "completed"
    entry = next(entry for entry in await manager.timeline(request["id"]) if entry["action"] == "add_approver")
    assert (entry["whom"]["username"], entry["where"]) == ("director1", "before")


async def test_an_owner_has_somebody_decide_after_a_step_where_the_process_lets_them(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-after", _step("first", "manager1"), owner_may_add=True)
    owner, manager = await sign_in("sales1"), await sign_in("manager1")
    assert "add_approver" in (await owner.request(request["id"]))["allowed_actions"]
    body = {"step": "first", "to": "director1", "where": "after", "note": "Giám đốc muốn xem"}
    own = await owner.act(request["id"], "add-approver", body | {"to": "sales1"})
    assert (own.status_code, own.json()["code"]) == (422, "approver_not_eligible")
    added = await owner.done(request["id"], "add-approver", body)
    assert [step["key"] for step in added["run"]["steps"]] == ["first", "first-added-1"]
    after = await manager.done(request["id"], "approve", {"step": "first"})
    assert (after["process_status"], after["run"]["open_steps"]) == ("in_progress", ["first-added-1"])
    last = await (await sign_in("director1")).done(request["id"], "approve", {"step": "first-added-1"})
    assert last["process_status"] == "completed"


SIGNALS: dict[str, dict[str, Any]] = {
    "forward": {"actor": "manager1", "step": "first", "to": "manager2", "note": "Nhờ anh"},
    "consult": {"actor": "manager1", "step": "first", "to": "sales1", "question": "Khi nào cần?"},
    "add_approver": {"actor": "manager1", "step": "first", "to": "manager2", "where": "beside", "note": "Cùng xem"},
    "reassign": {"actor": "admin1", "person": "manager1", "to": "manager2"},
}


@pytest.mark.parametrize("name", SIGNALS)
async def test_a_signal_of_these_names_does_what_the_api_would_do(
    name: str, sign_in: SignIn, temporal_client: Client
) -> None:
    request = await _sent(sign_in, "with-signals", _step("first", "manager1"))
    handle = temporal_client.get_workflow_handle(workflow_id(UUID(request["id"])))
    await handle.signal(name, {"command_id": str(uuid4()), **SIGNALS[name]})
    await handle.signal(name, {"command_id": str(uuid4()), **SIGNALS[name], "actor": "sales2"})
    await handle.signal(name, {"command_id": str(uuid4()), **SIGNALS[name], "end": True})
    admin = await sign_in("admin1")

    async def said() -> list[tuple[str, str]]:
        entries = (await admin.timeline(request["id"]))[2:]
        return [(entry["outcome"], entry["reason"] or entry["channel"]) for entry in entries]

    async def all_came() -> bool:
        return len(await said()) == 3

    await eventually(all_came)
    stranger = "forbidden" if name == "reassign" else "not_your_step"
    assert await said() == [("accepted", "signal"), ("refused", stranger), ("refused", "invalid")]


async def test_of_forwards_at_the_same_moment_one_holds_and_the_others_say_so(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-race", _step("first", "manager1"))
    manager = await sign_in("manager1")
    names = ("manager2", "director1", "sales2", "purchasing1")
    answers = await asyncio.gather(
        *(manager.act(request["id"], "forward", {"step": "first", "to": name, "note": "Nhờ"}) for name in names),
        manager.act(request["id"], "approve", {"step": "first"}),
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} <= {
        "not_your_step",  # it is somebody else's by now
        "step_closed",
        "run_ended",
    }
    places = _places(await manager.request(request["id"]))
    assert len([state for state in places.values() if state in ("open", "approved")]) == 1


async def test_one_forward_that_is_sent_five_times_at_once_is_one(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "with-twice", _step("first", "manager1"))
    manager, command = await sign_in("manager1"), str(uuid4())
    body = {"step": "first", "to": "manager2", "note": "Nhờ anh", "command_id": command}
    answers = await asyncio.gather(*(manager.act(request["id"], "forward", body) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    entries = [entry for entry in await manager.timeline(request["id"]) if entry["action"] == "forward"]
    assert [entry["outcome"] for entry in entries] == ["accepted"]
