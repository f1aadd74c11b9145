"""``/events``: tells open pages which requests changed (server-sent events). Only ids, and only of what one may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.deps import PoolDep
from api.outcomes import Outcomes
from api.purchase_requests import Caller
from crm import requests
from crm.pool import Pool
from web.session import CallerDep

router = APIRouter()

LONGEST_SECONDS: Final = 15 * 60.0
"""Then the browser connects again, and what its user may see is looked up anew."""


@router.get("/events")
async def events(request: Request, caller: CallerDep, pool: PoolDep) -> Response:
    """A stream of ``changed`` events, each with a request's id."""
    outcomes: Outcomes = request.app.state.outcomes
    return EventSourceResponse(_changes(outcomes, pool, caller), headers={"Cache-Control": "no-store"})


async def _changes(outcomes: Outcomes, pool: Pool, caller: Caller) -> AsyncIterator[ServerSentEvent]:
    with outcomes.watching() as queue:
        yield ServerSentEvent(comment="listening", retry=2000)
        async for changed in _batches(queue):
            for request_id in sorted(await requests.visible(pool, changed, caller.viewer)):
                yield ServerSentEvent(event="changed", data=str(request_id))


async def _batches(queue: asyncio.Queue[UUID | None]) -> AsyncIterator[set[UUID]]:
    """What changed since the last look, until the process stops or the stream has lasted long enough."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LONGEST_SECONDS
    while (left := deadline - loop.time()) > 0:
        try:
            changed = {await asyncio.wait_for(queue.get(), left)}
        except TimeoutError:
            return
        while not queue.empty():
            changed.add(queue.get_nowait())
        if None in changed:
            return
        yield {request_id for request_id in changed if request_id is not None}
