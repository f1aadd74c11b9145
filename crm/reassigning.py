"""What waits on somebody, on whatever request: for those who give it to others when a person has left."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg

from approval.model import Frozen, Person
from crm.pool import Pool
from crm.records import RequestRecord
from crm.requests import TABLES, columns, record_of

_WAITS: Final = """SELECT request_id FROM assignments WHERE person = {person} AND state = 'open'
    UNION SELECT request_id FROM assignments WHERE person = {person} AND state IN ('waiting', 'paused')"""
"""Requests of which something waits on somebody, or will; in two parts, for an index each."""


class Waiting(Frozen):
    """How many requests wait on somebody."""

    person: Person
    active: bool
    requests: int


async def leavers(pool: Pool) -> tuple[Waiting, ...]:
    """Those who have left and on whom requests wait, the most first."""
    rows = await pool.fetch(
        f"""SELECT * FROM (
                SELECT u.username, u.name, u.active, (SELECT count(*) FROM ({_WAITS.format(person="u.username")}) w) AS requests
                FROM users u WHERE NOT u.active) counted
            WHERE requests > 0 ORDER BY requests DESC, username"""  # noqa: S608
    )
    return tuple(_waiting(row) for row in rows)


async def waiting_on(pool: Pool, username: str) -> Waiting | None:
    """How much waits on somebody; None: there is nobody of this name."""
    row = await pool.fetchrow(
        f"""SELECT u.username, u.name, u.active, (SELECT count(*) FROM ({_WAITS.format(person="u.username")}) w) AS requests
            FROM users u WHERE u.username = $1""",  # noqa: S608
        username,
    )
    return _waiting(row) if row else None


def _waiting(row: asyncpg.Record) -> Waiting:
    person = Person(username=row["username"], name=row["name"])
    return Waiting(person=person, active=row["active"], requests=row["requests"])


async def requests_of(pool: Pool, username: str, *, after: UUID | None, limit: int) -> list[RequestRecord]:
    """Requests of which something waits on somebody, or will, by id.

    Args:
        after: the last one of the page before.
        limit: how many at most.
    """
    rows = await pool.fetch(
        f"""SELECT {columns(lines="")} FROM {TABLES}
            WHERE r.id IN (SELECT request_id FROM ({_WAITS.format(person="$1")}) w
                WHERE $2::uuid IS NULL OR request_id > $2 ORDER BY request_id LIMIT $3)
            ORDER BY r.id""",  # noqa: S608
        username,
        after,
        limit,
    )
    return [record_of(row) for row in rows]


async def all_of(pool: Pool, username: str) -> dict[UUID, str]:
    """All requests of which something waits on somebody, or will: their numbers by their ids, in the order of these."""
    rows = await pool.fetch(
        f"""SELECT r.id, r.number FROM ({_WAITS.format(person="$1")}) w JOIN purchase_requests r ON r.id = w.request_id
            ORDER BY r.id""",  # noqa: S608
        username,
    )
    return {row["id"]: row["number"] for row in rows}
