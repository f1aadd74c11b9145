"""One request of a CRM database, brought back to what it was: what a restore does to all of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from crm.pool import Pool


class Backup:
    """All that the CRM has of one request."""

    TABLES = (
        *("purchase_requests", "purchase_request_lines", "runs", "rounds", "assignments", "participants"),
        *("timeline", "notes", "outbox", "commands"),
    )

    def __init__(self, pool: Pool, request_id: UUID) -> None:
        self._pool = pool
        self._request_id = request_id
        self._rows: dict[str, Any] = {}

    @classmethod
    async def of(cls, pool: Pool, request: dict[str, Any]) -> Backup:
        """What it has now."""
        backup = cls(pool, UUID(request["id"]))
        for table in cls.TABLES:
            query = f"SELECT coalesce(jsonb_agg(t), '[]') FROM {table} t WHERE {cls._key(table)} = $1"
            backup._rows[table] = await pool.fetchval(query, backup._request_id)
        return backup

    @classmethod
    def of_nothing(cls, pool: Pool, request: dict[str, Any]) -> Backup:
        """One of before it was made."""
        return cls(pool, UUID(request["id"]))

    async def restore(self) -> None:
        """Bring it back; what was written since is gone."""
        async with self._pool.acquire() as connection, connection.transaction():
            for table in reversed(self.TABLES):
                await connection.execute(f"DELETE FROM {table} WHERE {self._key(table)} = $1", self._request_id)
            for table, rows in self._rows.items():
                again = f"SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1)"
                await connection.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE {again}", rows)

    @staticmethod
    def _key(table: str) -> str:
        return "id" if table == "purchase_requests" else "request_id"
