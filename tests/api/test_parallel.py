"""Votes and parallel blocks through the API, on the real engine and database. Source: processes.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio.client import Client

from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import visitor
from workflows.contracts import APPROVERS, workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")

BOARD = ("manager1", "manager2", "director1")


def _step(key: str, *usernames: str, **more: Any) -> dict[str, Any]:
    name = {"vi": f"Bước {key}", "en": f"Step {key}"}
    approvers = [{"user": username} for username in usernames]
    return {"key": key, "name": name, "approvers": approvers, "may_edit": ["lines.quantity"], **more}


def _block(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "parallel", "key": "review", "name": {"vi": "Thẩm định", "en": "Review"}, "steps": list(steps)}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn) -> AsyncIterator[None]:
    """Every test ends with the demo's connection."""
    yield
    await connect(await sign_in("admin1"), "purchase-approval")


async def _sent(sign_in: SignIn, key: str, *steps: dict[str, Any], **process: Any) -> Any:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, key, list(steps), schema_version=2, **process)
    await connect(admin, key)
    request = await sales.create(lines=SMALL, send={})
    assert request["process_status"] == "in_progress", request
    return request


async def test_a_block_is_one_step_of_the_run_with_its_steps_in_it(sign_in: SignIn, temporal_client: Client) -> None:
    request = await _sent(
        sign_in,
        "parallel-shape",
        _block(_step("finance", "manager1"), _step("technical", *BOARD[1:], decision={"quorum": 2})),
        _step("last", "director1"),
    )
    run = request["run"]
    assert run["open_steps"] == ["finance", "technical"]
    assert run["step"]["key"] == "finance"
    block, last = run["steps"]
    assert (block["kind"], block["key"], block["name"], block["state"]) == ("parallel", "review", "Review", "open")
    assert (block["vote"], block["assignments"]) == (None, [])
    technical = block["steps"][1]
    assert technical["vote"] == {"rule": "quorum", "needed": 2, "approved": 0, "of": 2}
    assert [one["state"] for one in technical["assignments"]] == ["open", "open"]
    assert (last["kind"], last["state"], last["steps"]) == ("approval", "waiting", [])

    handle = temporal_client.get_workflow_handle(workflow_id(UUID(request["id"])))
    described = await handle.describe()
    assert described.typed_search_attributes.get(APPROVERS) == ["manager1", "manager2", "director1"] or sorted(
        described.typed_search_attributes.get(APPROVERS) or ()
    ) == sorted(BOARD)
    state = await handle.query("state")
    assert [step["key"] for step in state["steps"][0]["steps"]] == ["finance", "technical"]


async def test_each_branch_is_in_the_inbox_of_who_it_waits_on_and_leaves_it_when_it_is_decided(
    sign_in: SignIn,
) -> None:
    request = await _sent(
        sign_in, "parallel-inbox", _block(_step("finance", "manager1"), _step("technical", "manager1", "director1"))
    )
    manager, director = await sign_in("manager1"), await sign_in("director1")

    async def waiting(client: ApiClient) -> list[str]:
        items: list[Any] = []
        cursor = ""
        while True:  # one at a time: two places of one request are two items, on two pages
            page = await client.get(f"/inbox?limit=1{cursor}")
            items += page["items"]
            if page["next_cursor"] is None:
                return sorted(item["step"] for item in items if item["id"] == request["id"])
            cursor = f"&cursor={page['next_cursor']}"

    assert await waiting(manager) == ["finance", "technical"]
    assert await waiting(director) == ["technical"]
    await manager.done(request["id"], "approve", {"step": "technical"})
    assert await waiting(manager) == ["finance"]
    assert await waiting(director) == []
    done = await manager.done(request["id"], "approve", {"step": "finance"})
    assert done["process_status"] == "completed"


