"""How a server process leaves: first it says so, and is given nothing new; then it finishes what it has, and stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

FINISH_SECONDS: Final = 15
"""How long calls may take to be finished after the drain: what is left then are uploads and exports."""
LAST_WORDS_SECONDS: Final = 0.1
"""For what open streams are told last to be on its way before connections are closed."""


class Leaving:
    """Whether this process is about to stop: from then on it is not ready, and does what it is asked all the same."""

    def __init__(self) -> None:
        self.begun = False


class CloseConnections:
    """Closes each connection after its answer while the process is about to stop: a balancer that keeps connections would else give
    one more call to a connection that is just being closed, and nobody could tell whether it was done.

    Args:
        app: what answers.
        leaving: of this process.
    """

    def __init__(self, app: ASGIApp, leaving: Leaving) -> None:
        self._app = app
        self._leaving = leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http" or not self._leaving.begun:
            await self._app(scope, receive, send)
            return

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, closing)


class LeavingServer(uvicorn.Server):
    """A server that goes on for a while after it was asked to stop, so that whoever leads callers here can notice.

    Asked a second time it stops as soon as it has finished what it has.

    Args:
        config: of uvicorn; how long it may take to finish is its ``timeout_graceful_shutdown``.
        leaving: of the application.
        seconds: how long it goes on.
        last: called when it accepts nothing more, to end what would never end by itself.
    """

    def __init__(self, config: uvicorn.Config, leaving: Leaving, *, seconds: float, last: Callable[[], None]) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._seconds = seconds
        self._last = last
        self._asked: tuple[int, float] | None = None
        """By which signal, and when."""
        self._told = False
        """Whether its last words were said."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See ``uvicorn.Server``. Nothing is done here but to note it: it may interrupt anything."""
        if self._asked is None and self.started:
            self._leaving.begun = True
            self._asked = sig, time.monotonic()
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """See ``uvicorn.Server``: ten times a second."""
        if self._asked is not None and not self._told:
            sig, asked_at = self._asked
            if self.should_exit or time.monotonic() - asked_at >= self._seconds:
                log.info("api stops", after_seconds=round(time.monotonic() - asked_at, 1))
                self._told = True
                self._last()
                await asyncio.sleep(LAST_WORDS_SECONDS)
                if not self.should_exit:
                    super().handle_exit(sig, None)
        return await super().on_tick(counter)
