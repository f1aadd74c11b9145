"""``python -m bench.competitors.plain``: the API, which writes the rows itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from bench.competitors import rows
from bench.competitors.shell import create_shell, serve


class NoEngine:
    """Writes each row at once."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool

    async def send(self, request_id: UUID, command_id: UUID, actor: str) -> None:
        """See ``shell.Engine``."""
        await rows.write_status(self._pool, request_id, command_id, 0, actor)

    async def decide(self, request_id: UUID, command_id: UUID, transition: int, actor: str) -> None:
        """See ``shell.Engine``."""
        await rows.write_status(self._pool, request_id, command_id, transition, actor)


@asynccontextmanager
async def open_engine(pool: asyncpg.Pool[asyncpg.Record]) -> AsyncIterator[NoEngine]:
    """Nothing to open."""
    yield NoEngine(pool)


if __name__ == "__main__":
    serve(create_shell(open_engine))
