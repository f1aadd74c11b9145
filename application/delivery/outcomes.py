"""Hearing from the database what became of a command: one LISTEN connection for each API process.

A notification may be lost (a dropped connection). So whoever waits for a command also looks by themselves now and
then, and at once after the connection was made again; and whoever watches requests is told then that something may have
changed. What a newer build says in words that this one does not know is lost in the same way.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog
from pydantic import TypeAdapter

from approval.model import Frozen
from crm import deferred, notices, outcomes, sessions
from crm.events import CHANNEL, TOUCHED, TOUCHED_FOR_ONE, Committed
from crm.outcomes import Outcome
from crm.pool import Pool

log = structlog.get_logger(__name__)

FIRST_LOOK: Final = 0.5
"""Seconds after which a waiter looks by itself; doubled each time."""
RECONNECT_SECONDS: Final = 0.5
CHECK_SECONDS: Final = 5.0
MOST_UNHEARD: Final = 1000
"""Changes that are kept for a watcher who does not take them; with more, they only hear that they missed some."""
APPLICATION_NAME: Final = "purchase-approval-listener"
"""The connection's name in ``pg_stat_activity``."""

_NAMES: Final = TypeAdapter(tuple[str, ...])


class Expected:
    """A command that somebody waits for."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.accepted: Outcome | None = None
        """Set by a notification that it was accepted, or waits until it takes effect; of a refused one the database knows why."""


class Changes(Frozen):
    """What a watcher hears; nothing at all when nothing happened for as long as they waited."""

    request_ids: frozenset[UUID] = frozenset()
    missed: bool = False
    """Whether other requests may have changed too: there was no connection, or there were too many changes."""
    ended: frozenset[str] = frozenset()
    """Sessions of people that have ended, by the names of ``crm.sessions.ENDED``; others may have, too, with ``missed``."""
    own: frozenset[tuple[str, UUID]] = frozenset()
    """Requests of which something is new for one person alone, whose username comes first; for others, too, with ``missed``."""
    noticed: frozenset[str] = frozenset()
    """Usernames of people whose unread notices are others now; of others they may be, too, with ``missed``."""


class Watcher:
    """Somebody who wants to hear which requests changed. What they have not taken yet is kept, within bounds."""

    def __init__(self) -> None:
        self._changed: set[UUID] = set()
        self._ended: set[str] = set()
        self._noticed: set[str] = set()
        self._own: set[tuple[str, UUID]] = set()
        self._missed = False
        self._stopped = False
        self._news = asyncio.Event()

    def tell(self, request_id: UUID) -> None:
        """A request changed."""
        self._changed.add(request_id)
        if len(self._changed) > MOST_UNHEARD:
            self.tell_missed()
        self._news.set()

    def tell_own(self, username: str, request_id: UUID) -> None:
        """A request changed for this person alone."""
        self._own.add((username, request_id))
        if len(self._own) > MOST_UNHEARD:
            self.tell_missed()
        self._news.set()

    def tell_ended(self, session: str) -> None:
        """A session has ended."""
        self._ended.add(session)
        if len(self._ended) > MOST_UNHEARD:
            self.tell_missed()
        self._news.set()

    def tell_noticed(self, usernames: Iterable[str]) -> None:
        """The unread notices of these people are others now."""
        self._noticed.update(usernames)
        if len(self._noticed) > MOST_UNHEARD:
            self.tell_missed()
        self._news.set()

    def tell_missed(self) -> None:
        """Any request may have changed, any session may have ended, and anybody may have been told something."""
        self._forget()
        self._missed = True
        self._news.set()

    def stop(self) -> None:
        """The process stops."""
        self._stopped = True
        self._news.set()

    async def changes(self, seconds: float) -> Changes | None:
        """What changed since the last call; waits up to ``seconds`` for something. None when the process stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation (Python 3.11)
                await self._news.wait()
        if self._stopped:
            return None
        changes = Changes(
            request_ids=frozenset(self._changed),
            missed=self._missed,
            ended=frozenset(self._ended),
            noticed=frozenset(self._noticed),
            own=frozenset(self._own),
        )
        self._forget()
        self._missed = False
        self._news.clear()
        return changes

    def _forget(self) -> None:
        self._changed.clear()
        self._ended.clear()
        self._noticed.clear()
        self._own.clear()


