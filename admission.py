"""Admission of calls, for the API and the pages alike: a user's call is counted, and has its turn until it is answered.

What is fair is in ``application.fair_use``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from application.fair_use import FairUse, TooManyCallsError, Use
from problems import ProblemError

HEAVY_MARK: Final = "x-heavy-read"
HEAVY: Final[dict[str, Any]] = {HEAVY_MARK: True}
"""For a route's ``openapi_extra``: a read of which one user may have few at once."""

MANY_MARK: Final = "x-many-reads"
MANY: Final[dict[str, Any]] = {MANY_MARK: True}
"""For a route's ``openapi_extra``: whatever its method, it only reads, costs nearly nothing, and is called many times for one
page of another program. It is counted and takes no turn."""

_TURNS: Final = "turns"


class GiveTurnsBack:
    """Ends the turns that a call has taken when it is answered to its end, whatever comes of it.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        async with AsyncExitStack() as turns:
            scope[_TURNS] = turns
            await self._app(scope, receive, send)


async def admit(request: Request, username: str) -> None:
    """Count a user's call and wait for its turn; before anything is asked of the database for it. Once for each call.

    Raises:
        ProblemError: ``too_many_requests``.
    """
    if getattr(request.state, "admitted", False):
        return
    request.state.admitted = True
    if _extra(request).get(MANY_MARK):
        await count(request, username)
        return
    fair_use, use = _fair_use(request), _use(request)
    turns: AsyncExitStack = request.scope[_TURNS]
    try:
        await fair_use.count(username, use)
        await turns.enter_async_context(fair_use.turn(username, use))
    except TooManyCallsError as error:
        raise _too_many(error) from error


async def count(request: Request, username: str) -> None:
    """Count a user's call that takes no turn, since it lasts and does nothing meanwhile, or is done in no time.

    Raises:
        ProblemError: ``too_many_requests``.
    """
    try:
        await _fair_use(request).count(username, _use(request))
    except TooManyCallsError as error:
        raise _too_many(error) from error


def _fair_use(request: Request) -> FairUse:
    fair_use: FairUse = request.app.state.fair_use
    return fair_use


def _use(request: Request) -> Use:
    extra = _extra(request)
    if extra.get(HEAVY_MARK):  # by whichever method: what changes nothing can still be too much for an address
        return Use.HEAVY_READ
    return Use.READ if request.method == "GET" or extra.get(MANY_MARK) else Use.WRITE


def _extra(request: Request) -> Mapping[str, Any]:
    return getattr(request.scope.get("route"), "openapi_extra", None) or {}


def _too_many(error: TooManyCallsError) -> ProblemError:
    return ProblemError("too_many_requests", **({} if error.seconds is None else {"seconds": str(error.seconds)}))
