"""Mails: what of the notices goes out by mail, in which mail, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.model import Frozen
from crm.notices import StoredNotice
from crm.pool import Connection, Pool

_LOCK: Final = 0x6D61696C73
"""One at a time puts notices into mails, so that none is in two."""
MOST_UNSURE: Final = 2
"""A mail of which so often nobody learned whether it was taken is not sent again: it may have come so many times."""


class MailState(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    """The mail server has taken it."""
    REFUSED = "refused"
    """It will not take it, for this receiver."""
    UNKNOWN = "unknown"
    """It may have taken it, more than once even; nobody knows."""


class Mail(Frozen):
    """A mail that is to be sent now, by whoever has claimed it."""

    id: UUID
    username: str
    created_at: datetime
    tries: int
    """This one included."""


class Refused(Frozen):
    """A mail that came to a bad end, for ops."""

    username: str
    state: MailState
    answer: str
    ended_at: datetime


class Standing(Frozen):
    """How it stands with all mail."""

    waiting: int
    """Mails that are to be tried again, or are being sent."""
    notices: int
    """Notices that wait for a mail, now or later."""
    sent: int
    """Mails of the last day."""
    refused: tuple[Refused, ...]
    """The last of this day."""
    next_at: datetime | None
    """When there is something to do again."""


async def gather(connection: Connection, within: timedelta, limit: int) -> int:
    """Put what is due into mails, one for each person.

    Args:
        connection: in a transaction.
        within: what is due so soon goes along with what is due.
        limit: mails at most.

    Returns:
        How many mails were made.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await connection.execute(
        """UPDATE notices n SET mail_at = NULL FROM users u
           WHERE n.mail_at <= now() AND n.mail_id IS NULL AND u.username = n.username AND (u.email = '' OR NOT u.active)"""
    )
    people = await connection.fetch(
        """SELECT username FROM notices WHERE mail_at <= now() AND mail_id IS NULL
           GROUP BY username ORDER BY min(mail_at) LIMIT $1""",
        limit,
    )
    mails = [(uuid7(), row["username"]) for row in people]
    ids, usernames = [mail_id for mail_id, _ in mails], [username for _, username in mails]
    await connection.execute(
        "INSERT INTO mails (id, username) SELECT * FROM unnest($1::uuid[], $2::text[])", ids, usernames
    )
    await connection.execute(
        """UPDATE notices n SET mail_id = m.id FROM unnest($1::uuid[], $2::text[]) AS m (id, username)
           WHERE n.username = m.username AND n.mail_id IS NULL AND n.mail_at <= now() + $3""",
        ids,
        usernames,
        within,
    )
    return len(mails)


async def claim(pool: Pool, lease: timedelta) -> Mail | None:
    """The mail that is due next, if there is one, for whoever asks and nobody else.

    One that was being sent when its sender died is given out once more; the second time its end is ``unknown``.

    Args:
        lease: for how long.
    """
    await pool.execute(
        """UPDATE mails SET state = 'unknown', unsure = unsure + 1, ended_at = now(), answer = 'no answer'
           WHERE state = 'sending' AND next_try_at <= now() AND unsure + 1 >= $1""",
        MOST_UNSURE,
    )
    row = await pool.fetchrow(
        """UPDATE mails SET tries = tries + 1, unsure = unsure + CASE state WHEN 'sending' THEN 1 ELSE 0 END,
               state = 'sending', next_try_at = now() + $1
           WHERE id = (
               SELECT id FROM mails WHERE state IN ('waiting', 'sending') AND next_try_at <= now()
               ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED
           ) RETURNING id, username, created_at, tries""",
        lease,
    )
    return Mail(**row) if row else None


async def notices_of(pool: Pool, mail_id: UUID) -> list[StoredNotice]:
    """What a mail tells, in the order in which it happened."""
    rows = await pool.fetch(
        "SELECT id, request_id, kind, type, facts, created_at, read_at FROM notices WHERE mail_id = $1 ORDER BY id",
        mail_id,
    )
    return [StoredNotice(**row) for row in rows]


async def end(pool: Pool, mail_id: UUID, state: MailState, answer: str) -> None:
    """A mail is sent, or never will be."""
    await pool.execute(
        "UPDATE mails SET state = $2, answer = $3, ended_at = now() WHERE id = $1 AND state = 'sending'",
        mail_id,
        state,
        answer,
    )


