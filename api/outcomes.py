"""Hearing from the database what became of a command: one LISTEN connection for each API process.

A notification may be lost (a dropped connection), so whoever waits also looks at the timeline now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from approval.model import Frozen, Refusal
from crm import timeline
from crm.events import CHANNEL, Committed
from crm.pool import Pool

log = structlog.get_logger(__name__)

FIRST_LOOK: Final = 0.5
"""Seconds after which a waiter looks at the timeline by itself; doubled each time."""
RECONNECT_SECONDS: Final = 0.5
CHECK_SECONDS: Final = 5.0


class Settled(Frozen):
    """What became of a command: accepted, or refused."""

    request_id: UUID
    """The request on whose timeline it is."""
    refusal: Refusal | None = None


class Expected:
    """A command that somebody waits for."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.accepted: Settled | None = None
        """Set by a notification that it was accepted; of a refused one the timeline knows why."""


class Outcomes:
    """Waits for commands and tells watchers which requests changed.

    Args:
        pool: for looking at the timeline.
        database_url: for the LISTEN connection.
    """

    def __init__(self, pool: Pool, database_url: str) -> None:
        self._pool = pool
        self._database_url = database_url
        self._waiting: defaultdict[UUID, set[Expected]] = defaultdict(set)
        self._watching: set[asyncio.Queue[UUID | None]] = set()

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
            for queue in self._watching:
                queue.put_nowait(None)

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

    async def outcome(self, command_id: UUID, expected: Expected, seconds: float) -> Settled | None:
        """What became of a command, or None when nothing has after ``seconds``."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = FIRST_LOOK
        while (left := deadline - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(expected.heard.wait(), min(pause, left))
            if expected.accepted is not None:
                return expected.accepted
            entry = await timeline.find(self._pool, command_id)
            if entry is not None:
                return Settled(request_id=entry.request_id, refusal=entry.refusal)
            expected.heard.clear()
            pause *= 2
        return None

    @contextmanager
    def watching(self) -> Iterator[asyncio.Queue[UUID | None]]:
        """A queue of ids of requests that changed; None when the process stops."""
        queue: asyncio.Queue[UUID | None] = asyncio.Queue()
        self._watching.add(queue)
        try:
            yield queue
        finally:
            self._watching.discard(queue)

    async def _listen(self) -> None:
        while True:
            connection = None
            try:
                connection = await asyncpg.connect(self._database_url, timeout=CHECK_SECONDS)
                await connection.add_listener(CHANNEL, self._notified)
                while True:
                    await asyncio.sleep(CHECK_SECONDS)
                    await connection.execute("SELECT 1", timeout=CHECK_SECONDS)
            except Exception as error:  # nobody would start it again, and every decision would wait for its next look
                log.warning("not listening to the database", error=repr(error))
                await asyncio.sleep(RECONNECT_SECONDS)
            finally:
                if connection is not None:
                    connection.terminate()

    def _notified(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        committed = Committed.model_validate_json(str(payload))
        for expected in self._waiting.get(committed.command_id, ()):
            if committed.accepted:
                expected.accepted = Settled(request_id=committed.request_id)
            expected.heard.set()
        for queue in self._watching:
            queue.put_nowait(committed.request_id)
