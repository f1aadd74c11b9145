"""Open pages: what changed is told to those who look and may see it, for one question to the database, however many look."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Set
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final
from uuid import UUID

import structlog

from application.delivery.outcomes import Changes, Outcomes, Watcher
from application.sessions import Sessions
from crm import requests
from crm.pool import DATABASE_TROUBLE, Pool

log = structlog.get_logger(__name__)

BATCH_SECONDS: Final = 0.1
"""What changes within this long after the last question is asked about together. Pages wait longer before they look again."""
SESSIONS_SECONDS: Final = 60.0
"""So often it is looked whether the sessions of those who look go on: their time may be over without a word."""
DATABASE_PAUSE: Final = 1.0
REMEMBERED_SECONDS: Final = 30.0
"""So long it is remembered what changed, for pages that were made before and begin to listen only now."""


class Stream(Watcher):
    """What one open page is told of.

    Args:
        session: the session that it belongs to, by the name of ``crm.sessions.ENDED``.
    """

    def __init__(self, session: str) -> None:
        super().__init__()
        self.session = session
        self.replaced = False
        """Whether it ends because its user has opened as many others since as they may have."""
        self.left = False
        """Whether it ends because its process stops."""

    def replace(self) -> None:
        """End it in favour of another one."""
        self.replaced = True
        self.stop()

    def leave(self) -> None:
        """End it, as the process stops."""
        self.left = True
        self.stop()


class Streams:
    """The streams of this process.

    Args:
        pool: the CRM database.
        outcomes: hears what changes.
        sessions: knows which sessions go on.
        at_once: streams that one user may have open; one more ends the oldest.
    """

    def __init__(self, pool: Pool, outcomes: Outcomes, sessions: Sessions, *, at_once: int) -> None:
        self._pool = pool
        self._outcomes = outcomes
        self._sessions = sessions
        self._at_once = at_once
        self._open: dict[str, list[Stream]] = {}
        """By username, the oldest first."""
        self._recent: deque[tuple[float, Changes]] = deque()
        """What changed lately, and when it was heard of."""
        self._leaving = False

    @contextmanager
    def open(self, username: str, session: str) -> Iterator[Stream]:
        """A stream of a user, while the block runs and the session goes on; see ``Stream``."""
        stream = Stream(session)
        mine = self._open.setdefault(username, [])
        mine.append(stream)
        for oldest in mine[: -self._at_once]:
            oldest.replace()
            mine.remove(oldest)
        if self._leaving:
            stream.leave()
        try:
            yield stream
        finally:
            self._forget(username, stream)

    async def catch_up(self, stream: Stream, username: str, seconds: float) -> None:
        """Tell a stream that has just been opened what changed in the seconds before: since its page was asked for."""
        since = asyncio.get_running_loop().time() - seconds
        recent = [changes for heard_at, changes in self._recent if heard_at >= since]
        if seconds > REMEMBERED_SECONDS or any(changes.missed for changes in recent):
            stream.tell_missed()
            return
        if any(username in changes.noticed for changes in recent):
            stream.tell_noticed([username])
        own = {request_id for changes in recent for name, request_id in changes.own if name == username}
        changed = own.union(*(changes.request_ids for changes in recent))
        try:
            seen = await requests.seen_by(self._pool, changed, [username]) if changed else {}
        except DATABASE_TROUBLE:
            stream.tell_missed()
            return
        for request_id in seen:
            stream.tell(request_id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell the streams for as long as the block runs; then end them."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._end(self._all())

    def leave(self) -> None:
        """End all streams, and each that is opened from now on at once: the process stops, and another one will tell them."""
        self._leaving = True
        for streams in self._open.values():
            for stream in streams:
                stream.leave()

    def count(self, username: str) -> int:
        """How many streams a user has open."""
        return len(self._open.get(username, ()))

    async def _run(self) -> None:
        while True:
            try:
                await self._tell()
            except Exception:  # nobody would start it again, and every open page would go stale
                log.exception("open pages could not be told of changes")
                self._tell_missed()
            await asyncio.sleep(DATABASE_PAUSE)

    async def _tell(self) -> None:
        """Tell what changes until the process stops."""
        loop = asyncio.get_running_loop()
        known_at = loop.time()
        with self._outcomes.watching() as watcher:
            while (changes := await watcher.changes(max(known_at + SESSIONS_SECONDS - loop.time(), 0))) is not None:
                self._end(changes.ended)
                self._remember(loop.time(), changes)
                try:
                    if changes.missed or loop.time() >= known_at + SESSIONS_SECONDS:
                        await self._end_those_that_are_over()
                        known_at = loop.time()
                    seen = await self._seen(changes.request_ids)
                except DATABASE_TROUBLE:
                    watcher.tell_missed()
                    await asyncio.sleep(DATABASE_PAUSE)
                    continue
                if changes.missed:
                    self._tell_missed()
                self._tell_noticed(changes.noticed)
                self._tell_own(changes.own)
                self._tell_of(seen)
                await asyncio.sleep(BATCH_SECONDS)

    def _remember(self, heard_at: float, changes: Changes) -> None:
        if changes != Changes():
            self._recent.append((heard_at, changes))
        while self._recent and self._recent[0][0] < heard_at - REMEMBERED_SECONDS:
            self._recent.popleft()

    async def _end_those_that_are_over(self) -> None:
        asked = self._all()
        self._end(asked - await self._sessions.going_on(asked))

    async def _seen(self, request_ids: Set[UUID]) -> Mapping[UUID, Set[str]]:
        """Who of those who look may see which request."""
        names = list(self._open)
        return await requests.seen_by(self._pool, request_ids, names) if names and request_ids else {}

    def _tell_of(self, seen: Mapping[UUID, Set[str]]) -> None:
        for request_id, names in seen.items():
            for name in names:
                for stream in self._open.get(name, ()):
                    stream.tell(request_id)

    def _tell_own(self, own: Set[tuple[str, UUID]]) -> None:
        for name, request_id in own:
            for stream in self._open.get(name, ()):
                stream.tell(request_id)

    def _tell_noticed(self, usernames: Set[str]) -> None:
        for name in usernames:
            for stream in self._open.get(name, ()):
                stream.tell_noticed([name])

    def _tell_missed(self) -> None:
        for streams in self._open.values():
            for stream in streams:
                stream.tell_missed()

    def _all(self) -> set[str]:
        """The sessions that have a stream."""
        return {stream.session for streams in self._open.values() for stream in streams}

    def _end(self, sessions: Set[str]) -> None:
        """End the streams of these sessions."""
        if not sessions:
            return
        for username, streams in list(self._open.items()):
            for stream in [stream for stream in streams if stream.session in sessions]:
                stream.stop()
                self._forget(username, stream)

    def _forget(self, username: str, stream: Stream) -> None:
        mine = self._open.get(username, [])
        if stream in mine:
            mine.remove(stream)
        if not mine:
            self._open.pop(username, None)
