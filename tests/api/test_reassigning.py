"""Giving what waits on somebody to others, in one go, on the real engine and database. Source: processes.md, "Who decides when
somebody is away".
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI

from application.delivery.relay import deliver_pending
from crm import commands
from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")

LEAVER = "leaver1"


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def somebody_who_leaves(sign_in: SignIn, pool: Pool) -> AsyncIterator[None]:
    """Somebody who approves and reports to a director; at the end they have left, and the demo's process is connected."""
    await pool.execute(
        """INSERT INTO users (username, name, roles, manager) VALUES ('leaver1', 'Vũ Thị Nghỉ', '{approver}', 'director1')
           ON CONFLICT (username) DO UPDATE SET active = true, roles = '{approver}'"""
    )
    yield
    await _leaves(pool)
    await connect(await sign_in("admin1"), "purchase-approval")


async def _leaves(pool: Pool) -> None:
    await pool.execute("UPDATE users SET active = false WHERE username = 'leaver1'")


async def _sent(sign_in: SignIn, key: str, steps: list[dict[str, Any]], count: int = 1) -> list[str]:
    admin, seller = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, key, steps)
    await connect(admin, key)
    return [(await seller.create(lines=SMALL, send={}))["id"] for _ in range(count)]


def _step(key: str, *usernames: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "approvers": [{"user": username} for username in usernames], **more}


