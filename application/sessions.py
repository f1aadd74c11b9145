"""Sessions of people at the pages. They are kept in the database: one that has ended has ended for every API process at once.

How long they last, and why: docs/security.md, "Sessions".
"""

from __future__ import annotations

import secrets
from collections.abc import Set
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from application.caller import Caller
from approval.model import Channel, Frozen
from crm import sessions
from crm.pool import DATABASE_TROUBLE, Pool

MOST_OF_ONE: Final = 20
"""Sessions of one person. With one more, the one that was not used for longest ends."""
NOTED: Final = timedelta(minutes=1)
"""That somebody is there is written so often at most; a session may seem idle for as long as this more than it is."""
MOST_OVER: Final = 10_000
"""Keys of sessions that are over which a process knows by heart."""
_BYTES: Final = 32


class Visitor(Frozen):
    """Whoever is signed in, how many requests wait on them, and how many notices they have not read."""

    caller: Caller
    waiting: int
    unread: int


class Sessions:
    """Begins, finds and ends sessions. A session is known by its key, which only its browser has.

    Args:
        pool: the CRM database.
        idle: a session that nobody uses ends after this.
        lasting: every session ends after this.
    """

    def __init__(self, pool: Pool, *, idle: timedelta, lasting: timedelta) -> None:
        self._pool = pool
        self._idle = idle
        self._lasting = lasting
        self._over: dict[str, None] = {}

    async def begin(
        self, username: str, *, authenticated_at: datetime | None, instead_of: str | None = None
    ) -> str | None:
        """The key of a new session; None: there is no active user of this name.

        Args:
            username: whose it is.
            authenticated_at: when they showed who they are, if that is known.
            instead_of: the key of a session that ends by it.
        """
        key = secrets.token_urlsafe(_BYTES)
        begun = await sessions.begin(
            self._pool,
            key,
            username,
            authenticated_at=authenticated_at,
            lasting=self._lasting,
            most=MOST_OF_ONE,
            instead_of=instead_of,
        )
        return key if begun else None

    async def visitor(self, key: str, *, present: bool) -> Visitor | None:
        """Whose session has this key, if it goes on and they are still an active user.

        Args:
            key: the key.
            present: whether a person is at it, and not a script that only looks whether something changed.
        """
        if self.is_over(key):
            return None
        found = await sessions.find(self._pool, key, idle=self._idle, noted=NOTED)
        if found is None:
            self._note_over(key)
            return None
        if present and found.is_due:
            with suppress(*DATABASE_TROUBLE, asyncpg.PostgresError):  # who can be read for may read on
                await sessions.note_seen(self._pool, key)
        caller = Caller.of(found.member, found.reports, Channel.PAGES, found.authenticated_at, found.substitutions)
        return Visitor(caller=caller, waiting=found.waiting, unread=found.unread)

    def is_over(self, key: str) -> bool:
        """Whether the session of this key is known to have ended: none ever goes on again. False: who knows."""
        return key in self._over

    async def going_on(self, names: Set[str]) -> set[str]:
        """Which of these sessions go on; they are called as ``crm.sessions.ENDED`` calls them."""
        return await sessions.going_on(self._pool, names, idle=self._idle) if names else set()

    async def end(self, key: str) -> None:
        """End a session."""
        await sessions.end(self._pool, key)

    async def end_all(self, username: str) -> None:
        """End all sessions of a person."""
        await sessions.end_all(self._pool, username)

    def _note_over(self, key: str) -> None:
        self._over[key] = None
        if len(self._over) > MOST_OVER:
            del self._over[next(iter(self._over))]
