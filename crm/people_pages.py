"""The directory as admins read it: a page of people, one of them with what hangs on them, and who reports to whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import Field

from approval.model import Frozen, Person
from crm import cursors
from crm.pool import Connection, Pool
from crm.search_text import fold, matching
from crm.standing_in import holds


class PersonState(StrEnum):
    """Whether somebody is there."""

    ACTIVE = "active"
    AWAY = "away"
    """Somebody decides for them now."""
    LEFT = "left"


class Away(Frozen):
    """Who decides for somebody now, and until when."""

    substitute: Person
    until: datetime


class PersonRecord(Frozen):
    """Somebody of the directory."""

    username: str
    name: str
    roles: tuple[str, ...]
    manager: Person | None
    department: str
    email: str
    language: str
    """In which they are written to: ``vi`` or ``en``."""
    left: bool
    version: int
    away: tuple[Away, ...]
    """Those who decide for them now; none: they are there."""
    reports: int
    """How many report to them directly who have not left."""
    waiting: int
    """How many places wait on them now."""

    @property
    def state(self) -> PersonState:
        """Whether they are there."""
        if self.left:
            return PersonState.LEFT
        return PersonState.AWAY if self.away else PersonState.ACTIVE

    @property
    def person(self) -> Person:
        """Them as others see them."""
        return Person(username=self.username, name=self.name)


class PeopleFilters(Frozen):
    """What a list of people is narrowed to."""

    q: str = Field(default="", max_length=200)
    role: str | None = None
    department: str | None = None
    manager: str | None = None
    """Those who report to this user directly; empty: those who report to nobody."""
    state: PersonState | None = None


class PeoplePage(Frozen):
    """One page of people, in the order of their usernames."""

    items: tuple[PersonRecord, ...]
    next_cursor: str | None


_LIST: Final = "people"
_NO_ID: Final = UUID(int=0)
"""People are known by their usernames; a cursor wants an id, too."""

_AWAY: Final = f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('until', s.ends_at, 'substitute',
    jsonb_build_object('username', s.substitute, 'name', (SELECT name FROM users WHERE username = s.substitute)))
    ORDER BY s.ends_at, s.id), '[]') FROM substitutions s WHERE s.person = u.username AND {holds()})"""  # noqa: S608
_SELECT: Final = f"""
SELECT u.username, u.name, u.roles, u.department, u.email, NOT u.active AS "left", u.version,
    u.manager, m.name AS manager_name, coalesce(n.language, 'vi') AS language, {_AWAY} AS away,
    (SELECT count(*) FROM users below WHERE below.manager = u.username AND below.active) AS reports,
    (SELECT count(*) FROM assignments a WHERE a.person = u.username AND a.state = 'open') AS waiting
FROM users u LEFT JOIN users m ON m.username = u.manager LEFT JOIN notice_settings n ON n.username = u.username
"""  # noqa: S608


