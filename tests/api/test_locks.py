"""Many who want to change one request hold up nobody else: few connections wait for its lock, and none for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.api.test_problems import problem
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import value_of, visitor

pytestmark = pytest.mark.usefixtures("running_worker")

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
"""Connections that wait for somebody else's lock."""


@asynccontextmanager
async def held(pool: Pool, request_id: str) -> AsyncIterator[None]:
    """Somebody else is changing a request, as an edit in another process does."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR NO KEY UPDATE", UUID(request_id))
        yield


def edit(owner: ApiClient, request_id: str, purpose: str = "Khác") -> asyncio.Task[httpx.Response]:
    return asyncio.create_task(
        owner.call("PATCH", f"/purchase-requests/{request_id}", {"purpose": purpose}, If_Match="*")
    )


async def someone_waits(pool: Pool) -> None:
    async def waiting() -> bool:
        return bool(await pool.fetchval(WAITING))

    await eventually(waiting)


async def test_of_forty_edits_at_once_one_waits_for_the_lock_and_everybody_else_goes_on(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, other, manager = await sign_in("sales1"), await sign_in("sales2"), await sign_in("manager1")
    draft, others = await sales.create(), await sent(other, lines=SMALL)
    async with held(pool, draft["id"]):
        edits = [edit(sales, draft["id"], f"{number}") for number in range(40)]
        await someone_waits(pool)
        assert (await manager.request(others["id"]))["process_status"] == "in_progress"
        assert (await manager.done(others["id"], "approve", {"step": "manager"}))["process_status"] == "completed"
        assert await pool.fetchval(WAITING) == 1
    answers = await asyncio.gather(*edits)
    assert {answer.status_code for answer in answers} <= {200, 409}
    made = [answer for answer in answers if answer.status_code == 200]
    assert made
    assert (await sales.request(draft["id"]))["version"] == draft["version"] + len(made)
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, "request_busy")


async def test_who_waited_too_long_is_told_to_come_again_and_it_is_on_no_timeline(
    sign_in: SignIn, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pool.LOCK_SECONDS", 0.05)
    sales = await sign_in("sales1")
    draft = await sales.create()
    path = f"/purchase-requests/{draft['id']}"
    async with held(pool, draft["id"]):
        answers = [
            await sales.call("PATCH", path, {"purpose": "Khác"}, If_Match="*"),
            await sales.call("DELETE", path),
            await sales.act(draft["id"], "send"),
        ]
    for answer in answers:
        problem(answer, "request_busy")
        assert answer.status_code == 409
        assert int(answer.headers["retry-after"]) > 0
        assert "just now" in answer.json()["detail"]
    assert [item["action"] for item in await sales.timeline(draft["id"])] == ["create"]
    assert (await sales.done(draft["id"], "send"))["process_status"] == "in_progress"


async def test_to_come_again_is_not_kept_as_the_answer_for_an_idempotency_key(
    sign_in: SignIn, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pool.LOCK_SECONDS", 0.05)
    sales, key = await sign_in("sales1"), str(uuid4())
    draft = await sales.create()
    async with held(pool, draft["id"]):
        problem(await sales.act(draft["id"], "send", Idempotency_Key=key), "request_busy")
    sent_now = await sales.act(draft["id"], "send", Idempotency_Key=key)
    assert sent_now.status_code == 200
    assert "idempotent-replayed" not in sent_now.headers


async def test_on_the_page_of_who_waited_too_long_what_was_typed_stays(
    app: FastAPI, sign_in: SignIn, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pool.LOCK_SECONDS", 0.05)
    draft = await (await sign_in("sales1")).create()
    page = f"/requests/{draft['id']}/edit"
    typed = {"version": "1", "purpose": "Màn hình cho phòng họp", "currency": "VND"}
    typed |= {"lines.0.product_code": "LT-T14", "lines.0.quantity": "1", "lines.0.unit_price": "1"}
    async with visitor(app, "sales1") as person:
        form = await person.read(page)
        async with held(pool, draft["id"]):
            answer = await person.post(page, typed, page=page)
        assert "Somebody is changing this request" in answer.text
        assert "Màn hình cho phòng họp" in answer.text
        assert value_of(answer.text, "version") == value_of(form, "version")


@pytest.mark.parametrize(("username", "code"), [("sales2", "not_found"), ("manager1", "forbidden")])
async def test_whoever_may_not_change_a_request_waits_for_nobody_who_does(
    sign_in: SignIn, pool: Pool, username: str, code: str
) -> None:
    sales, somebody = await sign_in("sales1"), await sign_in(username)
    draft = await sales.create()
    path = f"/purchase-requests/{draft['id']}"
    async with asyncio.timeout(5), held(pool, draft["id"]):
        problem(await somebody.call("PATCH", path, {"purpose": "Khác"}, If_Match="*"), code)
        problem(await somebody.call("DELETE", path), code)
        problem(await somebody.act(draft["id"], "send"), code)
        own = edit(sales, draft["id"])
        await someone_waits(pool)
        problem(await somebody.call("PATCH", path, {"purpose": "Khác"}, If_Match="*"), code)
        assert await pool.fetchval(WAITING) == 1
    assert (await own).status_code == 200


async def test_strangers_who_try_take_no_lock_that_the_owner_would_wait_for(sign_in: SignIn, pool: Pool) -> None:
    sales, stranger = await sign_in("sales1"), await sign_in("sales2")
    draft = await sales.create()
    async with pool.acquire() as connection, connection.transaction():
        # Whoever takes the row's lock would wait for this one, even for a moment.
        await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", UUID(draft["id"]))
        answers = await asyncio.wait_for(asyncio.gather(*(edit(stranger, draft["id"]) for _ in range(40))), 5)
    assert {answer.status_code for answer in answers} == {404}


async def test_reports_of_purchasing_on_one_request_wait_one_at_a_time(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, purchasing = await sign_in("sales1"), await sign_in("manager1"), await sign_in("purchasing1")
    request = await completed(sales, manager)
    event = {"occurred_at": "2025-12-01T00:00:00Z", "request_number": request["number"], "purchase_status": "ordered"}
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM runs WHERE request_id = $1 FOR UPDATE", UUID(request["id"]))
        reports = [
            asyncio.create_task(purchasing.call("POST", "/purchasing/events", {"event_id": str(uuid4()), **event}))
            for _ in range(10)
        ]
        await someone_waits(pool)
        assert (await purchasing.request(request["id"]))["purchase_status"] is None
        assert await pool.fetchval(WAITING) == 1
    assert {answer.status_code for answer in await asyncio.gather(*reports)} == {200}
