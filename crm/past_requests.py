"""Requests that were sent, newest first, for those who look at many of them at once; and any one by its number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from crm.pool import Connection, Pool
from crm.records import RequestRecord
from crm.requests import TABLES, columns, record_of

_SENT: Final = f"""
SELECT {columns(lines="")} FROM {TABLES}
WHERE runs.round > 0 AND ($1::uuid IS NULL OR r.id < $1) ORDER BY r.id DESC LIMIT $2
"""  # noqa: S608


async def sent_before(executor: Pool | Connection, before: UUID | None, limit: int) -> list[RequestRecord]:
    """The requests that were made last of those that have been sent, whatever became of them.

    Args:
        executor: the CRM database.
        before: only those made before this one; None: all.
        limit: how many at most.
    """
    return [record_of(row) for row in await executor.fetch(_SENT, before, limit)]


async def numbered(executor: Pool | Connection, number: str) -> RequestRecord | None:
    """The request with a number, sent or not."""
    row = await executor.fetchrow(f"SELECT {columns(lines='')} FROM {TABLES} WHERE r.number = $1", number)  # noqa: S608
    return record_of(row) if row else None


async def sent_at(executor: Pool | Connection, requests: Iterable[UUID]) -> dict[UUID, datetime]:
    """When requests were sent last, by their ids."""
    rows = await executor.fetch("SELECT request_id, sent_at FROM runs WHERE request_id = ANY ($1)", list(requests))
    return {row["request_id"]: row["sent_at"] for row in rows}