class Outcomes:
    """Waits for commands and tells watchers which requests changed.

    Args:
        pool: for looking by itself.
        database_url: for the LISTEN connection.
    """

    def __init__(self, pool: Pool, database_url: str) -> None:
        self._pool = pool
        self._database_url = database_url
        self._waiting: defaultdict[UUID, set[Expected]] = defaultdict(set)
        self._watching: set[Watcher] = set()
        self._unread: set[str] = set()
        """Channels on which something was said that could not be read."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen for as long as the block runs, reconnecting as often as needed."""
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            for watcher in self._watching:
                watcher.stop()

    @contextmanager
    def expecting(self, command_id: UUID) -> Iterator[Expected]:
        """Register for a command's outcome; do it before the command is sent."""
        expected = Expected()
        self._waiting[command_id].add(expected)
        try:
            yield expected
        finally:
            self._waiting[command_id].discard(expected)
            if not self._waiting[command_id]:
                del self._waiting[command_id]

    async def outcome(
        self, command_id: UUID, expected: Expected, seconds: float, *, deferrable: bool = False
    ) -> Outcome | None:
        """What became of a command, or None when nothing has after ``seconds``.

        Args:
            deferrable: whether it may wait until it takes effect, which is what became of it then.
        """
        find = deferred.outcome if deferrable else outcomes.find
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = FIRST_LOOK
        while (left := deadline - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(pause, left)):
                    await expected.heard.wait()
            if expected.accepted is not None:
                return expected.accepted
            outcome = await find(self._pool, command_id)
            if outcome is not None:
                return outcome
            expected.heard.clear()
            pause *= 2
        return None

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        """Hear of every request that changes while the block runs."""
        watcher = Watcher()
        self._watching.add(watcher)
        try:
            yield watcher
        finally:
            self._watching.discard(watcher)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except Exception as error:  # nobody would start it again, and every decision would wait for its next look
                log.warning("not listening to the database", error=repr(error))
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        """Listen until the connection breaks, which it always raises."""
        connection = await asyncpg.connect(
            self._database_url, timeout=CHECK_SECONDS, server_settings={"application_name": APPLICATION_NAME}
        )
        closed = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: closed.set())
            for channel, hear in {
                CHANNEL: self._notified,
                TOUCHED: self._touched,
                TOUCHED_FOR_ONE: self._touched_for_one,
                sessions.ENDED: self._session_ended,
                notices.NOTICED: self._people_noticed,
            }.items():
                await connection.add_listener(channel, self._reading(hear))
            self._catch_up()
            while not closed.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_SECONDS):
                        await closed.wait()
                await connection.execute("SELECT 1", timeout=CHECK_SECONDS)
        finally:
            connection.terminate()

    def _catch_up(self) -> None:
        """Notifications may have been lost before this connection was made."""
        for waiting in self._waiting.values():
            for expected in waiting:
                expected.heard.set()
        for watcher in self._watching:
            watcher.tell_missed()

    def _reading(self, hear: Callable[[str], None]) -> Callable[..., None]:
        """What asyncpg calls, for what a channel says."""

        def heard(_connection: Any, _pid: int, channel: str, payload: object) -> None:
            try:
                hear(str(payload))
            except ValueError as error:
                if channel not in self._unread:
                    self._unread.add(channel)
                    log.warning("what another build tells cannot be read", channel=channel, error=repr(error))

        return heard

    def _notified(self, said: str) -> None:
        committed = Committed.model_validate_json(said)
        for expected in self._waiting.get(committed.command_id, ()):
            if committed.accepted or committed.takes_effect_at is not None:
                expected.accepted = Outcome(
                    request_id=committed.request_id,
                    action=committed.action,
                    end=committed.end,
                    actor=committed.actor,
                    takes_effect_at=committed.takes_effect_at,
                )
            expected.heard.set()
        for watcher in self._watching if committed.shown else ():
            if committed.takes_effect_at is None:
                watcher.tell(committed.request_id)
            else:
                watcher.tell_own(committed.actor, committed.request_id)

    def _touched(self, said: str) -> None:
        request_id = UUID(said)
        for watcher in self._watching:
            watcher.tell(request_id)

    def _touched_for_one(self, said: str) -> None:
        request_id, username = said.split(" ", 1)
        own = UUID(request_id)
        for watcher in self._watching:
            watcher.tell_own(username, own)

    def _session_ended(self, said: str) -> None:
        for watcher in self._watching:
            watcher.tell_ended(said)

    def _people_noticed(self, said: str) -> None:
        usernames = _NAMES.validate_json(said)
        for watcher in self._watching:
            watcher.tell_noticed(usernames)
