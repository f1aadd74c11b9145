"""Substitutions (Ủy quyền duyệt): made, revoked and listed. What they let somebody see and decide is in ``crm.standing_in``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from approval.model import Frozen, Person
from approval.substitution import Substitution
from crm import cursors
from crm.pool import Connection, Pool
from crm.standing_in import AS_JSON


class SubstitutionRecord(Substitution):
    """A substitution with how it came about."""

    reason: str
    made_by: Person
    made_at: datetime
    revoked_by: Person | None = None


class SubstitutionPage(Frozen):
    """One page of substitutions and the cursor of the next."""

    items: tuple[SubstitutionRecord, ...]
    next_cursor: str | None


_SELECT: Final = f"""
SELECT s.id, {AS_JSON} AS substitution, s.reason, s.made_at, s.made_by, made.name AS made_by_name,
    s.revoked_by, revoked.name AS revoked_by_name
FROM substitutions s JOIN users made ON made.username = s.made_by LEFT JOIN users revoked ON revoked.username = s.revoked_by
"""  # noqa: S608


async def insert(executor: Pool | Connection, new: SubstitutionRecord) -> None:
    """Keep a new one; the same id twice is one."""
    await executor.execute(
        """INSERT INTO substitutions (id, person, substitute, starts_at, ends_at, processes, departments, ceiling, currency,
               reason, made_by, made_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING""",
        new.id,
        new.person.username,
        new.substitute.username,
        new.starts_at,
        new.ends_at,
        new.processes,
        new.departments,
        new.ceiling.amount if new.ceiling else None,
        new.ceiling.currency if new.ceiling else None,
        new.reason,
        new.made_by.username,
        new.made_at,
    )


async def count_current(executor: Pool | Connection, person: str, substitute: str) -> tuple[int, int]:
    """How many substitutions of a person hold or will, and how many of those have this substitute."""
    row = await executor.fetchrow(
        """SELECT count(*) AS of_person, count(*) FILTER (WHERE substitute = $2) AS of_pair FROM substitutions
           WHERE person = $1 AND revoked_at IS NULL AND ends_at > now()""",
        person,
        substitute,
    )
    assert row is not None  # noqa: S101 - it counts
    return row["of_person"], row["of_pair"]


async def find(executor: Pool | Connection, substitution_id: UUID) -> SubstitutionRecord | None:
    """One of them, whatever has become of it."""
    row = await executor.fetchrow(f"{_SELECT} WHERE s.id = $1", substitution_id)
    return _record(row) if row else None


async def revoke(executor: Pool | Connection, substitution_id: UUID, *, by: str, at: datetime) -> bool:
    """Revoke one that is not over; decisions that are not written yet are refused from here on.

    Returns:
        Whether it was revoked by this.
    """
    query = """UPDATE substitutions SET revoked_by = $2, revoked_at = $3
               WHERE id = $1 AND revoked_at IS NULL AND ends_at > $3 RETURNING id"""
    return await executor.fetchval(query, substitution_id, by, at) is not None


async def page(pool: Pool, *, of: str | None, person: str | None, limit: int, cursor: str | None) -> SubstitutionPage:
    """Substitutions, the newest first.

    Args:
        of: only what this user has given or received; None: everybody's.
        person: only those of whom this user is the person who is away.
        limit: items at most.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: no cursor of this list.
    """
    after = cursors.decode(cursor, "substitutions", str)[1] if cursor is not None else None
    conditions = "($1::text IS NULL OR s.person = $1) AND ($2::uuid IS NULL OR s.id < $2)"
    sides = ("true",) if of is None else ("s.person = $3", "s.substitute = $3")
    arguments: list[Any] = [person, after] if of is None else [person, after, of]
    parts = " UNION ".join(
        f"(SELECT s.id FROM substitutions s WHERE {side} AND {conditions} ORDER BY s.id DESC LIMIT {limit + 1})"  # noqa: S608
        for side in sides
    )
    rows = await pool.fetch(f"{_SELECT} WHERE s.id IN ({parts}) ORDER BY s.id DESC LIMIT {limit + 1}", *arguments)
    last = rows[limit - 1]["id"] if len(rows) > limit else None
    return SubstitutionPage(
        items=tuple(_record(row) for row in rows[:limit]),
        next_cursor=cursors.encode("substitutions", "", last) if last is not None else None,
    )


async def departments(executor: Pool | Connection) -> list[str]:
    """Departments that somebody active is in."""
    query = "SELECT DISTINCT department FROM users WHERE active AND department <> '' ORDER BY department"
    return [row["department"] for row in await executor.fetch(query)]


def _record(row: asyncpg.Record) -> SubstitutionRecord:
    revoked_by = row["revoked_by"]
    return SubstitutionRecord(
        **row["substitution"],
        reason=row["reason"],
        made_by=Person(username=row["made_by"], name=row["made_by_name"]),
        made_at=row["made_at"],
        revoked_by=Person(username=revoked_by, name=row["revoked_by_name"]) if revoked_by else None,
    )