async def page(pool: Pool, filters: PeopleFilters, *, limit: int, cursor: str | None) -> PeoplePage:
    """People, by username.

    Args:
        limit: items at most.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: no cursor of this list.
    """
    arguments: list[Any] = []

    def parameter(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    where = _conditions(filters, parameter)
    if cursor is not None:
        where.append(f"u.username > {parameter(cursors.decode(cursor, _LIST, str)[0])}")
    condition = " AND ".join(where) or "true"
    rows = await pool.fetch(f"{_SELECT} WHERE {condition} ORDER BY u.username LIMIT {limit + 1}", *arguments)
    items = tuple(_record(row) for row in rows[:limit])
    after = cursors.encode(_LIST, items[-1].username, _NO_ID) if len(rows) > limit else None
    return PeoplePage(items=items, next_cursor=after)


def _conditions(filters: PeopleFilters, parameter: Any) -> list[str]:
    where = [f"u.search_text LIKE {parameter(matching(word))}" for word in fold(filters.q).split()]
    if filters.role is not None:
        where.append(f"u.roles @> ARRAY[{parameter(filters.role)}::text]")
    if filters.department is not None:
        where.append(f"u.department = {parameter(filters.department)}")
    if filters.manager is not None:
        where.append(f"u.manager = {parameter(filters.manager)}" if filters.manager else "u.manager IS NULL")
    away = f"EXISTS (SELECT FROM substitutions s WHERE s.person = u.username AND {holds()})"
    match filters.state:
        case PersonState.LEFT:
            where.append("NOT u.active")
        case PersonState.AWAY:
            where.append(f"u.active AND {away}")
        case PersonState.ACTIVE:
            where.append(f"u.active AND NOT {away}")
    return where


async def find(executor: Pool | Connection, username: str) -> PersonRecord | None:
    """Somebody, whether or not they have left."""
    row = await executor.fetchrow(f"{_SELECT} WHERE u.username = $1", username)
    return _record(row) if row else None


async def chain(executor: Pool | Connection, username: str) -> tuple[Person, ...]:
    """The managers above somebody, the nearest last; a circle, which nothing should have made, is cut."""
    rows = await executor.fetch(
        """WITH RECURSIVE above AS (
               SELECT u.username, u.manager, 0 AS level, ARRAY[u.username] AS seen FROM users u WHERE username = $1
               UNION ALL
               SELECT u.username, u.manager, level + 1, seen || u.username FROM users u JOIN above ON u.username = above.manager
               WHERE u.username <> ALL (seen))
           SELECT u.username, u.name FROM above JOIN users u USING (username) WHERE level > 0 ORDER BY level DESC""",
        username,
    )
    return tuple(Person(username=row["username"], name=row["name"]) for row in rows)


async def below(executor: Pool | Connection, username: str) -> frozenset[str]:
    """The usernames of everyone who reports to somebody, directly or not."""
    rows = await executor.fetch(
        """WITH RECURSIVE reports AS (
               SELECT username FROM users WHERE manager = $1
               UNION SELECT u.username FROM users u JOIN reports ON u.manager = reports.username)
           SELECT username FROM reports""",
        username,
    )
    return frozenset(row["username"] for row in rows)


async def branch(pool: Pool, manager: str | None, *, limit: int) -> tuple[tuple[PersonRecord, ...], int]:
    """Those who report to somebody, or to nobody: whoever has reports themselves first. Those who have left are there only as
    long as somebody reports to them.

    Returns:
        The first of them, and how many there are.
    """
    condition = """u.manager IS NOT DISTINCT FROM $1
        AND (u.active OR EXISTS (SELECT FROM users b WHERE b.manager = u.username AND b.active))"""
    rows = await pool.fetch(
        f"SELECT * FROM ({_SELECT} WHERE {condition}) found ORDER BY reports = 0, username LIMIT {limit}",  # noqa: S608
        manager,
    )
    count = len(rows)
    if count == limit:
        count = int(await pool.fetchval(f"SELECT count(*) FROM users u WHERE {condition}", manager))  # noqa: S608
    return tuple(_record(row) for row in rows), count


class Choices(Frozen):
    """What lists of people can be narrowed to, and forms suggest."""

    roles: tuple[str, ...]
    departments: tuple[str, ...]


async def choices(executor: Pool | Connection) -> Choices:
    """Every role and every department that somebody has who has not left."""
    row = await executor.fetchrow(
        """SELECT (SELECT array_agg(DISTINCT role ORDER BY role) FROM users, unnest(roles) AS role WHERE active) AS roles,
               (SELECT array_agg(DISTINCT department ORDER BY department) FROM users WHERE active AND department <> '') AS departments"""
    )
    assert row is not None  # noqa: S101 - it aggregates
    return Choices(roles=tuple(row["roles"] or ()), departments=tuple(row["departments"] or ()))


def _record(row: asyncpg.Record) -> PersonRecord:
    fields = dict(row)
    manager, name = fields.pop("manager"), fields.pop("manager_name")
    roles: Sequence[str] = sorted(fields.pop("roles"))
    above = Person(username=manager, name=name) if manager is not None else None
    return PersonRecord(**fields, manager=above, roles=tuple(roles))
