"""The CRM directory: who people are, what they may do, and who is whose manager."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import asyncpg

from approval.process import ByRole, ByUser, NamedSource
from approval.routing import Directory, Member
from approval.substitution import Substitution
from crm.pool import Connection, Pool
from crm.standing_in import HELD_BY, substitutions_of
from crm.visibility import REPORTS

COLUMNS: Final = "username, name, roles, manager, department, active"
"""What ``member_of`` needs of a user."""
_ACTIVE: Final = (
    f"SELECT {COLUMNS}, ({REPORTS}) AS reports, {HELD_BY} AS held FROM users u WHERE username = $1 AND active"  # noqa: S608
)


async def everyone(pool: Pool) -> list[Member]:
    """All active users, in the order of their usernames."""
    rows = await pool.fetch(f"SELECT {COLUMNS} FROM users WHERE active ORDER BY username")  # noqa: S608
    return [member_of(row) for row in rows]


async def whole(executor: Pool | Connection) -> Directory:
    """Everybody, those who have left included: what is reckoned with it concerns the whole company."""
    rows = await executor.fetch(f"SELECT {COLUMNS} FROM users")  # noqa: S608
    return {row["username"]: member_of(row) for row in rows}


async def find_active(pool: Pool, username: str) -> tuple[Member, tuple[str, ...], tuple[Substitution, ...]] | None:
    """An active user, the usernames of everyone who reports to them, directly or not, and what makes them a substitute now."""
    row = await pool.fetchrow(_ACTIVE, username)
    return (member_of(row), tuple(row["reports"] or ()), substitutions_of(row["held"])) if row else None


async def find_people(executor: Pool | Connection, usernames: Iterable[str]) -> dict[str, str]:
    """Names of those of the usernames that are active users'."""
    query = "SELECT username, name FROM users WHERE active AND username = ANY ($1)"
    return {row["username"]: row["name"] for row in await executor.fetch(query, list(usernames))}


async def names(executor: Pool | Connection, usernames: Iterable[str]) -> dict[str, str]:
    """Names of people by username; unknown ones are left out."""
    rows = await executor.fetch("SELECT username, name FROM users WHERE username = ANY ($1)", list(usernames))
    return {row["username"]: row["name"] for row in rows}


async def email_of(pool: Pool, username: str) -> str:
    """Where somebody is written to; empty: nowhere."""
    return str(await pool.fetchval("SELECT email FROM users WHERE username = $1", username) or "")


async def for_routing(
    executor: Pool | Connection, sources: Collection[NamedSource], owners: Collection[str]
) -> Directory:
    """Everyone that routing requests may touch: their owners, the managers above, and whom their process names for them."""
    rows = await executor.fetch(
        f"""
        WITH RECURSIVE above AS (
            SELECT username, manager, 0 AS level FROM users WHERE username = ANY ($1)
            UNION ALL
            SELECT u.username, u.manager, level + 1 FROM users u JOIN above ON u.username = above.manager WHERE level < 10
        )
        SELECT {COLUMNS} FROM users
        WHERE username IN (SELECT username FROM above) OR username = ANY ($2) OR roles && $3
        ORDER BY username
        """,  # noqa: S608
        list(owners),
        [source.user for source in sources if isinstance(source, ByUser)],
        [source.role for source in sources if isinstance(source, ByRole)],
    )
    return {row["username"]: member_of(row) for row in rows}


async def for_escalation(
    executor: Pool | Connection, asked: Iterable[str], users: Iterable[str], roles: Iterable[str]
) -> Directory:
    """Everyone that an escalation may touch: those who are asked, everybody above them, these users, holders of these roles."""
    rows = await executor.fetch(
        f"""
        WITH RECURSIVE above AS (
            SELECT username, manager FROM users WHERE username = ANY ($1)
            UNION
            SELECT u.username, u.manager FROM users u JOIN above ON u.username = above.manager
        )
        SELECT {COLUMNS} FROM users
        WHERE username IN (SELECT username FROM above) OR username = ANY ($2) OR (active AND roles && $3)
        """,  # noqa: S608
        list(asked),
        list(users),
        list(roles),
    )
    return {row["username"]: member_of(row) for row in rows}


async def known(
    executor: Pool | Connection, usernames: Iterable[str], roles: Iterable[str]
) -> tuple[set[str], set[str]]:
    """Those of the usernames that are active users', and those of the roles that an active user holds."""
    users = await executor.fetch("SELECT username FROM users WHERE active AND username = ANY ($1)", list(usernames))
    held = await executor.fetch(
        "SELECT DISTINCT unnest(roles) AS role FROM users WHERE active AND roles && $1", list(roles)
    )
    return {row["username"] for row in users}, {row["role"] for row in held}


async def departments(executor: Pool | Connection) -> list[str]:
    """The departments of the active users; an empty one is of those who are in none."""
    rows = await executor.fetch("SELECT DISTINCT department FROM users WHERE active ORDER BY department")
    return [row["department"] for row in rows]


async def roles_of_active(
    executor: Pool | Connection, usernames: Iterable[str], roles: Iterable[str]
) -> dict[str, set[str]]:
    """The active users among these, by name or by role, with the roles that each holds."""
    query = "SELECT username, roles FROM users WHERE active AND (username = ANY ($1) OR roles && $2)"
    return {row["username"]: set(row["roles"]) for row in await executor.fetch(query, list(usernames), list(roles))}


def member_of(row: asyncpg.Record) -> Member:
    """The member whom a row describes."""
    return Member(
        username=row["username"],
        name=row["name"],
        roles=frozenset(row["roles"]),
        manager=row["manager"],
        department=row["department"],
        active=row["active"],
    )
