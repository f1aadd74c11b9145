"""Views of the list of requests that people keep under a name, each for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from approval.model import Frozen
from crm.pool import Connection, Pool


class ListView(Frozen):
    """A list as somebody wants to see it again."""

    id: UUID
    name: str
    address: Mapping[str, str]
    """What it is narrowed to and sorted by, and its columns, by the names that they have in its address."""
    is_default: bool
    """Whether it is what they see first."""


async def of_person(executor: Pool | Connection, username: str) -> list[ListView]:
    """Somebody's views, in the order in which they made them."""
    rows = await executor.fetch(
        "SELECT id, name, address, is_default FROM list_views WHERE username = $1 ORDER BY made_at, id", username
    )
    return [ListView.model_validate(dict(row)) for row in rows]


async def lock(connection: Connection, username: str) -> list[ListView]:
    """The same, which nothing changes until the transaction has ended."""
    await connection.execute("SELECT FROM users WHERE username = $1 FOR NO KEY UPDATE", username)
    return await of_person(connection, username)


async def put(connection: Connection, username: str, view: ListView, *, at: datetime) -> None:
    """Keep a view, new or in the place of one with its id; there is one default at most.

    Args:
        at: when it was made, if it is new; UTC.
    """
    if view.is_default:
        await connection.execute(
            "UPDATE list_views SET is_default = false WHERE username = $1 AND is_default AND id <> $2",
            username,
            view.id,
        )
    await connection.execute(
        """INSERT INTO list_views (id, username, name, address, is_default, made_at) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, address = excluded.address, is_default = excluded.is_default
           WHERE list_views.username = excluded.username""",
        view.id,
        username,
        view.name,
        dict(view.address),
        view.is_default,
        at,
    )


async def delete(executor: Pool | Connection, username: str, view_id: UUID) -> None:
    """Forget a view of somebody's, if there is such a one."""
    await executor.execute("DELETE FROM list_views WHERE username = $1 AND id = $2", username, view_id)
