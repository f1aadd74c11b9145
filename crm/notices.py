"""What people are told: the bell, what of it is read, and how each wants to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approval.model import Frozen
from crm.pool import Connection, Pool

NOTICED: Final = "noticed"
"""The channel on which listeners hear whose unread notices are others now: usernames, as a JSON array."""
_MOST_NAMES: Final = 150
"""Usernames in one notification, of which PostgreSQL takes 8,000 bytes."""


MOST_COUNTED: Final = 100
"""Unread notices that are counted; with more, it is so many or more."""
UNREAD: Final = f"""(SELECT count(*) FROM (
    SELECT FROM notices n WHERE n.username = u.username AND n.read_at IS NULL LIMIT {MOST_COUNTED}) unread)"""  # noqa: S608
"""How many notices the user ``u`` has not read."""


class NoticeRow(Frozen):
    """A notice to be written."""

    id: UUID
    username: str
    event_id: UUID
    request_id: UUID | None
    """None: it is about an endpoint, which the facts name."""
    kind: str
    type: str
    facts: Mapping[str, Any]
    mail_at: datetime | None


class StoredNotice(Frozen):
    """A notice of somebody."""

    id: UUID
    request_id: UUID | None
    """None: it is about an endpoint, which the facts name."""
    kind: str
    type: str
    """The event's; see ``approval.effects.EventType``."""
    facts: Mapping[str, Any]
    """As they were when it happened."""
    created_at: datetime
    read_at: datetime | None


class NoticeSettings(Frozen):
    """How somebody wants to be told."""

    language: str = "vi"
    email: Mapping[str, str] = {}
    """``at_once``, ``daily`` or ``off`` by kind, where they have said so."""
    push: Mapping[str, bool] = {}
    """By kind, whether it is told on their devices, too, where they have said so."""


class Reader(Frozen):
    """Somebody who can be told."""

    username: str
    email: str
    settings: NoticeSettings


async def readers(connection: Connection, usernames: Iterable[str]) -> dict[str, Reader]:
    """Those of the usernames that are active users'."""
    rows = await connection.fetch(
        """SELECT u.username, u.email, s.language, s.email AS ways FROM users u LEFT JOIN notice_settings s USING (username)
           WHERE u.active AND u.username = ANY ($1)""",
        list(usernames),
    )
    return {
        row["username"]: Reader(
            username=row["username"], email=row["email"], settings=_settings(row["language"], row["ways"])
        )
        for row in rows
    }


async def insert(connection: Connection, notices: Sequence[NoticeRow]) -> None:
    """Write notices, each once for an event and a person, and tell the listeners when that is committed."""
    await connection.execute(
        """INSERT INTO notices (id, username, event_id, request_id, kind, type, facts, mail_at)
           SELECT id, username, event_id, request_id, kind, type, facts, mail_at FROM jsonb_to_recordset($1) AS n
               (id uuid, username text, event_id uuid, request_id uuid, kind text, type text, facts jsonb, mail_at timestamptz)
           ON CONFLICT (event_id, username) DO NOTHING""",
        [notice.model_dump() for notice in notices],
    )
    await _tell(connection, {notice.username for notice in notices})


async def settle(connection: Connection, request_ids: Collection[UUID]) -> None:
    """Notices that asked somebody to decide what is decided by now are read, and are not mailed any more."""
    rows = await connection.fetch(
        """UPDATE notices n SET read_at = coalesce(n.read_at, now()),
               mail_at = CASE WHEN n.mail_id IS NOT NULL THEN n.mail_at END
           FROM assignments a
           WHERE n.request_id = ANY ($1) AND n.kind IN ('asked', 'reminded') AND a.id = (n.facts ->> 'assignment_id')::uuid
               AND a.request_id = n.request_id AND a.state <> 'open'
               AND (n.read_at IS NULL OR (n.mail_at IS NOT NULL AND n.mail_id IS NULL))
           RETURNING n.username""",
        list(request_ids),
    )
    await _tell(connection, {row["username"] for row in rows})


async def anything_to_mail(pool: Pool) -> bool:
    """Whether a notice waits to be mailed, now or later."""
    query = "SELECT EXISTS (SELECT FROM notices WHERE mail_at IS NOT NULL AND mail_id IS NULL)"
    return bool(await pool.fetchval(query))


async def _tell(connection: Connection, usernames: Collection[str]) -> None:
    names = sorted(usernames)
    for first in range(0, len(names), _MOST_NAMES):
        await connection.execute(
            "SELECT pg_notify($1, to_json($2::text[])::text)", NOTICED, names[first : first + _MOST_NAMES]
        )


async def page(
    pool: Pool, username: str, *, unread: bool, limit: int, before: UUID | None = None
) -> tuple[tuple[StoredNotice, ...], bool]:
    """Somebody's notices, the newest first, and whether there are more.

    Args:
        unread: only those.
        before: the last one of the page before.
    """
    rows = await pool.fetch(
        """SELECT id, request_id, kind, type, facts, created_at, read_at FROM notices
           WHERE username = $1 AND ($2::uuid IS NULL OR id < $2) AND (NOT $3 OR read_at IS NULL)
           ORDER BY id DESC LIMIT $4""",
        username,
        before,
        unread,
        limit + 1,
    )
    return tuple(StoredNotice(**row) for row in rows[:limit]), len(rows) > limit


async def count_unread(pool: Pool, username: str) -> int:
    """How many notices somebody has not read, up to ``MOST_COUNTED``."""
    return int(await pool.fetchval(f"SELECT {UNREAD} FROM users u WHERE username = $1", username) or 0)  # noqa: S608


async def find(pool: Pool, username: str, notice_id: UUID) -> StoredNotice | None:
    """One of somebody's notices."""
    row = await pool.fetchrow(
        "SELECT id, request_id, kind, type, facts, created_at, read_at FROM notices WHERE username = $1 AND id = $2",
        username,
        notice_id,
    )
    return StoredNotice(**row) if row else None


async def mark_read(pool: Pool, username: str, notice_ids: Collection[UUID] | None) -> int:
    """Somebody has read notices of theirs; None: all of them. How many of them were unread."""
    rows = await pool.fetch(
        """UPDATE notices SET read_at = now() WHERE username = $1 AND read_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY ($2))
           RETURNING id""",
        username,
        list(notice_ids) if notice_ids is not None else None,
    )
    if rows:
        async with pool.acquire() as connection:
            await _tell(connection, {username})
    return len(rows)


async def settings_of(pool: Pool, username: str) -> NoticeSettings:
    """How somebody wants to be told."""
    row = await pool.fetchrow("SELECT language, email, push FROM notice_settings WHERE username = $1", username)
    return NoticeSettings(**row) if row else NoticeSettings()


async def save_settings(pool: Pool, username: str, settings: NoticeSettings) -> None:
    """Somebody says how they want to be told."""
    await pool.execute(
        """INSERT INTO notice_settings (username, language, email, push) VALUES ($1, $2, $3, $4)
           ON CONFLICT (username) DO UPDATE SET language = excluded.language, email = excluded.email, push = excluded.push""",
        username,
        settings.language,
        dict(settings.email),
        dict(settings.push),
    )


def _settings(language: str | None, email: Mapping[str, str] | None) -> NoticeSettings:
    return NoticeSettings(language=language or "vi", email=email or {})