async def _reassign(client: ApiClient, to: str, *, dry_run: bool = False, status: int = 200, **more: Any) -> Any:
    answer = await client.call("POST", f"/people/{LEAVER}/reassign", {"to": to, "dry_run": dry_run}, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


async def _places(client: ApiClient, request_id: str) -> list[dict[str, str]]:
    run = (await client.request(request_id))["run"]
    return [{one["person"]["username"]: one["state"] for one in step["assignments"]} for step in run["steps"]]


async def test_what_waits_on_a_leaver_is_listed_first_and_then_goes_to_their_manager(
    sign_in: SignIn, pool: Pool
) -> None:
    steps = [_step("first", LEAVER), _step("second", "manager2", LEAVER, decision="all")]
    ids = await _sent(sign_in, "people-manager", steps, 2)
    stuck = await _sent(sign_in, "people-stuck", [_step("only", LEAVER, "director1", decision="all")])
    await _leaves(pool)
    admin = await sign_in("admin1")
    before = [await admin.request(request_id) for request_id in ids]
    shown = await _reassign(admin, "manager", dry_run=True)
    assert shown["requests"] == 3
    told = {
        (one["request_id"], one["step"]): (one["outcome"], [p["username"] for p in one["to"]], one["code"])
        for one in shown["would_move"]
    }
    assert told == {
        **{(request_id, key): ("would_move", ["director1"], None) for request_id in ids for key in ("first", "second")},
        (stuck[0], "only"): ("stays", [], "not_eligible"),
    }
    assert [await admin.request(request_id) for request_id in ids] == before, "nothing was done"

    done = await _reassign(admin, "manager")
    assert {one["request_id"]: (one["status"], one["code"]) for one in done["moved"]} == {
        **dict.fromkeys(ids, ("applied", None)),
        stuck[0]: ("refused", "not_eligible"),
    }
    for request_id in ids:
        assert await _places(admin, request_id) == [
            {"director1": "open", LEAVER: "forwarded"},
            {"director1": "waiting", LEAVER: "forwarded", "manager2": "waiting"},
        ]
        last = (await admin.timeline(request_id))[-1]
        assert (last["action"], last["actor"]["username"], last["channel"]) == ("reassign", "admin1", "api")
        assert last["note"] == "Vũ Thị Nghỉ (leaver1) → Trần Thị Minh Nguyệt (director1)"
    assert (await admin.timeline(stuck[0]))[-1]["reason"] == "not_eligible"
    left = await _reassign(admin, "manager2", dry_run=True)
    assert [one["request_id"] for one in left["would_move"]] == stuck
    assert (await _reassign(admin, "manager2"))["moved"][0]["status"] == "applied"


async def test_a_call_that_is_made_again_moves_nothing_twice(sign_in: SignIn, pool: Pool) -> None:
    (request_id,) = await _sent(sign_in, "people-twice", [_step("first", LEAVER)])
    await _leaves(pool)
    admin, key = await sign_in("admin1"), str(uuid4())
    answers = [await _reassign(admin, "manager2", Idempotency_Key=key) for _ in range(2)]
    assert answers[0] == answers[1]
    entries = [entry for entry in await admin.timeline(request_id) if entry["action"] == "reassign"]
    assert len(entries) == 1
    assert (await _reassign(admin, "manager2"))["moved"] == []


async def test_it_is_resolved_again_by_the_process_of_each_request(sign_in: SignIn, pool: Pool) -> None:
    step = {"key": "first", "name": "first", "approvers": [{"role": "approver-of-people"}]}
    await pool.execute("UPDATE users SET roles = roles || '{approver-of-people}' WHERE username = ANY ($1)", [LEAVER])
    (request_id,) = await _sent(sign_in, "people-resolve", [step])
    await pool.execute("UPDATE users SET roles = roles || '{approver-of-people}' WHERE username = 'manager2'")
    admin = await sign_in("admin1")
    shown = await _reassign(admin, "resolve", dry_run=True)
    assert [(one["outcome"], one["code"]) for one in shown["would_move"]] == [("stays", "not_eligible")]
    await _leaves(pool)
    assert (await _reassign(admin, "resolve"))["moved"][0]["status"] == "applied"
    assert await _places(admin, request_id) == [{LEAVER: "forwarded", "manager2": "open"}]
    await pool.execute("UPDATE users SET roles = array_remove(roles, 'approver-of-people')")


async def test_nobody_gets_their_own_request_by_it(sign_in: SignIn, pool: Pool) -> None:
    (request_id,) = await _sent(sign_in, "people-own", [_step("first", LEAVER)])
    await _leaves(pool)
    admin = await sign_in("admin1")
    shown = await _reassign(admin, "sales1", dry_run=True)
    assert [one["code"] for one in shown["would_move"]] == ["approver_not_eligible"]
    assert (await _reassign(admin, "sales1"))["moved"][0]["code"] == "approver_not_eligible"
    assert await _places(admin, request_id) == [{LEAVER: "open"}]
    assert (await _reassign(admin, "manager2"))["moved"][0]["status"] == "applied"


async def test_it_is_for_admins_and_for_people_there_are(sign_in: SignIn) -> None:
    refused = await (await sign_in("manager1")).call("POST", f"/people/{LEAVER}/reassign", {"to": "x", "dry_run": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    admin = await sign_in("admin1")
    missing = await admin.call("POST", "/people/nobody/reassign", {"to": "manager", "dry_run": False})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    wrong = await admin.call("POST", f"/people/{LEAVER}/reassign", {"to": "nobody", "dry_run": False})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/to")


async def test_what_the_call_does_not_give_to_the_engine_itself_waits_in_the_crm_and_is_done_once(
    sign_in: SignIn, pool: Pool, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await _sent(sign_in, "people-many", [_step("first", LEAVER)], 3)
    await _leaves(pool)
    monkeypatch.setattr("application.reassigning.GIVEN_AT_ONCE", 1)
    admin = await sign_in("admin1")
    done = await _reassign(admin, "manager2", status=202)
    assert sorted(one["status"] for one in done["moved"]) == ["accepted", "accepted", "applied"]
    waiting = [
        one
        for one in await commands.claim_undelivered(pool, older_than_seconds=0, limit=100)
        if str(one.request_id) in ids
    ]
    for _ in range(2):
        for command in waiting:
            await deliver_pending(pool, app.state.engine, command)

    async def all_moved() -> bool:
        return all([await _places(admin, one) == [{LEAVER: "forwarded", "manager2": "open"}] for one in ids])

    await eventually(all_moved)
    counted = await pool.fetchval(
        "SELECT count(*) FROM timeline WHERE request_id = ANY ($1) AND action = 'reassign' AND accepted",
        [UUID(one) for one in ids],
    )
    assert counted == 3
