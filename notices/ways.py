"""What each way out has in common: it delivers what is due on it, and says what is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol

from workflows.notice_contract import Left, NoticeWay

BEAT_SECONDS: Final = 2.0


class Deliverer(Protocol):
    """Delivers on the ways of one kind."""

    async def is_due(self, way: NoticeWay) -> bool:
        """Whether there is something to deliver on a way now."""

    async def deliver_due(self, way: NoticeWay, alive: Callable[[], None]) -> Left:
        """Deliver what is due.

        Args:
            way: on which.
            alive: to be called at least every few seconds.

        Raises:
            Exception: it cannot be worked on now; it is tried again soon. What a receiver answers is never raised.
        """


@asynccontextmanager
async def beating(alive: Callable[[], None]) -> AsyncIterator[None]:
    """Show now and then that somebody is at work, however long the other side takes to answer."""

    async def beat() -> None:
        while True:
            alive()
            await asyncio.sleep(BEAT_SECONDS)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