async def wait(pool: Pool, mail_id: UUID, pause: timedelta, answer: str) -> None:
    """A mail that was certainly not taken is tried again later."""
    await pool.execute(
        """UPDATE mails SET state = 'waiting', next_try_at = now() + $2, answer = $3 WHERE id = $1 AND state = 'sending'""",
        mail_id,
        pause,
        answer,
    )


async def doubt(pool: Pool, mail_id: UUID, pause: timedelta, answer: str) -> None:
    """Nobody knows whether a mail was taken. It is sent once more; the second time that is its end."""
    await pool.execute(
        """UPDATE mails SET unsure = unsure + 1, answer = $3,
               state = CASE WHEN unsure + 1 >= $4 THEN 'unknown' ELSE 'waiting' END,
               ended_at = CASE WHEN unsure + 1 >= $4 THEN now() END, next_try_at = now() + $2
           WHERE id = $1 AND state = 'sending'""",
        mail_id,
        pause,
        answer,
        MOST_UNSURE,
    )


async def drop(pool: Pool, mail_id: UUID) -> None:
    """A mail has nothing to say any more: it is not sent, and its notices need none."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE notices SET mail_at = NULL, mail_id = NULL WHERE mail_id = $1", mail_id)
        await connection.execute("DELETE FROM mails WHERE id = $1", mail_id)


async def address_of(pool: Pool, username: str) -> str:
    """Where somebody is written to now; empty: nowhere."""
    query = "SELECT email FROM users WHERE username = $1 AND active"
    return await pool.fetchval(query, username) or ""


async def anything_due(pool: Pool) -> bool:
    """Whether there is something to send now."""
    return bool(
        await pool.fetchval(
            """SELECT EXISTS (SELECT FROM mails WHERE state IN ('waiting', 'sending') AND next_try_at <= now())
                   OR EXISTS (SELECT FROM notices WHERE mail_at <= now() AND mail_id IS NULL)"""
        )
    )


async def anything_waits(pool: Pool) -> bool:
    """Whether a mail is to be sent, now or later."""
    return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM mails WHERE state IN ('waiting', 'sending'))"))


async def standing(pool: Pool, most_refused: int) -> Standing:
    """How it stands with all mail."""
    row = await pool.fetchrow(
        """SELECT m.waiting, n.notices, least(m.next_at, n.next_at) AS next_at, s.sent
           FROM (SELECT count(*) AS waiting, min(next_try_at) AS next_at FROM mails WHERE state IN ('waiting', 'sending')) m,
               (SELECT count(*) AS notices, min(mail_at) AS next_at FROM notices
                WHERE mail_at IS NOT NULL AND mail_id IS NULL) n,
               (SELECT count(*) AS sent FROM mails WHERE state = 'sent' AND ended_at > now() - interval '1 day') s"""
    )
    refused = await pool.fetch(
        """SELECT username, state, answer, ended_at FROM mails
           WHERE state IN ('refused', 'unknown') AND ended_at > now() - interval '1 day' ORDER BY ended_at DESC LIMIT $1""",
        most_refused,
    )
    assert row is not None  # noqa: S101 - it counts
    return Standing(**row, refused=tuple(Refused(**one) for one in refused))


class TokenRow(Frozen):
    """What a link is for."""

    mail_id: UUID
    username: str
    request_id: UUID
    assignment_id: UUID
    step: str
    version: int
    """The request's, as its reader was shown it."""
    expires_at: datetime
    used_at: datetime | None = None


async def keep_tokens(pool: Pool, tokens: Iterable[tuple[bytes, TokenRow]]) -> None:
    """Keep what links are for, each by the SHA-256 of its token."""
    await pool.executemany(
        """INSERT INTO mail_tokens (token_hash, mail_id, username, request_id, assignment_id, step, version, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [
            (
                token_hash,
                row.mail_id,
                row.username,
                row.request_id,
                row.assignment_id,
                row.step,
                row.version,
                row.expires_at,
            )
            for token_hash, row in tokens
        ],
    )


async def find_token(pool: Pool, token_hash: bytes) -> TokenRow | None:
    """What a link is for, if there is one with such a token."""
    row = await pool.fetchrow(
        """SELECT mail_id, username, request_id, assignment_id, step, version, expires_at, used_at
           FROM mail_tokens WHERE token_hash = $1""",
        token_hash,
    )
    return TokenRow(**row) if row else None


async def use_token(pool: Pool, token_hash: bytes, decision: str) -> None:
    """A link was used; the first use counts."""
    await pool.execute(
        "UPDATE mail_tokens SET used_at = now(), decision = $2 WHERE token_hash = $1 AND used_at IS NULL",
        token_hash,
        decision,
    )
