"""A session of the pages is the database's: it ends when it is ended or its time is over, for every process and every copy."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr
from structlog.testing import capture_logs

from application.sessions import MOST_OF_ONE
from crm import retention, sessions
from crm.pool import Pool
from crm.retention import Passing, Retention
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.web.browser import Visitor, visitor
from web.session import signer

SECRET = "s" * 40


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer) -> Settings:
    """With a secret that all processes know."""
    return Settings(database_url=database_url, demo_mode=True, session_secret=SecretStr(SECRET))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other_process(settings: Settings, app: FastAPI) -> AsyncIterator[FastAPI]:
    """Another process that serves the same pages."""
    other = create_app(settings)
    async with other.router.lifespan_context(other):
        yield other


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _nobody_is_signed_in(pool: Pool) -> None:
    await pool.execute("DELETE FROM sessions")


def cookie_of(person: Visitor) -> dict[str, str]:
    """A copy of somebody's cookie, as a header."""
    return {"Cookie": f"session={person.http.cookies['session']}"}


def content_of(person: Visitor) -> dict[str, object]:
    content: dict[str, object] = json.loads(b64decode(person.http.cookies["session"].split(".")[0]))
    return content


async def is_in(app: FastAPI, cookie: dict[str, str]) -> bool:
    """Whether a browser with this cookie is signed in."""
    async with visitor(app) as browser:
        return (await browser.http.get("/requests", headers=cookie)).status_code == 200


async def count(pool: Pool, username: str = "sales1") -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM sessions WHERE username = $1", username)
    return found


async def test_a_copied_cookie_is_dead_in_every_process_once_its_owner_has_signed_out(
    app: FastAPI, other_process: FastAPI
) -> None:
    async with visitor(app, "sales1") as person:
        copy = cookie_of(person)
        assert await is_in(app, copy)
        assert await is_in(other_process, copy)
        assert (await person.post("/sign-out", page="/requests")).status_code == 303
        assert not await is_in(app, copy)
        assert not await is_in(other_process, copy)


async def test_signing_out_everywhere_ends_every_session_of_this_person_alone(
    app: FastAPI, other_process: FastAPI
) -> None:
    async with (
        visitor(app, "sales1") as here,
        visitor(other_process, "sales1") as there,
        visitor(app, "sales2") as somebody_else,
    ):
        assert (await here.post("/sign-out/everywhere", page="/requests")).headers["location"] == "/sign-in"
        assert "You are signed out everywhere" in await here.read("/sign-in")
        assert (await there.get("/requests")).status_code == 303
        assert (await somebody_else.get("/requests")).status_code == 200


