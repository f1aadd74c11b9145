"""``/events``: tells open pages which requests changed (server-sent events). Only ids, and only of what one may see."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

import admission
from application.caller import Caller
from application.streams import Streams
from web.session import STREAM, find_visitor, session_of

router = APIRouter()

LONGEST_SECONDS: Final = 15 * 60.0
"""Then the browser connects again."""
RETRY: Final = 2_000
"""Milliseconds after which a browser connects again."""
RETRY_REPLACED: Final = 60_000
"""The same for one that does not know the event ``replaced``, so that two pages do not push each other out all the time."""
RETRY_ELSEWHERE: Final = range(1_000, 5_000)
"""The same when this process stops: all its pages connect again, and not all at the same moment."""


@router.get(STREAM)
async def events(
    request: Request,
    visitor: Annotated[Caller | None, Depends(find_visitor)],
    page_age: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """A stream of events: ``changed``, with a request's id; ``noticed`` when the user was told something, or has read it;
    ``missed`` when any of this may have happened; ``replaced`` when
    it ends because the user has too many of them: the page is to connect again when somebody comes back to it. What happened
    in the ``page_age`` milliseconds before, since the page was asked for, is told at once.

    Whoever is not signed in any more gets 204, by which a browser knows not to connect again.
    """
    if visitor is None:
        return Response(status_code=204)
    await admission.count(request, visitor.username)
    streams: Streams = request.app.state.streams
    return EventSourceResponse(
        _events(streams, visitor.username, session_of(request), page_age), headers={"Cache-Control": "no-store"}
    )


async def _events(
    streams: Streams, username: str, session: str, page_age: int | None
) -> AsyncIterator[ServerSentEvent]:
    """Events until the process stops, the session has ended, or the stream has lasted long enough."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + LONGEST_SECONDS
    with streams.open(username, session) as stream:
        yield ServerSentEvent(comment="listening", retry=RETRY)
        if page_age is not None:
            await streams.catch_up(stream, username, page_age / 1000)
        while (left := ends - loop.time()) > 0:
            changes = await stream.changes(left)
            if changes is None:
                break
            if changes.missed:
                yield ServerSentEvent(event="missed", data="any")
            if changes.noticed:
                yield ServerSentEvent(event="noticed", data="any")
            for request_id in sorted(changes.request_ids):
                yield ServerSentEvent(event="changed", data=str(request_id))
    if stream.replaced:
        yield ServerSentEvent(event="replaced", data="by a newer one", retry=RETRY_REPLACED)
    elif stream.left:
        yield ServerSentEvent(comment="this server stops", retry=secrets.choice(RETRY_ELSEWHERE))
