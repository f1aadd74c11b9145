"""Open pages hear of changes: only of requests that their user may see, and they never hold up a shutdown."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from application.streams import Streams
from crm.pool import Pool
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import Visitor
from web.routes.events import RETRY_ELSEWHERE


async def _listen(base_url: str, username: str, heard: list[str], ready: asyncio.Event) -> None:
    async with httpx.AsyncClient(base_url=base_url, timeout=30) as http:
        await Visitor(http).sign_in(username)
        async with http.stream("GET", "/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            async for line in stream.aiter_lines():
                ready.set()
                if line.startswith("data: "):
                    heard.append(line.removeprefix("data: "))


async def test_a_change_is_told_to_those_who_may_see_the_request(server_url: str, sign_in: SignIn) -> None:
    heard: dict[str, list[str]] = {"sales1": [], "sales2": []}
    ready = {name: asyncio.Event() for name in heard}
    listening = [asyncio.create_task(_listen(server_url, name, heard[name], ready[name])) for name in heard]
    async with asyncio.timeout(15):
        for event in ready.values():
            await event.wait()
        request = await (await sign_in("sales1")).create()
        while not heard["sales1"]:  # noqa: ASYNC110 - the stream fills a list
            await asyncio.sleep(0.02)
    assert set(heard["sales1"]) == {request["id"]}
    assert heard["sales2"] == []
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def test_what_is_said_about_a_request_is_told_to_those_who_see_it_watchers_included(
    server_url: str, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    request, other = await sales.create(), await sales.create()
    path = f"/purchase-requests/{request['id']}"
    assert (await sales.call("POST", f"{path}/watchers", {"username": "sales2"})).status_code == 201
    heard: list[str] = []
    ready = asyncio.Event()
    listening = asyncio.create_task(_listen(server_url, "sales2", heard, ready))
    async with asyncio.timeout(15):
        await ready.wait()
        for about in (other, request):
            answer = await sales.call("POST", f"/purchase-requests/{about['id']}/comments", {"text": "Ổn"})
            assert answer.status_code == 201
        while not heard:  # noqa: ASYNC110 - the stream fills a list
            await asyncio.sleep(0.02)
    assert set(heard) == {request["id"]}
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_stream_knows_what_its_user_may_see_by_now(
    server_url: str, sign_in: SignIn, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.streams.SESSIONS_SECONDS", 0.1)
    heard: list[str] = []
    ready = asyncio.Event()
    listening = asyncio.create_task(_listen(server_url, "sales2", heard, ready))
    async with asyncio.timeout(15):
        await ready.wait()
        try:
            await pool.execute("UPDATE users SET roles = roles || '{admin}' WHERE username = 'sales2'")
            await asyncio.sleep(0.3)
            request = await (await sign_in("sales1")).create()
            while request["id"] not in heard:  # noqa: ASYNC110 - the stream fills a list
                await asyncio.sleep(0.02)
            await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
            await listening
        finally:
            await pool.execute("UPDATE users SET roles = '{sales}', active = true WHERE username = 'sales2'")


async def test_a_page_too_many_ends_the_oldest_stream_and_tells_it_not_to_come_back_soon(
    app: FastAPI, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams: Streams = app.state.streams
    monkeypatch.setattr(streams, "_at_once", 2)
    async with httpx.AsyncClient(base_url=server_url, timeout=30) as http:
        await Visitor(http).sign_in("manager1")
        async with http.stream("GET", "/events") as oldest:
            lines = oldest.aiter_lines()
            assert await anext(lines) == ": listening"
            async with http.stream("GET", "/events") as second, http.stream("GET", "/events") as third:
                await asyncio.gather(*(anext(stream.aiter_lines()) for stream in (second, third)))
                async with asyncio.timeout(10):
                    rest = [line async for line in lines if line]
                assert rest == ["retry: 2000", "event: replaced", "data: by a newer one", "retry: 60000"]
                assert streams.count("manager1") == 2


async def _serving(app: FastAPI) -> tuple[uvicorn.Server, asyncio.Task[None], str]:
    """A server of its own, and its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    return server, serving, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


async def test_a_page_that_is_left_is_no_error(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    server, serving, address = await _serving(app)
    async with httpx.AsyncClient(base_url=address, timeout=30) as http:
        await Visitor(http).sign_in("manager1")
        async with http.stream("GET", "/events") as stream:
            assert await anext(stream.aiter_lines()) == ": listening"
            assert len(server.server_state.tasks) == 1

    async def is_over() -> bool:
        return not server.server_state.tasks

    await eventually(is_over)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    server.should_exit = True
    await serving


async def test_an_open_stream_does_not_hold_up_a_shutdown(app: FastAPI) -> None:
    server, serving, address = await _serving(app)
    ready = asyncio.Event()
    listening = asyncio.create_task(_listen(address, "sales1", [], ready))
    await asyncio.wait_for(ready.wait(), 10)
    started = time.perf_counter()
    server.should_exit = True
    await serving
    assert time.perf_counter() - started < 3
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_process_that_stops_ends_its_streams_and_sends_pages_elsewhere_and_not_all_at_once(
    app: FastAPI, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams: Streams = app.state.streams
    monkeypatch.setattr(streams, "_leaving", False)
    async with httpx.AsyncClient(base_url=server_url, timeout=30) as http:
        await Visitor(http).sign_in("manager1")
        async with http.stream("GET", "/events") as stream, asyncio.timeout(15):
            lines = stream.aiter_lines()
            assert await anext(lines) == ": listening"
            streams.leave()
            rest = [line async for line in lines if line]
        later = (await http.get("/events")).text.split("\r\n")
    for said in (rest, [line for line in later if line][1:]):
        assert said[:2] == ["retry: 2000", ": this server stops"]
        name, _, milliseconds = said[2].partition(": ")
        assert (name, int(milliseconds) in RETRY_ELSEWHERE) == ("retry", True)
        assert len(said) == 3