async def test_who_is_not_signed_in_any_more_signs_nobody_out(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person, visitor(app, "sales1"):
        token = await person.token("/requests")
        copy = cookie_of(person)
        await person.post("/sign-out", page="/requests")
        answer = await person.http.post("/sign-out/everywhere", data={"csrf_token": token}, headers=copy)
        assert answer.headers["location"] == "/sign-in"
        assert await count(pool) == 1


async def test_what_the_table_has_signs_nobody_in(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        key = str(content_of(person)["key"])
    row = await pool.fetchrow("SELECT * FROM sessions")
    assert row is not None
    assert len(key) >= 43  # 256 bits
    assert key not in str(dict(row))
    assert key.encode() not in row["key_hash"]


async def _read_stream(base_url: str, cookie: dict[str, str], opened: asyncio.Event) -> None:
    async with (
        httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False) as http,
        http.stream("GET", "/events", headers=cookie) as stream,
    ):
        async for _ in stream.aiter_lines():
            opened.set()


@pytest.mark.parametrize("how", ["sign out", "everywhere", "deactivated", "deleted"])
async def test_a_sessions_streams_end_with_it_whichever_process_ended_it(
    other_process: FastAPI, server_url: str, pool: Pool, how: str
) -> None:
    async with visitor(other_process, "sales2") as person, visitor(other_process, "sales1") as somebody_else:
        streams, opened = [], [asyncio.Event(), asyncio.Event(), asyncio.Event()]
        for whose, event in zip((person, person, somebody_else), opened, strict=True):
            streams.append(asyncio.create_task(_read_stream(server_url, cookie_of(whose), event)))
        async with asyncio.timeout(15):
            await asyncio.gather(*(event.wait() for event in opened))
        match how:
            case "sign out":
                await person.post("/sign-out", page="/requests")
            case "everywhere":
                await person.post("/sign-out/everywhere", page="/requests")
            case "deactivated":
                await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
                await pool.execute("UPDATE users SET active = true WHERE username = 'sales2'")
            case "deleted":
                await pool.execute("DELETE FROM sessions WHERE username = 'sales2'")
        async with asyncio.timeout(5):
            await asyncio.gather(*streams[:2])
        assert not streams[2].done()
        streams[2].cancel()


async def test_a_stream_whose_session_is_over_ends_although_nobody_told_it(
    app: FastAPI, server_url: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.streams.SESSIONS_SECONDS", 0.1)
    async with visitor(app, "sales1") as person:
        opened = asyncio.Event()
        stream = asyncio.create_task(_read_stream(server_url, cookie_of(person), opened))
        async with asyncio.timeout(15):
            await opened.wait()
            await pool.execute("UPDATE sessions SET ends_at = now()")
            await stream


async def test_a_session_ends_when_nobody_uses_it(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        await pool.execute("UPDATE sessions SET seen_at = now() - interval '59 minutes'")
        assert (await person.get("/requests")).status_code == 200  # which is use
        await pool.execute("UPDATE sessions SET seen_at = seen_at - interval '59 minutes'")
        assert (await person.get("/requests")).status_code == 200
        await pool.execute("UPDATE sessions SET seen_at = now() - interval '60 minutes'")
        assert (await person.get("/requests")).status_code == 303


async def test_a_session_ends_at_its_end_however_much_it_is_used(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        assert await pool.fetchval("SELECT ends_at - began_at = interval '12 hours' FROM sessions")
        await pool.execute("UPDATE sessions SET ends_at = now() + interval '1 minute'")
        assert (await person.get("/requests")).status_code == 200
        await pool.execute("UPDATE sessions SET ends_at = now()")
        assert (await person.get("/requests")).status_code == 303


async def test_an_open_page_that_nobody_looks_at_is_no_use(app: FastAPI, server_url: str, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        await pool.execute("UPDATE sessions SET seen_at = now() - interval '30 minutes'")
        before = await pool.fetchval("SELECT seen_at FROM sessions")
        assert (await person.get("/requests", X_Refresh="true")).status_code == 200
        opened = asyncio.Event()
        stream = asyncio.create_task(_read_stream(server_url, cookie_of(person), opened))
        await asyncio.wait_for(opened.wait(), 15)
        stream.cancel()
        assert await pool.fetchval("SELECT seen_at FROM sessions") == before


async def test_that_somebody_is_there_is_not_written_with_every_page(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        before = await pool.fetchval("SELECT seen_at FROM sessions")
        for _ in range(3):
            await person.read("/requests")
        assert await pool.fetchval("SELECT seen_at FROM sessions") == before


async def test_who_can_be_read_for_may_read_on_although_nothing_can_be_written(
    app: FastAPI, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_only(*_: object) -> None:
        raise asyncpg.DiskFullError

    async with visitor(app, "sales1") as person:
        await pool.execute("UPDATE sessions SET seen_at = now() - interval '30 minutes'")
        monkeypatch.setattr("crm.sessions.note_seen", read_only)
        assert (await person.get("/requests")).status_code == 200


async def test_signing_in_takes_a_new_key_and_ends_the_session_before(app: FastAPI, pool: Pool) -> None:
    async with visitor(app) as person:
        await person.read("/sign-in")
        before = cookie_of(person)
        await person.sign_in("sales1")
        first, first_key = cookie_of(person), content_of(person)["key"]
        await person.sign_in("sales1")
        assert content_of(person)["key"] != first_key
        assert await count(pool) == 1
        assert [await is_in(app, cookie) for cookie in (before, first, cookie_of(person))] == [False, False, True]


async def test_a_cookie_that_somebody_planted_before_is_no_way_in_afterwards(app: FastAPI) -> None:
    async with visitor(app, "sales2") as attacker, visitor(app) as victim:
        planted = cookie_of(attacker)
        victim.http.cookies.set("session", attacker.http.cookies["session"], domain="localhost.local")
        assert await is_in(app, planted)
        await victim.sign_in("sales1")
        assert "Nguyễn Văn An" in await victim.read("/requests")
        assert not await is_in(app, planted)
        assert (await attacker.get("/requests")).status_code == 303
        token = await attacker.token("/sign-in")
        answer = await victim.http.post("/sign-out", data={"csrf_token": token})
        assert answer.status_code == 403


async def test_visitors_who_are_not_signed_in_are_not_written_down(app: FastAPI, pool: Pool) -> None:
    async with visitor(app) as person:
        for address in ("/", "/sign-in", "/requests", "/events", "/no-such-page"):
            await person.get(address)
        await person.post("/language", {"language": "en"})
        await person.post("/sign-in", {"username": "nobody"})
        await person.post("/sign-out")
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 0


async def test_whoever_was_deactivated_has_no_session_and_gets_none_back(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales2") as person, visitor(app, "sales1") as somebody_else:
        try:
            await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
            assert (await person.get("/requests")).status_code == 303
            assert (await person.post("/sign-in", {"username": "sales2"})).status_code == 403
            assert await count(pool, "sales2") == 0
        finally:
            await pool.execute("UPDATE users SET active = true WHERE username = 'sales2'")
        assert (await person.get("/requests")).status_code == 303
        assert (await somebody_else.get("/requests")).status_code == 200


async def test_nobody_has_sessions_without_end(app: FastAPI, pool: Pool) -> None:
    cookies = []
    for _ in range(MOST_OF_ONE + 2):
        async with visitor(app, "sales1") as person:
            cookies.append(cookie_of(person))
        await pool.execute("UPDATE sessions SET seen_at = seen_at - interval '2 minutes'")
        assert await is_in(app, cookies[0])  # which stays in use
    assert await count(pool) == MOST_OF_ONE
    assert [await is_in(app, cookie) for cookie in cookies[:4]] == [True, False, False, True]


async def test_a_cookie_that_another_secret_signed_or_somebody_changed_is_no_good(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        content = b64encode(json.dumps(content_of(person)).encode())
        own = person.http.cookies["session"]
    signed = {name: signer(name * 40).sign(content).decode() for name in ("s", "t")}
    changed = f"{own[:5]}{'A' if own[5] != 'A' else 'B'}{own[6:]}"
    cookies = {
        "own": own,
        "signed anew": signed["s"],
        "another": signed["t"],
        "changed": changed,
        "none": content.decode(),
    }
    found = {name: await is_in(app, {"Cookie": f"session={value}"}) for name, value in cookies.items()}
    assert found == {"own": True, "signed anew": True, "another": False, "changed": False, "none": False}


async def test_the_cookie_is_signed_with_nothing_less_than_sha_256(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        signature = person.http.cookies["session"].rsplit(".", 1)[1]
    assert len(urlsafe_b64decode(f"{signature}=")) == 32


async def test_who_comes_and_goes_is_in_the_log(app: FastAPI) -> None:
    with capture_logs() as logs:
        async with visitor(app, "sales1") as person:
            key = str(content_of(person)["key"])
            await person.post("/sign-in", {"username": "nobody"})
            await person.post("/sign-out/everywhere", page="/requests")
            await person.sign_in("sales1")
            await person.post("/sign-out", page="/requests")
    said = [(line["event"], line.get("caller") or line.get("username")) for line in logs if line["event"] != "call"]
    assert said == [
        ("signed in", "sales1"),
        ("a sign-in was refused", "nobody"),
        ("signed out everywhere", "sales1"),
        ("signed in", "sales1"),
        ("signed out", "sales1"),
    ]
    assert key not in str(logs)


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_hosts_whose_clocks_differ_take_each_others_cookies(
    app: FastAPI, other_process: FastAPI, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr("itsdangerous.timed.time.time", lambda: now + seconds)
        async with visitor(app, "sales1") as person:
            cookie = cookie_of(person)
    assert await is_in(other_process, cookie)


async def test_a_tab_that_is_still_open_after_signing_out_in_another_one_does_nothing_more(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        token = await person.token("/requests/new")  # of one tab
        await person.post("/sign-out", page="/requests")  # in the other
        sent_from = {"Referer": "http://localhost/requests/new?form=1"}
        answer = await person.http.post("/requests/new", data={"csrf_token": token, "purpose": "x"}, headers=sent_from)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/requests/new%3Fform%3D1")
        assert "Nothing was done yet." in await person.read(answer.headers["location"])
        assert (await person.get("/requests")).headers["location"] == "/sign-in?next=/requests"


@pytest.mark.parametrize("referer", ["https://evil.example/requests", "http://localhost//evil.example", "nowhere", ""])
async def test_signing_in_leads_back_to_no_other_site_than_ours(app: FastAPI, referer: str) -> None:
    async with visitor(app) as person:
        answer = await person.http.post("/requests/new", data={"purpose": "x"}, headers={"Referer": referer})
        assert answer.status_code == 303
        assert answer.headers["location"] in ("/sign-in", "/sign-in?next=/")


async def test_two_people_in_two_tabs_of_one_browser_are_never_taken_for_each_other(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        token = await person.token("/requests/new")
        await person.sign_in("sales2")
        answer = await person.http.post("/requests/new", data={"csrf_token": token, "purpose": "x"})
        assert answer.status_code == 403


async def test_a_copy_of_an_old_cookie_takes_nothing_of_its_owners_share_and_asks_the_database_once(
    settings: Settings, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = create_app(settings.model_copy(update={"read_limit_per_minute": 5}))
    asked = 0
    find = sessions.find

    async def counted(*args: Any, **more: Any) -> sessions.SignedIn | None:
        nonlocal asked
        asked += 1
        return await find(*args, **more)

    async with strict.router.lifespan_context(strict), visitor(strict, "sales1") as person:
        copy = cookie_of(person)
        await person.post("/sign-out", page="/sign-in")
        monkeypatch.setattr("crm.sessions.find", counted)
        for _ in range(20):
            assert not await is_in(strict, copy)
        assert asked == 1
        await person.sign_in("sales1")
        assert (await person.get("/requests")).status_code == 200


async def test_housekeeping_forgets_what_has_ended(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1"), visitor(app, "sales2"):
        await pool.execute("UPDATE sessions SET ends_at = now() - interval '25 hours' WHERE username = 'sales1'")
        await pool.execute("UPDATE sessions SET ends_at = now() - interval '23 hours' WHERE username = 'sales2'")
        assert await retention.forget_some(pool, Passing.SESSIONS, Retention()) == 1
    assert (await count(pool, "sales1"), await count(pool, "sales2")) == (0, 1)
