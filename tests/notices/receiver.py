"""A receiver of webhooks on loopback, a real HTTP server, that answers as a test wants."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

GIGABYTE = 1024**3


@dataclass(frozen=True)
class Received:
    """One call as it came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]


Respond = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """Keeps what comes, and answers by ``respond``."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    respond: Respond = field(default_factory=lambda: status(200))
    sent_bytes: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=crm"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, with one call after another."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                call = Received({":line": head[0], **headers}, body)
                self.received.append(call)
                await self.respond(call, writer)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that answers 200 until told otherwise."""
    receiver = Receiver()
    connections: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await receiver.serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def answer(number: int, body: str = "", **headers: str) -> bytes:
    """An answer as it goes over the line; header names are given with underscores."""
    lines = [f"HTTP/1.1 {number} Said", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


def status(number: int, body: str = "", **headers: str) -> Respond:
    """Always this answer."""

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(number, body, **headers))

    return respond


async def hang(_: Received, __: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(3600)


def gigabyte(receiver: Receiver) -> Respond:
    """Answer with 200 and a gigabyte, as far as somebody reads it."""

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIGABYTE)
        for _piece in range(GIGABYTE // 65536):
            writer.write(b"x" * 65536)
            await writer.drain()
            receiver.sent_bytes += 65536

    return respond