async def test_a_vote_in_one_branch_does_not_make_a_decision_in_another_stale_and_a_change_does(
    sign_in: SignIn,
) -> None:
    request = await _sent(
        sign_in,
        "parallel-content",
        _block(_step("finance", "manager1"), _step("technical", "manager2"), _step("legal", "director1")),
    )
    manager, other, director = [await sign_in(username) for username in BOARD]
    seen = f'"{request["version"]}"'
    voted = await manager.done(request["id"], "approve", {"step": "finance"}, If_Match=seen)
    assert voted["version"] > request["version"]
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "1"}]}
    changed = await other.done(request["id"], "approve", {"step": "technical", "changes": changes}, If_Match=seen)
    refused = await director.act(request["id"], "approve", {"step": "legal"}, If_Match=seen)
    assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
    ahead = await director.act(request["id"], "approve", {"step": "legal"}, If_Match=f'"{changed["version"] + 1}"')
    assert (ahead.status_code, ahead.json()["code"]) == (412, "stale_version")
    now = f'"{changed["version"]}"'
    done = await director.done(request["id"], "approve", {"step": "legal"}, If_Match=now)
    assert (done["process_status"], done["lines"][0]["quantity"]) == ("completed", "1")


async def test_two_branches_do_not_change_one_field_to_two_values(sign_in: SignIn) -> None:
    request = await _sent(
        sign_in, "parallel-field", _block(_step("finance", "manager1"), _step("technical", "manager2"))
    )
    manager, other = await sign_in("manager1"), await sign_in("manager2")
    line = request["lines"][0]["id"]

    async def approve(client: ApiClient, step: str, quantity: str) -> Any:
        changes = {"lines": [{"id": line, "quantity": quantity}]}
        return await client.act(request["id"], "approve", {"step": step, "changes": changes})

    first, second = await asyncio.gather(approve(manager, "finance", "1"), approve(other, "technical", "3"))
    won, lost = (first, second) if first.status_code == 200 else (second, first)
    assert won.status_code == 200
    assert (lost.status_code, lost.json()["code"]) == (422, "field_not_editable")
    (wrong,) = lost.json()["errors"]
    assert wrong["pointer"] == "/changes/lines/0/quantity"
    winner, value = ("Lê Hoàng Nam", "1") if won is first else ("Phạm Thị Thu Hà", "3")
    assert winner in wrong["detail"]
    assert value in wrong["detail"]


