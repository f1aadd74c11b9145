"""The directory as files bring it: everybody who is there or was, and written in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from crm.pool import Connection, Pool

FIELDS: Final = ("username", "name", "roles", "manager", "department", "email", "left")


async def hold(connection: Connection) -> None:
    """Have nobody else change the directory until the transaction ends; everybody goes on reading it."""
    await connection.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")


async def everybody(executor: Pool | Connection) -> dict[str, dict[str, Any]]:
    """Everybody by username, those who have left included, with ``FIELDS``; roles are a sorted tuple."""
    rows = await executor.fetch(
        'SELECT username, name, roles, manager, department, email, NOT active AS "left" FROM users ORDER BY username'
    )
    return {row["username"]: {**dict(row), "roles": tuple(sorted(row["roles"]))} for row in rows}


async def write(connection: Connection, people: Iterable[Mapping[str, Any]]) -> None:
    """Make people or change them. Whoever has left is signed out by the database itself.

    Args:
        people: with ``FIELDS``; a manager may be one of those who come with them.
    """
    given = [{**person, "roles": list(person["roles"])} for person in people]
    await connection.execute(_WRITE, given)


_WRITE: Final = """
INSERT INTO users (username, name, roles, manager, department, email, active)
SELECT username, name, roles, manager, department, email, NOT "left"
FROM jsonb_to_recordset($1) AS t (username text, name text, roles text[], manager text, department text, email text, "left" boolean)
ON CONFLICT (username) DO UPDATE SET name = excluded.name, roles = excluded.roles, manager = excluded.manager,
    department = excluded.department, email = excluded.email, active = excluded.active
"""


async def make_first_admin(pool: Pool, username: str, name: str) -> bool:
    """Make somebody an admin of a directory that has none who can sign in; False: there is one, and nothing was done."""
    async with pool.acquire() as connection, connection.transaction():
        await hold(connection)
        if await connection.fetchval("SELECT true FROM users WHERE active AND 'admin' = ANY (roles) LIMIT 1"):
            return False
        await connection.execute(
            """INSERT INTO users (username, name, roles) VALUES ($1, $2, '{admin}')
               ON CONFLICT (username) DO UPDATE SET active = true, roles = array_append(users.roles, 'admin')""",
            username,
            name,
        )
    return True
