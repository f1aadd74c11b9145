"""One user takes a fair share: so many calls in a minute, so many at the same time; others go on, and nobody is exempt.

What is counted is counted in the database: connections of the application that wait for a table which a test has locked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from application.fair_use import FairUse
from crm.pool import Pool
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.api.test_locks import WAITING
from tests.api.test_problems import client, problem
from tests.clients import BASE, ApiClient, request_body
from tests.eventually import eventually
from tests.statements import asked_by, listen
from tests.web.browser import visitor

Limited = Callable[..., AbstractAsyncContextManager[tuple[FastAPI, httpx.AsyncClient]]]


@pytest.fixture
def limited(database_url: str, temporal: TemporalServer) -> Limited:
    """The application with limits of the test's own."""

    @asynccontextmanager
    async def limited(**limits: Any) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
        app = create_app(Settings(database_url=database_url, demo_mode=True, **{"turn_seconds": 0, **limits}))
        async with client(app) as http:
            yield app, http

    return limited


@asynccontextmanager
async def locked(pool: Pool, table: str) -> AsyncIterator[None]:
    """Nobody else reads a table."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


async def wait_for(pool: Pool, connections: int) -> None:
    """Wait until so many connections wait for a lock, and see that it does not become more."""

    async def waiting() -> bool:
        return bool(await pool.fetchval(WAITING) >= connections)

    await eventually(waiting)
    await asyncio.sleep(0.2)
    assert await pool.fetchval(WAITING) == connections


def calls(user: ApiClient, path: str, number: int) -> list[asyncio.Task[httpx.Response]]:
    return [asyncio.create_task(user.call("GET", path)) for _ in range(number)]


async def test_of_thirty_lists_at_once_three_are_worked_on_and_the_others_hold_no_connection(
    limited: Limited, pool: Pool
) -> None:
    async with limited() as (app, http):
        one, other = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "sales2")
        async with locked(pool, "sources"):
            lists = calls(one, "/sales-orders", 30)
            await wait_for(pool, 3)
            connections: Pool = app.state.pool
            assert connections.get_size() - connections.get_idle_size() == 3
            assert (await other.call("GET", "/connection")).status_code == 200
            assert (await one.call("GET", "/connection")).status_code == 200  # their own smaller calls go on, too
        assert {answer.status_code for answer in await asyncio.gather(*lists)} == {200}


async def test_of_many_calls_at_once_so_many_are_worked_on(limited: Limited, pool: Pool) -> None:
    async with limited(calls_at_once=3) as (_, http):
        one, other = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "sales2")
        draft = await one.create()
        async with locked(pool, "notes"):
            reads = calls(one, f"/purchase-requests/{draft['id']}", 12)
            await wait_for(pool, 3)
            assert (await other.call("GET", "/me")).status_code == 200
        assert {answer.status_code for answer in await asyncio.gather(*reads)} == {200}


async def test_calls_that_follow_each_other_are_no_more_than_may_be_at_once(limited: Limited) -> None:
    async with limited(calls_at_once=3, heavy_reads_at_once=2, turn_seconds=60, call_wait_seconds=0.05) as (app, http):
        one, other = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "sales2")
        answers = [await one.call("GET", "/purchase-requests") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert (await one.call("GET", "/me")).status_code == 200
        problem(await one.call("GET", "/me"), "too_many_requests")
        async with visitor(app, "sales1") as person:
            assert (await person.get("/inbox")).status_code == 429
        assert (await other.call("GET", "/me")).status_code == 200


async def test_a_program_that_makes_ten_calls_at_once_notices_nothing(limited: Limited) -> None:
    async with limited() as (_, http):
        one = await ApiClient.signed_in(http, "sales1")
        for path in ("/me", "/purchase-requests", "/sales-orders"):
            answers = await asyncio.gather(*calls(one, path, 10))
            assert {answer.status_code for answer in answers} == {200}, path


async def test_a_call_whose_turn_does_not_come_is_told_to_come_again(limited: Limited, pool: Pool) -> None:
    async with limited(heavy_reads_at_once=1, call_wait_seconds=0.1) as (_, http):
        one = await ApiClient.signed_in(http, "sales1")
        async with locked(pool, "sources"):
            first = calls(one, "/sales-orders", 1)
            await wait_for(pool, 1)
            second = await one.call("GET", "/opportunities")
        problem(second, "too_many_requests")
        assert int(second.headers["retry-after"]) > 0
        assert (await first[0]).status_code == 200
        assert (await one.call("GET", "/opportunities")).status_code == 200


async def test_pages_and_the_api_share_the_turns_of_a_user(limited: Limited, pool: Pool) -> None:
    async with limited(heavy_reads_at_once=1, call_wait_seconds=0.1) as (app, http):
        one = await ApiClient.signed_in(http, "sales1")
        async with visitor(app, "sales1") as own, visitor(app, "sales2") as other, locked(pool, "sources"):
            lists = calls(one, "/sales-orders", 1)
            await wait_for(pool, 1)
            page = await own.get("/inbox")
            assert page.status_code == 429
            assert int(page.headers["retry-after"]) > 0
            assert page.headers["content-type"].startswith("text/html")
            assert "Wait a moment" in page.text
            assert (await own.get("/requests/new")).status_code == 200
            assert (await other.get("/requests/new")).status_code == 200
        assert (await lists[0]).status_code == 200


async def test_a_turn_ends_with_its_call_whatever_comes_of_it(
    limited: Limited, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with limited(calls_at_once=1, heavy_reads_at_once=1, call_wait_seconds=0.1) as (app, http):
        one = await ApiClient.signed_in(http, "sales1")
        async with visitor(app, "sales1") as person:
            assert (await one.call("GET", f"/purchase-requests/{uuid4()}")).status_code == 404
            assert (await one.call("PUT", "/connection", {"process_key": "x"})).status_code == 403
            assert (await one.call("POST", "/purchase-requests", {"purpose": ""})).status_code == 422
            assert (await one.call("GET", "/inbox?limit=0")).status_code == 422
            assert (await person.get(f"/requests/{uuid4()}")).status_code == 404
            assert (await person.get("/nowhere")).status_code == 404
            with monkeypatch.context() as broken:
                broken.setattr("crm.inbox.page", None)
                assert (await one.call("GET", "/inbox")).status_code == 500
                assert (await person.get("/inbox")).status_code == 500
            assert (await person.get("/inbox")).status_code == 200
            assert (await one.call("GET", "/inbox")).status_code == 200


async def test_whoever_goes_away_while_waiting_or_while_being_answered_keeps_no_turn(
    limited: Limited, pool: Pool
) -> None:
    async with limited(heavy_reads_at_once=1) as (_, http):
        one = await ApiClient.signed_in(http, "sales1")
        async with locked(pool, "sources"):
            lists = calls(one, "/sales-orders", 3)
            await wait_for(pool, 1)
            for waiting in lists:
                waiting.cancel()
            await asyncio.gather(*lists, return_exceptions=True)
        assert (await one.call("GET", "/sales-orders")).status_code == 200


@pytest.mark.parametrize("username", ["sales1", "admin1", "purchasing1"])
async def test_too_many_reads_of_one_user_are_refused_and_writes_and_others_go_on(
    limited: Limited, username: str
) -> None:
    async with limited(read_limit_per_minute=3) as (app, http):
        one, other = await ApiClient.signed_in(http, username), await ApiClient.signed_in(http, "sales2")
        answers = [await one.call("GET", path) for path in ("/me", "/inbox", "/me", "/me")]
        assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
        problem(answers[3], "too_many_requests")
        assert 0 < int(answers[3].headers["retry-after"]) <= 60
        async with visitor(app, username) as person:
            assert (await person.get("/inbox")).status_code == 429
            assert (await person.get("/events")).status_code == 429
        assert (await one.call("PUT", "/connection", {})).status_code in (403, 422)
        assert (await other.call("GET", "/me")).status_code == 200


async def test_too_many_writes_of_one_user_are_refused_and_reads_go_on(limited: Limited) -> None:
    async with limited(rate_limit_per_minute=3) as (_, http):
        sales, other = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "sales2")
        answers = [await sales.call("POST", "/purchase-requests", request_body()) for _ in range(4)]
        assert [answer.status_code for answer in answers[:3]] == [201, 201, 201]
        problem(answers[3], "too_many_requests")
        assert 0 < int(answers[3].headers["retry-after"]) <= 60
        assert (await sales.call("GET", "/purchase-requests")).status_code == 200
        assert (await other.call("POST", "/purchase-requests", request_body())).status_code == 201


async def test_over_the_limit_no_key_is_claimed_and_the_refusal_is_not_kept(limited: Limited, pool: Pool) -> None:
    async with limited(rate_limit_per_minute=1) as (app, http):
        sales, key = await ApiClient.signed_in(http, "sales1"), str(uuid4())
        assert (await sales.call("POST", "/purchase-requests", request_body())).status_code == 201
        before = await pool.fetchval("SELECT count(*) FROM idempotency_keys")
        for used in (key, key, str(uuid4())):
            answer = await sales.call("POST", "/purchase-requests", request_body(), Idempotency_Key=used)
            problem(answer, "too_many_requests")
            assert "idempotent-replayed" not in answer.headers
        assert await pool.fetchval("SELECT count(*) FROM idempotency_keys") == before
        app.state.fair_use = FairUse(Settings(database_url="postgresql://", demo_mode=True).fair_use)
        answer = await sales.call("POST", "/purchase-requests", request_body(), Idempotency_Key=key)
        assert answer.status_code == 201


async def test_whoever_is_refused_asks_nothing_of_the_database(
    limited: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(monkeypatch)
    async with limited(read_limit_per_minute=1) as (app, http):
        one = await ApiClient.signed_in(http, "sales1")
        async with visitor(app, "sales1") as person:
            assert len(await asked_by(one.call("GET", "/me"))) == 1
            assert await asked_by(one.call("GET", "/me")) == []
            assert await asked_by(person.get("/inbox")) == []
            assert (await person.get("/inbox")).status_code == 429


async def test_every_list_the_timeline_and_reports_are_heavy_reads(http: httpx.AsyncClient) -> None:
    document = (await http.get(f"{BASE}/openapi.json")).json()
    lists = {
        path
        for path, operations in document["paths"].items()
        for answer in [operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})]
        for media in answer.values()
        if "next_cursor" in document["components"]["schemas"].get(_name(media["schema"]), {}).get("properties", {})
    }
    heavy = {path for path, operations in document["paths"].items() if operations.get("get", {}).get("x-heavy-read")}
    assert len(lists) >= 6
    others = {f"{BASE}/purchase-requests/{{request_id}}/timeline", f"{BASE}/processes/{{key}}/draft/matrix"}
    others |= {f"{BASE}/processes/{{key}}/impact"}
    others |= {f"{BASE}/reports/{report}" for report in ("ageing", "cycle-times", "returns", "spend", "workload")}
    assert lists | others == heavy


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rsplit("/", 1)[-1]
