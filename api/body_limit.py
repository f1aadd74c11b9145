"""How long a body may be, as plain ASGI middleware: nothing reads more than that into memory."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes. The form of a request with 500 lines of the longest texts has less."""


class LimitBodies:
    """Has whoever reads a body that is too long get a 413 instead of it.

    Args:
        app: the application.
        longest: bytes of a body, at most.
    """

    def __init__(self, app: ASGIApp, longest: int = LONGEST_BODY) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        length = int(announced) if announced.isdigit() else 0

        async def limited() -> Message:
            nonlocal length
            if length > self._longest:
                raise HTTPException(413)
            message = await receive()
            if not announced.isdigit():
                length += len(message.get("body", b""))
                if length > self._longest:
                    raise HTTPException(413)
            return message

        await self._app(scope, limited, send)
