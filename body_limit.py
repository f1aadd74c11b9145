"""How long the body of a call may be, as plain ASGI middleware: nothing reads more than that into memory.

Shared by the API, whose routes say when theirs may be longer, and the pages, which let people send longer forms.
"""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY: Final = 1024 * 1024
"""Bytes, where nothing else is said."""

_LIMIT: Final = "longest_body"


class LimitBodies:
    """Has whoever reads a body that is too long get a 413 instead of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        length = int(announced) if announced.isdigit() else 0

        async def limited() -> Message:
            nonlocal length
            if length > longest_body(scope):
                raise _too_long(scope)
            message = await receive()
            if not announced.isdigit():
                length += len(message.get("body", b""))
                if length > longest_body(scope):
                    raise _too_long(scope)
            return message

        await self._app(scope, limited, send)


def limit_body(scope: Scope, longest: int) -> None:
    """Have a call's body be at most so many bytes; to be said before anything of it is read."""
    scope[_LIMIT] = longest


def longest_body(scope: Scope) -> int:
    """How many bytes the body of a call may have."""
    longest: int = scope.get(_LIMIT, LONGEST_BODY)
    return longest


def _too_long(scope: Scope) -> HTTPException:
    """The 413; its detail is how much would be read."""
    kilobytes = longest_body(scope) // 1024
    return HTTPException(413, f"{kilobytes // 1024} MB" if kilobytes >= 1024 else f"{kilobytes} KB")
