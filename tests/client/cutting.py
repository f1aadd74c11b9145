"""A way to the API that breaks: it hands a call on, and cuts the connection before the answer comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Cutting:
    """What the way does.

    Attributes:
        address: of the way.
        cuts: of how many connections to come the answer is lost.
        heads: the first line and the headers of what was sent through each connection, oldest first.
    """

    address: str
    cuts: int = 0
    heads: list[str] = field(default_factory=list)

    def keys(self) -> list[str]:
        """The ``Idempotency-Key`` of each POST that has one."""
        lines = [line for head in self.heads for line in head.split("\r\n")]
        return [line.partition(": ")[2] for line in lines if line.lower().startswith("idempotency-key: ")]


@asynccontextmanager
async def cutting(target: str) -> AsyncIterator[Cutting]:
    """Open a way to an address, ``http://127.0.0.1:8000``."""
    there = urlsplit(target)
    way = Cutting("")

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cut, way.cuts = way.cuts > 0, max(0, way.cuts - 1)
        back_reader, forth_writer = await asyncio.open_connection(there.hostname, there.port)

        async def forth() -> None:
            first = True
            while data := await reader.read(65536):
                if first:
                    way.heads.append(data.partition(b"\r\n\r\n")[0].decode())
                    first = False
                forth_writer.write(data)
                await forth_writer.drain()

        async def back() -> None:
            while data := await back_reader.read(65536):
                if cut:
                    return
                writer.write(data)
                await writer.drain()

        tasks = [asyncio.create_task(forth()), asyncio.create_task(back())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for stream in (writer, forth_writer):
                stream.close()
                with suppress(OSError):
                    await stream.wait_closed()

    server = await asyncio.start_server(hand_on, "127.0.0.1", 0)
    way.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield way
    finally:
        server.close()
