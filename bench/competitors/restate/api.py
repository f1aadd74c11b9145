"""``python -m bench.competitors.restate.api``: the shell on Restate's ingress."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from bench.competitors.shell import create_shell, serve


class RestateEngine:
    """Sends messages to a workflow; Restate has them on disk when it answers."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, request_id: UUID, command_id: UUID, actor: str) -> None:
        """See ``shell.Engine``."""
        await self._post(f"/Approval/{request_id}/run/send", {"command_id": str(command_id), "actor": actor})

    async def decide(self, request_id: UUID, command_id: UUID, transition: int, actor: str) -> None:
        """See ``shell.Engine``."""
        decision = {"command_id": str(command_id), "actor": actor}
        await self._post(f"/Approval/{request_id}/decide/send", {"transition": transition, "decision": decision})

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        async with self._session.post(path, json=body) as answer:
            answer.raise_for_status()


@asynccontextmanager
async def open_engine(_pool: asyncpg.Pool[asyncpg.Record]) -> AsyncIterator[RestateEngine]:
    """Open a session with the ingress."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(os.environ["RESTATE_INGRESS"], connector=connector) as session:
        yield RestateEngine(session)


if __name__ == "__main__":
    serve(create_shell(open_engine))
