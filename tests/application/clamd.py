"""A stand-in for ClamAV's daemon: speaks its protocol over TCP, and finds the one virus that everybody knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.files import EICAR


class FakeClamd:
    """A daemon that can be away, silent, or in trouble.

    Attributes:
        port: where it listens, or will.
        mood: ``well``; ``silent``: takes everything and says nothing; ``troubled``: answers with an error; ``curt``: hangs up after
            the first piece.
        seen: what it was given, whole.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.mood = "well"
        self.seen: list[bytes] = []
        self._server: asyncio.Server | None = None
        self._busy: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen while the block runs."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        try:
            yield
        finally:
            self._server.close()
            for task in self._busy:
                task.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)
            await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
            if self.mood == "curt":
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                await writer.drain()
                return
        if self.mood == "silent":
            await asyncio.Event().wait()
        self.seen.append(content)
        if self.mood == "troubled":
            answer = b"INSTREAM: Can't allocate memory ERROR"
        else:
            answer = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
        writer.write(answer + b"\0")
        await writer.drain()
