"""Substitution through the API, on the real engine and database. Source: processes.md, "Who decides when somebody is away"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
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
    approvers = [{"user": username} for username in usernames]
    return {"key": key, "name": key, "approvers": approvers, "may_edit": ["lines.quantity"], **more}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def at_the_end(sign_in: SignIn, pool: Pool) -> AsyncIterator[None]:
    """Every test ends with the demo's connection, and with nobody away."""
    yield
    await connect(await sign_in("admin1"), "purchase-approval")
    await pool.execute("UPDATE substitutions SET revoked_at = now(), revoked_by = 'admin1' WHERE revoked_at IS NULL")


async def _sent(sign_in: SignIn, key: str, *steps: dict[str, Any], owner: str = "sales1") -> Any:
    admin, seller = await sign_in("admin1"), await sign_in(owner)
    await publish(admin, key, list(steps), schema_version=2)
    await connect(admin, key)
    request = await seller.create(lines=SMALL, send={})
    assert request["process_status"] == "in_progress", request
    return request


def _body(substitute: str, **changes: Any) -> dict[str, Any]:
    until = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    return {"until": until, "reason": "Nghỉ phép", "substitute": substitute} | changes


async def _away(client: ApiClient, substitute: str, **changes: Any) -> Any:
    answer = await client.call("POST", "/substitutions", _body(substitute, **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _inbox(client: ApiClient) -> dict[str, Any]:
    page = await client.get("/inbox?limit=200")
    return {item["id"]: item["for"] for item in page["items"]}


async def test_a_substitute_sees_and_decides_what_waits_before_during_and_after(sign_in: SignIn, pool: Pool) -> None:
    request = await _sent(sign_in, "subst-life", _step("first", "director1"), _step("second", "director1"))
    other = await _sent(sign_in, "subst-life", _step("first", "director1"))
    director, manager = await sign_in("director1"), await sign_in("manager2")
    path = f"/purchase-requests/{request['id']}"

    async def seen() -> tuple[int, bool, bool]:
        listed = await manager.get("/purchase-requests?limit=200")
        in_list = request["id"] in {item["id"] for item in listed["items"]}
        return (await manager.call("GET", path)).status_code, in_list, request["id"] in await _inbox(manager)

    assert await seen() == (404, False, False)
    given = await _away(director, "manager2")
    assert await seen() == (200, True, True)
    assert (await _inbox(manager))[request["id"]] == {"username": "director1", "name": "Trần Thị Minh Nguyệt"}
    assert (await _inbox(director))[request["id"]] is None
    assert set((await manager.request(request["id"]))["allowed_actions"]) == {"approve", "reject", "consult"}

    approved = await manager.done(request["id"], "approve", {"step": "first", "note": "Được"})
    (place,) = approved["run"]["steps"][0]["assignments"]
    assert (place["person"]["username"], place["state"]) == ("director1", "approved")
    assert (place["acted_by"], place["substitution_id"]) == ("manager2", given["id"])
    last = (await manager.timeline(request["id"]))[-1]
    assert (last["actor"]["username"], last["acted_for"]["username"]) == ("manager2", "director1")
    assert last["substitution"]["id"] == given["id"]
    told = await pool.fetchrow(
        "SELECT facts FROM outbox WHERE request_id = $1 AND type = 'assignment.substituted'", UUID(request["id"])
    )
    assert told is not None
    assert (told["facts"]["person"], told["facts"]["actor"]) == ("director1", "manager2")

    returned = await manager.done(request["id"], "reject", {"step": "second", "note": "Thiếu báo giá"})
    assert returned["notes"][-1]["acted_for"] == {"username": "director1", "name": "Trần Thị Minh Nguyệt"}
    revoked = await director.call("DELETE", f"/substitutions/{given['id']}")
    assert revoked.status_code == 204
    assert await seen() == (200, True, False)  # whoever acted has taken part
    gone = await manager.call("GET", f"/purchase-requests/{other['id']}")
    assert gone.status_code == 404
    assert other["id"] not in await _inbox(manager)


SCOPES = [
    pytest.param({"ceiling": {"amount": "25000000"}}, True, id="up to its ceiling, that amount included"),
    pytest.param({"ceiling": {"amount": "24999999"}}, False, id="not above its ceiling"),
    pytest.param({"ceiling": {"amount": "999999999", "currency": "USD"}}, False, id="not in another currency"),
    pytest.param({"processes": ["subst-scope"]}, True, id="in a process that it names"),
    pytest.param({"processes": ["purchase-approval"]}, False, id="not in another process"),
    pytest.param({"departments": ["Kinh doanh miền Bắc"]}, True, id="for a department that it names"),
    pytest.param({"departments": ["Ban Giám đốc"]}, False, id="not for another department"),
    pytest.param({"from": "2099-01-01T00:00:00Z", "until": "2099-01-02T00:00:00Z"}, False, id="not before it begins"),
]


@pytest.mark.parametrize(("scope", "sees"), SCOPES)
async def test_what_is_in_scope_is_seen_and_decided_and_nothing_else(
    sign_in: SignIn, scope: dict[str, Any], sees: bool
) -> None:
    request = await _sent(sign_in, "subst-scope", _step("first", "director1"))
    manager = await sign_in("manager2")
    await _away(await sign_in("director1"), "manager2", **scope)
    assert (request["id"] in await _inbox(manager)) is sees
    listed = await manager.get("/purchase-requests?limit=200")
    assert (request["id"] in {item["id"] for item in listed["items"]}) is sees
    answer = await manager.act(request["id"], "approve", {"step": "first"})
    assert answer.status_code == (200 if sees else 404), answer.text


async def test_a_change_does_not_lift_a_request_over_the_substitutes_ceiling(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "subst-lift", _step("first", "director1"))
    manager = await sign_in("manager2")
    await _away(await sign_in("director1"), "manager2", ceiling={"amount": "30000000"})
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "3"}]}
    refused = await manager.act(request["id"], "approve", {"step": "first", "changes": changes})
    assert (refused.status_code, refused.json()["code"]) == (422, "ceiling_exceeded")
    assert "30,000,000 VND" in refused.json()["detail"]
    assert "37,500,000 VND" in refused.json()["detail"]