async def test_votes_that_complete_a_quorum_at_once_close_the_step_once(sign_in: SignIn, pool: Pool) -> None:
    request = await _sent(
        sign_in, "parallel-quorum", _step("board", *BOARD, decision={"quorum": 2}), _step("last", "director1")
    )
    people = [await sign_in(username) for username in BOARD]
    answers = await asyncio.gather(
        *(one.act(request["id"], "approve", {"step": "board", "command_id": str(uuid4())}) for one in people)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
    (late,) = (answer.json() for answer in answers if answer.status_code == 409)
    assert late["code"] == "step_closed"
    board = (await people[0].request(request["id"]))["run"]["steps"][0]
    assert board["vote"] == {"rule": "quorum", "needed": 2, "approved": 2, "of": 3}
    assert sorted(one["state"] for one in board["assignments"]) == ["approved", "approved", "not_needed"]
    told = await pool.fetch(
        "SELECT type FROM outbox WHERE request_id = $1 AND type LIKE 'step.%' ORDER BY sequence", UUID(request["id"])
    )
    assert [row["type"] for row in told] == ["step.opened", "step.approved", "step.opened"]


async def test_a_vote_and_a_return_at_once_are_applied_in_the_engines_order(sign_in: SignIn) -> None:
    request = await _sent(
        sign_in, "parallel-return", _block(_step("finance", "manager1"), _step("technical", "manager2"))
    )
    manager, other, sales = await sign_in("manager1"), await sign_in("manager2"), await sign_in("sales1")
    vote, returned = await asyncio.gather(
        manager.act(request["id"], "approve", {"step": "finance"}),
        other.act(request["id"], "reject", {"step": "technical", "note": "Thiếu báo giá"}),
    )
    assert returned.status_code == 200
    if vote.status_code != 200:
        assert (vote.status_code, vote.json()["code"]) == (409, "step_closed")
        assert "Phạm Thị Thu Hà" in vote.json()["detail"]
    after = await sales.request(request["id"])
    assert after["process_status"] == "returned"
    resent = await sales.done(request["id"], "send", {})
    assert resent["run"]["open_steps"] == ["finance", "technical"]


async def test_an_approval_that_is_carried_is_told_as_such(sign_in: SignIn) -> None:
    request = await _sent(
        sign_in,
        "parallel-carry",
        _step("first", "manager1"),
        _step("second", "manager1", "director1", decision="all"),
        repeat_approver="carry",
    )
    manager = await sign_in("manager1")
    after = await manager.done(request["id"], "approve", {"step": "first"})
    second = after["run"]["steps"][1]
    states = {one["person"]["username"]: one for one in second["assignments"]}
    assert (states["manager1"]["state"], states["manager1"]["acted_by"]) == ("carried", None)
    assert "Approved in step “Step first” already" in states["manager1"]["why"]
    assert second["vote"] == {"rule": "all", "needed": 2, "approved": 1, "of": 2}
    assert second["approved_by"] == []
    timeline = await manager.timeline(request["id"])
    assert [item["action"] for item in timeline] == ["create", "send", "approve"]


@pytest.mark.parametrize(
    ("steps", "pointer", "said"),
    [
        ([_step("board", "manager1", "director1", decision={"quorum": 3})], "/steps/0/decision", "at most 2"),
        ([_block(_step("one", "manager1"))], "/steps/0/steps", "at least 2"),
        ([_block(_step("one", "manager1"), _step("one", "director1"))], "/steps/0/steps/1/key", "step 1.1 has"),
        ([_block(_step("one", "manager1"), _step("two", "nobody"))], "/steps/0/steps/1/approvers/0", "nobody"),
        ([_block(_step("one", "manager1"), _block())], "/steps/0/steps/1/kind", "if it is a step of the process"),
        ([_step("board", "manager1", decision={"quorum": "0%"})], "/steps/0/decision", "from 1%"),
        ([_step("board", "manager1", decision="most")], "/steps/0/decision", "quorum"),
        ([_step("board", "manager1", kind="vote")], "/steps/0/kind", "parallel"),
    ],
)
async def test_a_block_or_quorum_that_cannot_be_is_refused_at_its_place(
    sign_in: SignIn, steps: list[dict[str, Any]], pointer: str, said: str
) -> None:
    admin = await sign_in("admin1")
    document = {"schema_version": 2, "key": "wrong-votes", "name": "wrong", "steps": steps}
    answer = await admin.call("PUT", "/processes/wrong-votes/draft", document)
    assert answer.status_code == 422
    found = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert pointer in found, found
    assert said in found[pointer]


async def test_version_1_takes_none_of_it(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    steps = [
        _block(_step("one", "manager1"), _step("two", "director1")),
        _step("board", *BOARD, decision={"quorum": 2}),
    ]
    document = {"schema_version": 1, "key": "old", "name": "old", "steps": steps, "repeat_approver": "carry"}
    answer = await admin.call("PUT", "/processes/old/draft", document)
    found = {error["pointer"] for error in answer.json()["errors"]}
    assert found == {"/steps/0/kind", "/steps/1/decision", "/repeat_approver"}


async def test_a_quorum_that_the_directory_cannot_give_refuses_the_send(sign_in: SignIn, pool: Pool) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, "quorum-left", [_step("board", *BOARD, decision={"quorum": 3})], schema_version=2)
    await connect(admin, "quorum-left")
    request = await sales.create(lines=SMALL)
    await pool.execute("UPDATE users SET active = false WHERE username = 'manager2'")
    try:
        preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
        assert preview["refusal"] == "step_unsatisfiable"
        refused = await sales.act(request["id"], "send", {})
    finally:
        await pool.execute("UPDATE users SET active = true WHERE username = 'manager2'")
    assert (refused.status_code, refused.json()["code"]) == (422, "step_unsatisfiable")
    assert "needs 3 approvals, and 2 could give one" in refused.json()["detail"]

    async def sent() -> bool:
        return bool((await sales.act(request["id"], "send", {})).status_code == 200)

    await eventually(sent)


async def test_the_page_says_which_branch_sent_an_earlier_round_back(app: FastAPI, sign_in: SignIn) -> None:
    request = await _sent(
        sign_in, "parallel-back", _block(_step("finance", "manager1"), _step("technical", "manager2"))
    )
    technical, sales = await sign_in("manager2"), await sign_in("sales1")
    await technical.done(request["id"], "reject", {"step": "technical", "note": "Thiếu cấu hình"})
    await sales.done(request["id"], "send")
    async with visitor(app, "sales1", "vi") as owner:
        html = " ".join((await owner.read(f"/requests/{request['id']}")).split())
    assert "· Trả lại · Phạm Thị Thu Hà: “Thiếu cấu hình”" in html
