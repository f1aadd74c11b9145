"""Who watches a request: reads it, and hears of it, because somebody of it wanted them to."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from approval.model import Frozen, Person
from crm.flags import flagged_by
from crm.pool import Connection, Pool


class Watcher(Frozen):
    """Somebody who watches a request."""

    person: Person
    added_by: Person
    added_at: datetime


class Watching(Frozen):
    """Who watches a request, as one of its viewers is shown it."""

    watchers: tuple[Watcher, ...]
    """In the order in which they were added."""
    takes_part: bool
    """Whether the viewer is or was an approver of it."""
    flagged: bool
    """Whether the viewer has flagged it for themselves."""


_OF_REQUEST: Final = f"""
SELECT {flagged_by("$2", "$1")} AS flagged, EXISTS (SELECT FROM assignments a WHERE a.request_id = $1 AND (a.person = $2 OR a.acted_by = $2)) AS takes_part,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'person', jsonb_build_object('username', w.username, 'name', u.name),
            'added_by', jsonb_build_object('username', w.added_by, 'name', a.name), 'added_at', w.added_at
        ) ORDER BY w.added_at, w.username), '[]')
        FROM watchers w JOIN users u ON u.username = w.username JOIN users a ON a.username = w.added_by
        WHERE w.request_id = $1) AS watchers
"""  # noqa: S608


async def of_request(executor: Pool | Connection, request_id: UUID, viewer: str) -> Watching:
    """Who watches a request, and whether the viewer approves it."""
    row = await executor.fetchrow(_OF_REQUEST, request_id, viewer)
    assert row is not None  # noqa: S101 - it has no FROM
    return Watching.model_validate(dict(row))


async def insert(executor: Pool | Connection, request_id: UUID, username: str, *, by: str, at: datetime) -> bool:
    """Have somebody watch a request.

    Returns:
        Whether they did not yet.
    """
    query = """INSERT INTO watchers (request_id, username, added_by, added_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (request_id, username) DO NOTHING RETURNING username"""
    return await executor.fetchval(query, request_id, username, by, at) is not None


async def delete(executor: Pool | Connection, request_id: UUID, username: str) -> bool:
    """Have somebody watch a request no more.

    Returns:
        Whether they did.
    """
    query = "DELETE FROM watchers WHERE request_id = $1 AND username = $2 RETURNING username"
    return await executor.fetchval(query, request_id, username) is not None
