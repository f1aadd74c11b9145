"""Stops the write of a decision at a known point, so that a test can kill what it wants just then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from tests.faults.system import System, eventually


class HeldRow:
    """The lock on a request's row."""

    def __init__(
        self, watcher: asyncpg.Connection[asyncpg.Record], transaction: asyncpg.transaction.Transaction
    ) -> None:
        self._watcher = watcher
        self._transaction = transaction

    async def wait_for_write_back(self) -> None:
        """Until the worker stands at the row."""

        async def waiting() -> bool:
            return bool(await self._waiting())

        await eventually(waiting)

    async def end_write_back(self) -> None:
        """End the database session of the write-back that waits, so that it never happens."""
        for pid in await self._waiting():
            await self._watcher.execute("SELECT pg_terminate_backend($1)", pid)

        async def gone() -> bool:
            return not await self._waiting()

        await eventually(gone)

    async def release(self) -> None:
        """Let the write-back go on."""
        await self._transaction.rollback()

    async def _waiting(self) -> list[int]:
        rows = await self._watcher.fetch(
            """SELECT pid FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND query LIKE '%run_sequence%'"""
        )
        return [row["pid"] for row in rows]


class HeldCommit:
    """The lock at which commits wait."""

    def __init__(
        self,
        watcher: asyncpg.Connection[asyncpg.Record],
        holder: asyncpg.Connection[asyncpg.Record],
    ) -> None:
        self._watcher = watcher
        self._holder = holder

    async def wait_for_commit(self) -> None:
        """Until somebody stands at the commit."""

        async def waiting() -> bool:
            return bool(
                await self._watcher.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                )
            )

        await eventually(waiting)

    async def release(self) -> None:
        """Let what waits be committed, and everything after it."""
        await self._holder.execute("SELECT pg_advisory_unlock_all()")


@asynccontextmanager
async def held_row(system: System, request_id: str) -> AsyncIterator[HeldRow]:
    """Hold the request's row, so that its next write-back stops at a known point: before it has changed anything."""
    connection = await system.connect()
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", UUID(request_id))
    watcher = await system.connect()  # within a transaction PostgreSQL shows its sessions as they were at its start
    try:
        yield HeldRow(watcher, transaction)
    finally:
        watcher.terminate()
        connection.terminate()


@asynccontextmanager
async def held_commit(system: System) -> AsyncIterator[HeldCommit]:
    """Keep every transaction that writes to the timeline at its very commit, until it is let go."""
    connection = await system.connect()
    watcher = await system.connect()
    await connection.execute(HOLD_COMMITS)
    await connection.execute("SELECT pg_advisory_lock(4711)")
    try:
        yield HeldCommit(watcher, connection)
    finally:
        await connection.execute("SELECT pg_advisory_unlock_all()")
        await connection.execute("DROP FUNCTION hold_commit CASCADE")
        watcher.terminate()
        connection.terminate()


HOLD_COMMITS = """
CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4711);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON timeline DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION hold_commit();
"""
