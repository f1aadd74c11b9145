"""Sessions of people who are signed in to the pages. Of a session's key, which its browser has, only a hash is kept.

Whatever deletes a session, the database tells on ``ENDED`` which one, by the name that ``name_of`` gives it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from approval.model import Frozen
from approval.routing import Member
from approval.substitution import Substitution
from crm.directory import COLUMNS, member_of
from crm.notices import UNREAD
from crm.pool import Pool
from crm.standing_in import HELD_BY, WAITING, substitutions_of
from crm.visibility import REPORTS

ENDED: Final = "sessions_ended"
"""The channel."""


class SignedIn(Frozen):
    """Whose session it is.

    ``reports``: usernames of everyone below them. ``waiting``: how many requests wait on them or on
    whom they stand in for by ``substitutions``. ``unread``: how many notices they have not read. ``authenticated_at``: when
    they last showed who they are, if that is known. ``is_due``: whether it is time to note that they were seen.
    """

    member: Member
    reports: tuple[str, ...]
    waiting: int
    unread: int
    substitutions: tuple[Substitution, ...]
    authenticated_at: datetime | None
    is_due: bool


def name_of(key: str) -> str:
    """How the session of a key is called where its end is told."""
    return _hash(key).hex()


async def begin(
    pool: Pool,
    key: str,
    username: str,
    *,
    authenticated_at: datetime | None,
    lasting: timedelta,
    most: int,
    instead_of: str | None,
) -> bool:
    """Begin a session of an active user; False: there is none of this name, and nothing is changed.

    Args:
        key: random, new.
        username: whose.
        authenticated_at: when they showed who they are, if that is known.
        lasting: after this it ends whatever is done in it.
        most: sessions that one person has; those not used for longest end.
        instead_of: the key of a session that ends by it.
    """
    answer = await pool.execute(
        """WITH person AS (SELECT username FROM users WHERE username = $2 AND active),
                ended AS (DELETE FROM sessions WHERE EXISTS (SELECT FROM person) AND (key_hash = $5 OR key_hash = ANY (ARRAY(
                    SELECT key_hash FROM sessions WHERE username = $2 ORDER BY seen_at DESC, began_at DESC OFFSET $6))))
           INSERT INTO sessions (key_hash, username, authenticated_at, ends_at)
           SELECT $1, username, $3, now() + $4::interval FROM person""",
        _hash(key),
        username,
        authenticated_at,
        lasting,
        _hash(instead_of) if instead_of else None,
        most - 1,
    )
    return answer.endswith(" 1")


_GOES_ON: Final = "ends_at > now() AND seen_at > now() - $2::interval"
_FIND: Final = f"""
SELECT {COLUMNS}, ({REPORTS}) AS reports,
    {WAITING} AS waiting, {UNREAD} AS unread, {HELD_BY} AS held,
    authenticated_at, seen_at < now() - $3::interval AS is_due
FROM sessions s JOIN users u USING (username)
WHERE key_hash = $1 AND u.active AND {_GOES_ON}
"""  # noqa: S608


async def find(pool: Pool, key: str, *, idle: timedelta, noted: timedelta) -> SignedIn | None:
    """Whose session has this key, if it goes on.

    Args:
        key: the key.
        idle: a session that was not seen for as long has ended.
        noted: see ``SignedIn.is_due``.
    """
    row = await pool.fetchrow(_FIND, _hash(key), idle, noted)
    if row is None:
        return None
    return SignedIn(
        member=member_of(row),
        reports=tuple(row["reports"] or ()),
        waiting=row["waiting"],
        unread=row["unread"],
        substitutions=substitutions_of(row["held"]),
        authenticated_at=row["authenticated_at"],
        is_due=row["is_due"],
    )


async def going_on(pool: Pool, names: Iterable[str], *, idle: timedelta) -> set[str]:
    """Which of these sessions go on.

    Args:
        names: as ``name_of`` gives them.
        idle: see ``find``.
    """
    rows = await pool.fetch(
        f"SELECT key_hash FROM sessions WHERE key_hash = ANY ($1) AND {_GOES_ON}",  # noqa: S608
        [bytes.fromhex(name) for name in names],
        idle,
    )
    return {row["key_hash"].hex() for row in rows}


async def note_seen(pool: Pool, key: str) -> None:
    """Have a session's idle time begin again."""
    await pool.execute("UPDATE sessions SET seen_at = now() WHERE key_hash = $1", _hash(key))


async def end(pool: Pool, key: str) -> None:
    """End a session, if it goes on."""
    await pool.execute("DELETE FROM sessions WHERE key_hash = $1", _hash(key))


async def end_all(pool: Pool, username: str) -> None:
    """End every session of a person."""
    await pool.execute("DELETE FROM sessions WHERE username = $1", username)


async def end_everybodys(pool: Pool) -> int:
    """End everybody's sessions; how many there were."""
    answer = await pool.execute("DELETE FROM sessions")
    return int(answer.removeprefix("DELETE "))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
