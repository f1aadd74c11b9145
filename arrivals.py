"""Arrivals: calls that come at once from one caller begin one after the other, and everybody else's work goes on in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final
from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Receive, Scope, Send

_CREDENTIALS: Final = (b"authorization", b"cookie")


class OneAfterTheOther:
    """Begins at most one call of each caller in a pass of the event loop.

    Forty calls that arrive together would otherwise be looked at, and refused, in one go, in which nobody else is served. What
    a caller shows of themselves tells them apart, unproven: who shows something else each time waits for less, and is nobody
    to whom fair shares could be given. A call that comes alone begins at once.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lines: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        shown = _credentials(scope["headers"]) if scope["type"] == "http" else None
        if shown is not None:
            await self._turn(shown)
        await self._app(scope, receive, send)

    async def _turn(self, shown: bytes) -> None:
        line = self._lines.get(shown)
        if line is None:
            line = self._lines[shown] = asyncio.Lock()
        await line.acquire()
        asyncio.get_running_loop().call_soon(line.release)


def _credentials(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    given = dict(headers)
    return next((given[name] for name in _CREDENTIALS if name in given), None)
