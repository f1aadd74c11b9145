"""A request comes in within its time, or its connection is closed; whoever is waited for by us is not hurried."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
import uvicorn
from starlette.types import Message, Receive, Scope, Send

import server as composition_root
from api.timeouts import PunctualProtocol
from tests.eventually import eventually

SECONDS = 0.4
"""A limit of these tests, where the server has tens of seconds."""
MUCH_LONGER = 20.0

HEAD = b"POST /%s HTTP/1.1\r\nhost: x\r\n"
WITH_BODY = HEAD + b"content-length: 5\r\n\r\n"
WITHOUT = b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n"


class Hurried(PunctualProtocol):
    head_seconds = SECONDS
    silent_seconds = SECONDS
    body_seconds = 3 * SECONDS
    longest_head = 2000


class Application:
    """Answers when it has the body, or ``/early`` before, or ``/late`` after more than every limit."""

    def __init__(self) -> None:
        self.left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []
        while scope["path"] != "/early" and not (messages and not messages[-1].get("more_body")):
            messages.append(await receive())
            if messages[-1]["type"] == "http.disconnect":
                self.left.set()
                return
        if scope["path"] == "/late":
            await asyncio.sleep(5 * SECONDS)
        body = b"".join(message["body"] for message in messages) or b"-----"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": body})


class Connection:
    """A client's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self._began = time.monotonic()

    async def closed(self) -> tuple[bytes, float]:
        """All that the server says until it closes the connection, and after how many seconds that is."""
        said = b""
        async with asyncio.timeout(MUCH_LONGER):
            with suppress(ConnectionError):
                while some := await self._reader.read(1000):
                    said += some
        return said, time.monotonic() - self._began

    async def answer(self) -> bytes:
        """One answer of the application; its body."""
        async with asyncio.timeout(MUCH_LONGER):
            head = await self._reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head, head
            return await self._reader.readexactly(5)

    async def drip(self, data: bytes, pause: float = SECONDS / 8) -> None:
        """Send byte by byte, for as long as the server lets us."""
        with suppress(ConnectionError):
            for number in range(len(data)):
                self.writer.write(data[number : number + 1])
                await self.writer.drain()
                await asyncio.sleep(pause)


class Served:
    """The application behind a real server."""

    def __init__(self, server: uvicorn.Server, application: Application) -> None:
        self.application = application
        self.server = server

    async def connect(self, first: bytes = b"") -> Connection:
        port = self.server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first)
        return Connection(reader, writer)

    async def holds_no_connection(self) -> bool:
        return not self.server.server_state.connections


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served() -> AsyncIterator[Served]:
    application = Application()
    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False, http=Hurried,
        timeout_keep_alive=60,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    yield Served(server, application)
    server.should_exit = True
    await serving


@pytest.mark.parametrize(
    ("first", "drip", "status", "seconds"),
    [
        (b"", b"", b"", 1),
        (b"", HEAD % b"a" + b"x-many: headers\r\n" * 100, b"408", 1),
        (HEAD % b"a", b"", b"408", 1),
        (b"\r\n", b"\r\n" * 100, b"408", 1),
        (WITH_BODY % b"a", b"", b"408", 1),
        (WITH_BODY % b"a" + b"1234", b"", b"408", 1),
        (HEAD % b"a" + b"content-length: 5000\r\n\r\n", b"x" * 5000, b"408", 3),
        (HEAD % b"a" + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000, b"408", 3),
        (WITH_BODY % b"early", b"", b"200", 1),
    ],
)
async def test_a_request_that_does_not_come_in_is_ended_in_time(
    served: Served, first: bytes, drip: bytes, status: bytes, seconds: int
) -> None:
    connection = await served.connect(first)
    dripping = asyncio.create_task(connection.drip(drip))
    said, after = await connection.closed()
    dripping.cancel()
    assert said.split()[1:2] == ([status] if status else [])
    assert after >= seconds * SECONDS * 0.9
    connection.writer.close()