async def test_nobody_approves_their_own_request_as_a_substitute_and_does_not_have_it_in_the_inbox(
    sign_in: SignIn,
) -> None:
    request = await _sent(sign_in, "subst-own", _step("first", "director1"), owner="manager2")
    manager = await sign_in("manager2")
    await _away(await sign_in("director1"), "manager2")
    assert request["id"] not in await _inbox(manager)
    refused = await manager.act(request["id"], "approve", {"step": "first"})
    assert (refused.status_code, refused.json()["code"]) == (403, "self_approval")


async def test_one_person_has_one_vote_in_a_step_and_the_inbox_knows(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "subst-vote", _step("board", "director1", "manager1", decision="all"))
    manager = await sign_in("manager2")
    for away in ("director1", "manager1"):
        await _away(await sign_in(away), "manager2")
    page = await manager.get("/inbox?limit=200")
    mine = [item["for"]["username"] for item in page["items"] if item["id"] == request["id"]]
    assert mine == ["director1"]
    await manager.done(request["id"], "approve", {"step": "board", "for": "manager1"})
    assert request["id"] not in await _inbox(manager)
    again = await manager.act(request["id"], "approve", {"step": "board"})
    assert (again.status_code, again.json()["code"]) == (409, "not_eligible")
    named = await manager.act(request["id"], "approve", {"step": "board", "for": "admin1"})
    assert (named.status_code, named.json()["code"]) == (403, "not_your_step")
    done = await (await sign_in("director1")).done(request["id"], "approve", {"step": "board"})
    assert done["process_status"] == "completed"


