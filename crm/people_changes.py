"""Changing people one by one, and what was changed of whom: the database writes that down itself, for whoever says who they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import asyncpg

from approval.model import Frozen, Person
from crm import cursors
from crm.pool import Connection, Pool


class Way(StrEnum):
    """By which way somebody was changed."""

    HAND = "hand"
    FILE = "file"
    SIGN_IN = "sign_in"
    """By what the identity provider says of them."""
    OTHER = "other"
    """Nobody has said: at the database, or before this was written down."""


class PersonChangeRecord(Frozen):
    """What was changed of somebody."""

    id: UUID
    place: int
    changed_at: datetime
    changed_by: Person | None
    way: Way
    is_new: bool
    fields: Mapping[str, tuple[Any, Any]]
    """By field: what it was and what it is. A manager is a username; ``active`` is false of those who have left."""


class ChangesPage(Frozen):
    """One page of changes, the newest first."""

    items: tuple[PersonChangeRecord, ...]
    next_cursor: str | None


class KnownFrom(Frozen):
    """Other places that say who somebody is."""

    file_at: datetime | None
    """When a file named them last, and changed something."""
    sign_in_at: datetime | None
    """The same of the identity provider."""
    amis_names: tuple[str, ...]
    """What AMIS calls them."""


FIELDS: Final = ("name", "roles", "manager", "department", "email", "active")
"""The columns that are changed."""


async def on_behalf_of(connection: Connection, by: str | None, way: Way, change_id: UUID | None = None) -> None:
    """Say who changes people until the transaction ends, and how.

    Args:
        by: their username; None: nobody of the directory.
        change_id: what the change is known by; of several people, none.
    """
    await connection.execute(
        """SELECT set_config('crm.changed_by', $1, true), set_config('crm.changed_way', $2, true),
               set_config('crm.change_id', $3, true)""",
        by or "",
        way,
        str(change_id) if change_id is not None else "",
    )


async def insert(connection: Connection, username: str, values: Mapping[str, Any]) -> bool:
    """Make somebody; False: somebody has this username, in whatever case.

    Args:
        values: ``FIELDS`` without ``active``.
    """
    if await connection.fetchval("SELECT true FROM users WHERE lower(username) = lower($1)", username):
        return False
    await connection.execute(
        "INSERT INTO users (username, name, roles, manager, department, email) VALUES ($1, $2, $3, $4, $5, $6)",
        username,
        values["name"],
        sorted(values["roles"]),
        values["manager"],
        values["department"],
        values["email"],
    )
    return True


async def update(connection: Connection, username: str, values: Mapping[str, Any]) -> None:
    """Write some of ``FIELDS``."""
    if not values:
        return
    columns = [name for name in FIELDS if name in values]
    given = [sorted(values[name]) if name == "roles" else values[name] for name in columns]
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
    await connection.execute(f"UPDATE users SET {sets} WHERE username = $1", username, *given)  # noqa: S608


async def set_language(
    connection: Connection, username: str, before: str, after: str, *, change_id: UUID, by: str
) -> None:
    """Have somebody written to in a language; it is a change of them as any other."""
    await connection.execute(
        """INSERT INTO notice_settings (username, language) VALUES ($1, $2)
           ON CONFLICT (username) DO UPDATE SET language = excluded.language""",
        username,
        after,
    )
    await connection.execute("UPDATE users SET version = version + 1 WHERE username = $1", username)
    await connection.execute(
        """INSERT INTO people_changes AS c (id, username, changed_by, way, is_new, fields) VALUES ($1, $2, $3, 'hand', false, $4)
           ON CONFLICT (id) DO UPDATE SET fields = c.fields || excluded.fields""",
        change_id,
        username,
        by,
        {"language": [before, after]},
    )


async def made_by(executor: Pool | Connection, change_id: UUID, username: str) -> bool:
    """Whether it was this change that made somebody."""
    query = "SELECT true FROM people_changes WHERE id = $1 AND username = $2 AND is_new"
    return bool(await executor.fetchval(query, change_id, username))


async def other_admins(executor: Pool | Connection, username: str) -> int:
    """How many admins there are who can sign in, without somebody."""
    query = "SELECT count(*) FROM users WHERE active AND 'admin' = ANY (roles) AND username <> $1"
    return int(await executor.fetchval(query, username))


async def page(pool: Pool, username: str, *, limit: int, cursor: str | None = None) -> ChangesPage:
    """What was changed of somebody, the newest first.

    Raises:
        RefusedError: ``invalid``: no cursor of this list.
    """
    before = cursors.decode(cursor, "people_changes", cursors.read_place)[0] if cursor is not None else None
    rows = await pool.fetch(
        """SELECT c.id, c.place, c.changed_at, c.changed_by, u.name AS changed_by_name, c.way, c.is_new, c.fields
           FROM people_changes c LEFT JOIN users u ON u.username = c.changed_by
           WHERE c.username = $1 AND ($2::bigint IS NULL OR c.place < $2) ORDER BY c.place DESC LIMIT $3""",
        username,
        before,
        limit + 1,
    )
    items = tuple(_record(row) for row in rows[:limit])
    after = cursors.encode("people_changes", items[-1].place, items[-1].id) if len(rows) > limit else None
    return ChangesPage(items=items, next_cursor=after)


async def known_from(executor: Pool | Connection, username: str) -> KnownFrom:
    """Which other places say who somebody is."""
    row = await executor.fetchrow(
        """SELECT (SELECT max(changed_at) FROM people_changes WHERE username = $1 AND way = 'file') AS file_at,
               (SELECT max(changed_at) FROM people_changes WHERE username = $1 AND way = 'sign_in') AS sign_in_at,
               (SELECT array_agg(name ORDER BY name) FROM connector_people WHERE username = $1) AS amis_names""",
        username,
    )
    assert row is not None  # noqa: S101 - it aggregates
    return KnownFrom(file_at=row["file_at"], sign_in_at=row["sign_in_at"], amis_names=tuple(row["amis_names"] or ()))


def _record(row: asyncpg.Record) -> PersonChangeRecord:
    fields = dict(row)
    by, name = fields.pop("changed_by"), fields.pop("changed_by_name")
    return PersonChangeRecord(**fields, changed_by=Person(username=by, name=name) if by is not None else None)
