"""Open pages: what changed is told to those who look and may see it, for one question to the database, however many look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Set
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final
from uuid import UUID

import structlog

from application.delivery.outcomes import Outcomes, Watcher
from crm import directory, requests
from crm.pool import DATABASE_TROUBLE, Pool

log = structlog.get_logger(__name__)

BATCH_SECONDS: Final = 0.1
"""What changes within this long after the last question is asked about together. Pages wait longer before they look again."""
PEOPLE_SECONDS: Final = 60.0
"""How old it may be what is known of those who look: whether they are still active."""
DATABASE_PAUSE: Final = 1.0


class Stream(Watcher):
    """What one open page is told of."""

    def __init__(self) -> None:
        super().__init__()
        self.replaced = False
        """Whether it ends because its user has opened as many others since as they may have."""

    def replace(self) -> None:
        """End it in favour of another one."""
        self.replaced = True
        self.stop()


class Streams:
    """The streams of this process.

    Args:
        pool: the CRM database.
        outcomes: hears what changes.
        at_once: streams that one user may have open; one more ends the oldest.
    """

    def __init__(self, pool: Pool, outcomes: Outcomes, *, at_once: int) -> None:
        self._pool = pool
        self._outcomes = outcomes
        self._at_once = at_once
        self._open: dict[str, list[Stream]] = {}
        """By username, the oldest first."""

    @contextmanager
    def open(self, username: str) -> Iterator[Stream]:
        """A stream of a user, while the block runs."""
        stream = Stream()
        mine = self._open.setdefault(username, [])
        mine.append(stream)
        for oldest in mine[: -self._at_once]:
            oldest.replace()
            mine.remove(oldest)
        try:
            yield stream
        finally:
            self._forget(username, stream)

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
            self._end(set(self._open))

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
            while (changes := await watcher.changes(max(known_at + PEOPLE_SECONDS - loop.time(), 0))) is not None:
                try:
                    if loop.time() >= known_at + PEOPLE_SECONDS:
                        self._end(set(self._open) - await self._active())
                        known_at = loop.time()
                    seen = await self._seen(changes.request_ids)
                except DATABASE_TROUBLE:
                    watcher.tell_missed()
                    await asyncio.sleep(DATABASE_PAUSE)
                    continue
                if changes.missed:
                    self._tell_missed()
                self._tell_of(seen)
                await asyncio.sleep(BATCH_SECONDS)

    async def _active(self) -> set[str]:
        names = list(self._open)
        return await directory.active(self._pool, names) if names else set()

    async def _seen(self, request_ids: Set[UUID]) -> Mapping[UUID, Set[str]]:
        """Who of those who look may see which request."""
        names = list(self._open)
        return await requests.seen_by(self._pool, request_ids, names) if names and request_ids else {}

    def _tell_of(self, seen: Mapping[UUID, Set[str]]) -> None:
        for request_id, names in seen.items():
            for name in names:
                for stream in self._open.get(name, ()):
                    stream.tell(request_id)

    def _tell_missed(self) -> None:
        for streams in self._open.values():
            for stream in streams:
                stream.tell_missed()

    def _end(self, usernames: Set[str]) -> None:
        for name in usernames:
            for stream in self._open.pop(name, ()):
                stream.stop()

    def _forget(self, username: str, stream: Stream) -> None:
        mine = self._open.get(username, [])
        if stream in mine:
            mine.remove(stream)
        if not mine:
            self._open.pop(username, None)
