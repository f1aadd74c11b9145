"""ClamAV's daemon as the scanner: its command INSTREAM over TCP, a connection for each file.

Source: clamd(8). Of the clients that there are, those that do not wait in a thread want the whole file beforehand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from application.attachments.scanning import ScannerUnavailableError
from application.attachments.storage import StorageUnavailableError

SECONDS: Final = 120.0
"""For a file, from connecting to the answer."""
_FOUND: Final = " FOUND"


class ClamAv:
    """See ``Scanner``.

    Args:
        address: ``host:port`` of clamd.
        seconds: how long one file may take.
    """

    def __init__(self, address: str, *, seconds: float = SECONDS) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._seconds = seconds

    async def scan(self, pieces: AsyncIterator[bytes]) -> str | None:
        """See ``Scanner``."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(pieces)
        except StorageUnavailableError:
            raise
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScannerUnavailableError(f"clamd at {self._host}:{self._port}: {error!r}") from error
        said = answer.removeprefix("stream: ")
        if said == "OK":
            return None
        if said.endswith(_FOUND):
            return said.removesuffix(_FOUND)
        raise ScannerUnavailableError(f"clamd answers: {answer[:200]}")

    async def _ask(self, pieces: AsyncIterator[bytes]) -> str:
        """One command: pieces, each after its length, then an empty one; the one line of the answer, which ends with NUL."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            with suppress(ConnectionError):  # whoever hangs up has said why
                async for piece in pieces:
                    writer.write(len(piece).to_bytes(4, "big") + piece)
                    await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode(errors="replace").strip()
        finally:
            writer.close()