async def test_person_and_substitute_decide_at_once_and_one_of_them_does(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "subst-race", _step("first", "director1"), _step("second", "manager1"))
    director, manager = await sign_in("director1"), await sign_in("manager2")
    await _away(director, "manager2")
    answers = await asyncio.gather(
        *(
            one.act(request["id"], "approve", {"step": "first", "command_id": str(uuid4())})
            for one in (director, manager)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    (late,) = (answer.json() for answer in answers if answer.status_code == 409)
    winner = "Trần Thị Minh Nguyệt" if answers[0].status_code == 200 else "Phạm Thị Thu Hà"
    assert late["code"] == "step_closed"
    assert winner in late["detail"]


async def test_a_signal_of_a_substitute_is_checked_like_any_decision(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    request = await _sent(sign_in, "subst-signal", _step("first", "director1"))
    director = await sign_in("director1")
    given = await _away(director, "manager2")
    handle = temporal_client.get_workflow_handle(workflow_id(UUID(request["id"])))
    await pool.execute("UPDATE substitutions SET ends_at = now() WHERE id = $1", UUID(given["id"]))
    early = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()

    async def signal(**more: Any) -> Any:
        command = str(uuid4())
        await handle.signal("approve", {"command_id": command, "actor": "manager2", "step": "first", **more})

        found: list[Any] = []

        async def entry() -> bool:
            items = await director.timeline(request["id"])
            found.extend(item for item in items if item["command_id"] == command)
            return bool(found)

        await eventually(entry)
        return found[0]

    back_dated = await signal(said_at=given["made_at"], note=early)
    assert (back_dated["outcome"], back_dated["reason"]) == ("refused", "not_your_step")
    await _away(director, "manager2")
    wrong = await signal(**{"for": "manager1"})
    assert (wrong["outcome"], wrong["reason"]) == ("refused", "not_your_step")
    right = await signal(**{"for": "director1"})
    assert (right["outcome"], right["acted_for"]["username"]) == ("accepted", "director1")


WRONG = [
    pytest.param({"substitute": "director1"}, "/substitute", id="for oneself"),
    pytest.param({"substitute": "nobody"}, "/substitute", id="to nobody"),
    pytest.param({"until": "2020-01-01T00:00:00Z"}, "/until", id="over"),
    pytest.param({"until": "2099-01-01T00:00:00Z"}, "/until", id="longer than 90 days"),
    pytest.param({"from": "2098-01-02T00:00:00Z", "until": "2098-01-01T00:00:00Z"}, "/until", id="backwards"),
    pytest.param({"processes": ["none"]}, "/processes/0", id="of no process"),
    pytest.param({"departments": ["none"]}, "/departments/0", id="of no department"),
    pytest.param({"reason": " "}, "/reason", id="without a reason"),
    pytest.param({"ceiling": {"amount": "-1"}}, "/ceiling/amount", id="with a ceiling below zero"),
    pytest.param({"until": "2099-01-01"}, "/until", id="until no time"),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG)
async def test_a_wrong_substitution_is_refused_by_field_and_remedy(
    sign_in: SignIn, changes: dict[str, Any], pointer: str
) -> None:
    answer = await (await sign_in("director1")).call("POST", "/substitutions", _body("manager2") | changes)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_own_ones_are_listed_given_and_received_and_an_admin_sees_and_makes_all(sign_in: SignIn) -> None:
    director, manager, other = [await sign_in(name) for name in ("director1", "manager2", "sales2")]
    admin = await sign_in("admin1")
    mine = await _away(director, "manager2")
    assert (mine["state"], mine["processes"], mine["ceiling"]) == ("active", None, None)
    long = await _away(admin, "manager2", person="manager1", until="2099-01-01T00:00:00Z", ceiling={"amount": "5"})
    assert (long["person"]["username"], long["made_by"]["username"]) == ("manager1", "admin1")
    forbidden = await director.call("POST", "/substitutions", _body("manager2", person="manager1"))
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")

    async def listed(client: ApiClient, query: str = "") -> set[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = await client.get(f"/substitutions?limit=1{query}{cursor}")
            found |= {item["id"] for item in page["items"] if item["state"] == "active"}
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert await listed(director) == {mine["id"]}
    assert await listed(manager) == {mine["id"], long["id"]}
    assert await listed(other) == set()
    assert await listed(admin) == {mine["id"], long["id"]}
    assert await listed(admin, "&person=manager1") == {long["id"]}
    for client, status in ((other, 404), (manager, 403), (director, 204), (director, 204)):
        assert (await client.call("DELETE", f"/substitutions/{mine['id']}")).status_code == status
    again = await director.get("/substitutions?limit=200")
    (kept,) = (item for item in again["items"] if item["id"] == mine["id"])
    assert (kept["state"], kept["revoked_by"]["username"]) == ("revoked", "director1")


async def test_the_same_key_makes_one_substitution(sign_in: SignIn) -> None:
    director, key = await sign_in("director1"), str(uuid4())
    body = _body("manager2")
    made = [await director.call("POST", "/substitutions", body, Idempotency_Key=key) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json() == made[1].json()


async def test_one_person_has_somebody_stand_in_for_them_so_often_and_no_more(sign_in: SignIn) -> None:
    sales = await sign_in("sales2")
    made = [await _away(sales, "manager2") for _ in range(5)]
    answer = await sales.call("POST", "/substitutions", _body("manager2"))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/substitute"]
    await _away(sales, "director1")
    assert (await sales.call("DELETE", f"/substitutions/{made[0]['id']}")).is_success
    await _away(sales, "manager2")


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:00Z", "0001-01-01T00:00:00Z", "2101-01-01T00:00:00Z"])
@pytest.mark.parametrize("field", ["from", "until"])
async def test_a_time_that_no_calendar_knows_is_refused_at_its_field(sign_in: SignIn, field: str, moment: str) -> None:
    admin = await sign_in("admin1")
    answer = await admin.call("POST", "/substitutions", _body("manager2", **{field: moment}))
    assert answer.status_code == 422
    assert f"/{field}" in [error["pointer"] for error in answer.json()["errors"]]


async def test_of_processes_that_were_never_published_nobody_learns_the_key(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales2")
    document = {"schema_version": 1, "key": "secret-draft", "name": "x", "steps": [_step("one", "manager1")]}
    assert (await admin.call("PUT", "/processes/secret-draft/draft", document)).status_code == 200
    told = []
    for key in ("secret-draft", "no-such-process"):
        answer = await sales.call("POST", "/substitutions", _body("manager2", processes=[key]))
        told.append((answer.status_code, answer.json()["errors"][0]["pointer"]))
    assert told == [(422, "/processes/0")] * 2
