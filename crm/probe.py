"""Whether the database takes a write, which is what every decision and every send needs of it."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg

from crm.pool import DATABASE_TROUBLE, Pool

ANSWER_SECONDS: Final = 2.0
"""How long a write may take, waiting for a free connection included."""
KEPT_SECONDS: Final = 1.0
"""So long an answer is good for whoever asks next."""

_WRITE: Final = """
WITH written AS (
    INSERT INTO api_probe (written_at) VALUES (now())
    ON CONFLICT (only_row) DO UPDATE SET written_at = excluded.written_at RETURNING true
)
SELECT pg_export_snapshot() FROM written
"""


class WriteProbe:
    """Tries a write, at most once a second however many ask.

    The write is committed: a standby and a read-only database refuse it, and its commit waits for the log on the disk, which
    a write that is rolled back never does. A tiny row finds room in its page on a full disk too; so the same statement has
    the server make a small file, its note of a snapshot, which is gone when the statement ends and for which a full disk
    has no room.

    Args:
        pool: the CRM database.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._one_at_a_time = asyncio.Lock()
        self._took = False
        self._good_until = 0.0

    async def takes_writes(self) -> bool:
        """Whether the database took a write just now."""
        loop = asyncio.get_running_loop()
        async with self._one_at_a_time:
            if loop.time() >= self._good_until:
                self._took = await self._write()
                self._good_until = loop.time() + KEPT_SECONDS
            return self._took

    async def _write(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._pool.fetchval(_WRITE)
        except (*DATABASE_TROUBLE, asyncpg.PostgresError):
            return False
        return True
