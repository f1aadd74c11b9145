"""What people say about a request: their comments, what those said before, and what others are told of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from approval.effects import Event, EventType
from approval.model import Frozen, Person
from crm import cursors, outbox
from crm.pool import Connection, Pool, lock_timeout
from crm.visibility import VISIBLE, Viewer

LONGEST_TOLD: Final = 500
"""Letters of a comment that are told on."""


class Said(Frozen):
    """What a comment said before it was edited, and since when."""

    text: str
    written_at: datetime


class CommentRecord(Frozen):
    """A comment."""

    id: UUID
    request_id: UUID
    author: Person
    text: str
    """As it was typed."""
    mentioned: tuple[Person, ...]
    """Whom it speaks to with an @."""
    written_at: datetime
    edited_at: datetime | None = None
    earlier: tuple[Said, ...] = ()
    """What it said before, oldest first."""

    @property
    def first_text(self) -> str:
        """What it said when it was written."""
        return self.earlier[0].text if self.earlier else self.text


class CommentPage(Frozen):
    """One page of comments and the cursor of the next."""

    items: tuple[CommentRecord, ...]
    next_cursor: str | None


class About(Frozen):
    """What is known at a glance of the request that somebody talks about."""

    id: UUID
    number: str
    owner: str


async def about(connection: Connection, request_id: UUID, viewer: Viewer) -> About | None:
    """The request, if the viewer may see it. From here on the transaction waits for others' locks only so long as
    ``crm.pool.LOCK_SECONDS``."""
    row = await connection.fetchrow(
        f"""SELECT r.id, r.number, r.owner, set_config('lock_timeout', $6, true)
            FROM purchase_requests r WHERE r.id = $5 AND {VISIBLE}""",  # noqa: S608
        *viewer.arguments,
        request_id,
        lock_timeout(),
    )
    return About(**dict(row)) if row else None


_SELECT: Final = """
SELECT c.id, c.request_id, c.text, c.written_at, c.edited_at,
    jsonb_build_object('username', c.author, 'name', u.name) AS author,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('username', m.username, 'name', m.name) ORDER BY m.username), '[]')
        FROM users m WHERE m.username = ANY (c.mentioned)) AS mentioned,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('text', v.text, 'written_at', v.written_at) ORDER BY v.number), '[]')
        FROM comment_versions v WHERE v.comment_id = c.id) AS earlier
FROM comments c JOIN users u ON u.username = c.author
"""


async def page(
    pool: Pool, request_id: UUID, *, limit: int, cursor: str | None = None, newest_first: bool = False
) -> CommentPage:
    """A part of what is said about a request, oldest first unless it is asked for the other way round.

    Args:
        limit: comments at most.
        cursor: ``next_cursor`` of the page before, in the same order.

    Raises:
        RefusedError: ``invalid``: the cursor is not ours.
    """
    order, comparison, direction = ("-comments", "<", "DESC") if newest_first else ("comments", ">", "")
    of = f"{order} {request_id}"
    after = cursors.decode(cursor, of, _read_time) if cursor is not None else ()
    rows = await pool.fetch(
        f"{_SELECT} WHERE c.request_id = $1 {f'AND (c.written_at, c.id) {comparison} ($2, $3)' if after else ''}"
        f" ORDER BY c.written_at {direction}, c.id {direction} LIMIT {limit + 1}",
        request_id,
        *after,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return CommentPage(
        items=tuple(_comment(row) for row in rows[:limit]),
        next_cursor=cursors.encode(of, last["written_at"], last["id"]) if last else None,
    )


async def find(executor: Pool | Connection, comment_id: UUID) -> CommentRecord | None:
    """One comment."""
    row = await executor.fetchrow(f"{_SELECT} WHERE c.id = $1", comment_id)
    return _comment(row) if row else None


async def authors(connection: Connection, request_id: UUID) -> list[str]:
    """Usernames of everybody who has commented on a request."""
    rows = await connection.fetch(
        "SELECT DISTINCT author FROM comments WHERE request_id = $1 ORDER BY author", request_id
    )
    return [row["author"] for row in rows]


async def insert(connection: Connection, new: CommentRecord) -> bool:
    """Keep a new comment, within the caller's transaction.

    Returns:
        Whether there was none of this id.
    """
    query = """INSERT INTO comments (id, request_id, author, text, mentioned, written_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (id) DO NOTHING RETURNING id"""
    mentioned = [person.username for person in new.mentioned]
    written = await connection.fetchval(
        query, new.id, new.request_id, new.author.username, new.text, mentioned, new.written_at
    )
    return written is not None


async def tell(connection: Connection, of: About, new: CommentRecord, *, commented: list[str]) -> None:
    """Have others told of a new comment, in the transaction that writes it.

    Args:
        commented: usernames of those who commented before.
    """
    facts = {
        "number": of.number,
        "owner": of.owner,
        "actor": new.author.username,
        "at": new.written_at.isoformat(),
        "comment_id": str(new.id),
        "text": new.text[:LONGEST_TOLD],
        "mentioned": [person.username for person in new.mentioned],
        "commented": commented,
    }
    await outbox.add(connection, of.id, [Event(type=EventType.COMMENT_ADDED, facts=facts)])


async def lock(connection: Connection, comment_id: UUID) -> None:
    """Keep others from editing a comment until the transaction ends."""
    await connection.execute("SELECT FROM comments WHERE id = $1 FOR NO KEY UPDATE", comment_id)


async def edit(connection: Connection, before: CommentRecord, text: str, mentioned: list[str], *, at: datetime) -> None:
    """Have a comment that the caller has locked say something else, and keep what it said."""
    await connection.execute(
        "INSERT INTO comment_versions (comment_id, number, text, written_at) VALUES ($1, $2, $3, $4)",
        before.id,
        len(before.earlier) + 1,
        before.text,
        before.edited_at or before.written_at,
    )
    await connection.execute(
        "UPDATE comments SET text = $2, mentioned = $3, edited_at = $4 WHERE id = $1", before.id, text, mentioned, at
    )


def _read_time(text: str) -> datetime:
    """A time of a cursor, which has a zone."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _comment(row: asyncpg.Record) -> CommentRecord:
    values: dict[str, Any] = dict(row)
    return CommentRecord.model_validate(values)
