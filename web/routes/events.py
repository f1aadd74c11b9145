"""``/events``: tells open pages which requests changed (server-sent events). Only ids, and only of what one may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from math import inf
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

import admission
from application.caller import Caller, load_caller
from application.delivery.outcomes import Outcomes
from crm import requests
from crm.pool import DATABASE_TROUBLE, Pool
from web.deps import PoolDep
from web.session import find_visitor

router = APIRouter()

LONGEST_SECONDS: Final = 15 * 60.0
"""Then the browser connects again."""
CALLER_SECONDS: Final = 60.0
"""How old it may be what is known of a user: whether they are active, their roles, who reports to them."""
DATABASE_PAUSE: Final = 1.0


@router.get("/events")
async def events(request: Request, visitor: Annotated[Caller | None, Depends(find_visitor)], pool: PoolDep) -> Response:
    """A stream of events: ``changed``, with a request's id; ``missed`` when any request may have changed.

    Whoever is not signed in any more gets 204, by which a browser knows not to connect again.
    """
    if visitor is None:
        return Response(status_code=204)
    await admission.count(request, visitor.username)
    outcomes: Outcomes = request.app.state.outcomes
    return EventSourceResponse(_events(outcomes, pool, visitor), headers={"Cache-Control": "no-store"})


async def _events(outcomes: Outcomes, pool: Pool, caller: Caller) -> AsyncIterator[ServerSentEvent]:
    """Events until the process stops, the user has left, or the stream has lasted long enough."""
    loop = asyncio.get_running_loop()
    opened = known_at = loop.time()
    with outcomes.watching() as watcher:
        yield ServerSentEvent(comment="listening", retry=2000)
        while loop.time() < opened + LONGEST_SECONDS:
            changes = await watcher.changes(max(known_at + CALLER_SECONDS - loop.time(), 0))
            if changes is None:
                return
            try:
                if loop.time() >= known_at + CALLER_SECONDS:
                    known = await load_caller(pool, caller.username)
                    if known is None:
                        return
                    caller, known_at = known, loop.time()
                visible = await requests.visible(pool, changes.request_ids, caller.viewer)
            except DATABASE_TROUBLE:
                watcher.tell_missed()
                known_at = -inf
                await asyncio.sleep(DATABASE_PAUSE)
                continue
            if changes.missed:
                yield ServerSentEvent(event="missed", data="any")
            for request_id in sorted(visible):
                yield ServerSentEvent(event="changed", data=str(request_id))
