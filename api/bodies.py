"""The bodies of the API's calls: read only of whom a call is open to, and looked at before anything is made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from approval.field_errors import PYDANTIC
from approval.model import FieldError
from body_limit import LONGEST_BODY, limit_body
from problems import ProblemError

LONGEST_OF_LINES: Final = 4 * LONGEST_BODY
"""Bytes of what a request's lines are sent with: 500 of them with the longest texts, each letter of these Vietnamese and
written as ``\\u1ebf``, have 3.1 MB."""

MOST_VALUES: Final = 10_000
"""Texts, numbers, lists and objects in one JSON body: 500 full lines have 5,033."""

DEEPEST: Final = 32
"""Levels of lists and objects in one another."""

EXTENSION: Final = "x-longest-body"
LINES: Final[dict[str, Any]] = {EXTENSION: LONGEST_OF_LINES}
"""For a route's ``openapi_extra``: its body has lines. The route is documented with its limit and holds to it."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class BoundedRoute(APIRoute):
    """A route that reads a body only of whom it admits, and makes something only of a body that is within bounds."""

    def get_route_handler(self) -> Handler:
        """Put what is found out first before the handler."""
        handle = super().get_route_handler()
        longest = (self.openapi_extra or {}).get(EXTENSION, LONGEST_BODY)

        async def bounded(request: Request) -> Response:
            if request.method == "GET":
                return await handle(request)
            await self.admit(request)
            limit_body(request.scope, longest)
            if self.body_field is not None and "json" in request.headers.get("content-type", "").lower():
                check_json(await request.body())
            return await self.respond(request, handle)

        return bounded

    async def admit(self, request: Request) -> None:
        """Refuse whoever may not make this call. Anybody may."""

    async def respond(self, request: Request, handle: Handler) -> Response:
        """Answer a call that was admitted."""
        return await handle(request)


_TO_NEXT: Final = re.compile(
    rb"""[^"\[\]{},]*+ (?: "[^"\\]*+ (?:\\.[^"\\]*+)*+ (?:"|\\?\Z) [^"\[\]{},]*+ )*+ (?: ([\[\]{},]) | \Z )""",
    re.DOTALL | re.VERBOSE,
)
"""To the next bracket or comma that is not in a text, in one step, and never back."""


def check_json(body: bytes) -> None:
    """Refuse a JSON body with very many values, or in very many levels, at the first one that is too many.

    Every value but the outermost one comes after a bracket or a comma. Whether it is JSON at all is not looked at.

    Raises:
        ProblemError: ``invalid``.
    """
    values, level = 1, 0
    for found in _TO_NEXT.finditer(_in_utf8(body)):
        mark = found[1]
        if mark in (b"]", b"}"):
            level -= 1
        elif mark is not None:
            values += 1
            level += mark != b","
        if values > MOST_VALUES:
            raise _refused("body_values", most=str(MOST_VALUES))
        if level > DEEPEST:
            raise _refused("body_levels", most=str(DEEPEST))


def _in_utf8(body: bytes) -> bytes:
    """The body, if what is counted in it is what a parser will find: Python's reads other encodings than JSON's, too."""
    try:
        body.decode()
    except UnicodeDecodeError:
        raise _refused(PYDANTIC["pydantic.json_invalid"]) from None
    if b"\0" in body:
        raise _refused(PYDANTIC["pydantic.json_invalid"])
    return body


def _refused(message: str, **params: str) -> ProblemError:
    return ProblemError("invalid", FieldError(pointer="", message=message, params=params))