async def test_the_application_hears_that_nobody_is_there_any_more(served: Served) -> None:
    served.application.left.clear()
    connection = await served.connect(WITH_BODY % b"a" + b"12")
    await connection.closed()
    await asyncio.wait_for(served.application.left.wait(), MUCH_LONGER)
    connection.writer.close()


@pytest.mark.parametrize(
    "more",
    [HEAD % b"b", WITH_BODY % b"b", b"\r\n", WITHOUT % b"b" + HEAD % b"c"],
    ids=["head", "body", "blank", "third"],
)
async def test_a_later_request_on_the_same_connection_has_the_same_time(served: Served, more: bytes) -> None:
    connection = await served.connect(WITHOUT % b"a")
    assert await connection.answer() == b"-----"
    connection.writer.write(more)
    said, _ = await connection.closed()
    assert said.endswith(b"408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    connection.writer.close()


async def test_a_request_behind_another_one_is_ended_too(served: Served) -> None:
    connection = await served.connect(WITHOUT % b"a" + HEAD % b"b")
    said, _ = await connection.closed()
    assert said.count(b"HTTP/1.1 200") == said.count(b"HTTP/1.1 408") == 1
    connection.writer.close()


async def test_a_slow_request_within_its_time_is_answered(served: Served) -> None:
    connection = await served.connect()
    await connection.drip(WITH_BODY % b"a", SECONDS / 2 / len(WITH_BODY))
    await connection.drip(b"12345", SECONDS / 3)
    assert await connection.answer() == b"12345"
    connection.writer.close()


async def test_a_body_that_says_how_long_it_is_has_more_time_the_longer_it_is_up_to_a_file(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hurried, "slowest_body", 5 / (3 * SECONDS))
    monkeypatch.setattr(Hurried, "longest_body", 5)
    connection = await served.connect(WITH_BODY % b"a")
    await connection.drip(b"12345", 0.9 * SECONDS)  # in all, more than any body has
    assert await connection.answer() == b"12345"
    connection.writer.close()
    connection = await served.connect(HEAD % b"a" + b"content-length: 100000\r\n\r\n")
    dripping = asyncio.create_task(connection.drip(b"1" * 1000))
    said, after = await connection.closed()
    dripping.cancel()
    assert b" 408 " in said
    assert 6 * SECONDS * 0.9 < after < 12 * SECONDS
    connection.writer.close()


async def test_nobody_is_hurried_while_we_answer(served: Served) -> None:
    for first in (WITHOUT % b"late", WITHOUT % b"late" + b"\r\n", WITHOUT % b"late" + WITH_BODY % b"b" + b"12345"):
        connection = await served.connect(first)
        assert await connection.answer() == b"-----"
        connection.writer.close()


async def test_headers_without_end_are_not_kept(served: Served) -> None:
    connection = await served.connect(HEAD % b"a" + b"x-long: " + b"x" * 3000)
    said, _ = await connection.closed()
    assert said.startswith(b"HTTP/1.1 431 ")
    connection.writer.close()


async def test_of_very_many_unfinished_requests_none_stays_and_others_are_answered(served: Served) -> None:
    unfinished = [await served.connect(part) for part in (HEAD % b"a", WITH_BODY % b"a" + b"1") for _ in range(200)]
    connection = await served.connect(WITHOUT % b"a")
    assert await connection.answer() == b"-----"
    connection.writer.close()
    for held in unfinished:
        await held.closed()
        held.writer.close()
    await eventually(served.holds_no_connection)


def test_the_server_is_served_so(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    served: list[uvicorn.Config] = []
    monkeypatch.setattr("leaving.LeavingServer.run", lambda server: served.append(server.config))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DEMO_MODE", "true")
    composition_root.main()
    (config,) = served
    assert config.http is PunctualProtocol
    assert (config.proxy_headers, config.server_header) == (False, False)
