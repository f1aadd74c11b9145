"""Telling people and systems on the workflows' behalf: the outbox is told on, and what is due is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import structlog
from temporalio import activity
from temporalio.client import Client

from application.waking import wake
from notices.dispatch import AT_ONCE, Dispatcher
from notices.ways import Deliverer
from workflows.notice_contract import Left, NoticeActivities, NoticeWay, WayKind

log = structlog.get_logger(__name__)

ROUND_SECONDS: Final = 60.0
"""How long one activity goes on."""
PAUSE_SECONDS: Final = 1.0
"""Between two looks, unless much waits: what happens meanwhile is told on together, which costs those who decide least."""
LINGER_SECONDS: Final = 5.0
"""How long who has delivered waits for more, so that a busy day costs the engine next to nothing; longer than ``WAKE_SECONDS``."""
WAKE_SECONDS: Final = 3.0
"""Between two signals to a way: meanwhile somebody lingers there."""
LOOK_AROUND_SECONDS: Final = 30.0
"""So often it is looked which ways have something to deliver: who was to wake them may have died."""


class CrmNoticeActivities(NoticeActivities):
    """Telling, from a CRM database. Whatever fails is tried again: what cannot be told on is seen in the Temporal UI, and waits.

    Args:
        client: of the engine, whose workflows deliver.
        dispatcher: tells on what is in the outbox.
        deliverers: of the ways, by their kind.
    """

    def __init__(self, client: Client, dispatcher: Dispatcher, deliverers: Mapping[WayKind, Deliverer]) -> None:
        self._client = client
        self._dispatcher = dispatcher
        self._deliverers = deliverers
        self._attended: set[NoticeWay] = set()
        """Ways at which somebody in this process will look once more, whom nobody has to wake."""

    @activity.defn(name="dispatch_notices")
    async def dispatch(self) -> str:
        """See ``NoticeActivities``."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + ROUND_SECONDS
        wakes = Wakes(self._client)
        looked = 0.0
        self._dispatcher.try_all_again()
        while loop.time() < ends and not activity.is_worker_shutdown():
            events, ways = await self._dispatcher.dispatch_some()
            if loop.time() > looked + LOOK_AROUND_SECONDS:
                ways |= await self._dispatcher.due()
                looked = loop.time()
            await wakes.wake(ways - self._attended)
            activity.heartbeat(self._dispatcher.details)
            if events < AT_ONCE:
                await asyncio.sleep(PAUSE_SECONDS)
        await wakes.wake(set(), at_once=True)
        return self._dispatcher.details

    @activity.defn(name="deliver_notices")
    async def deliver(self, way: NoticeWay) -> Left:
        """See ``NoticeActivities``."""
        deliverer = self._deliverers.get(way.kind)
        if deliverer is None:  # the way was closed by a setting; whoever opens it again starts its workflow again
            return Left(next_at=None, details="The settings have switched this way off.")
        ends = asyncio.get_running_loop().time() + ROUND_SECONDS
        self._attended.add(way)
        try:
            left = await deliverer.deliver_due(way, activity.heartbeat)
            while not left.rests and await _comes_soon(deliverer, way, ends):
                left = await deliverer.deliver_due(way, activity.heartbeat)
        finally:
            self._attended.discard(way)
        if left.rests or activity.is_worker_shutdown():
            return left
        return await deliverer.deliver_due(way, activity.heartbeat)


async def _comes_soon(deliverer: Deliverer, way: NoticeWay, ends: float) -> bool:
    """Wait for something to deliver; False: nothing came for a while, or somebody else shall go on."""
    loop = asyncio.get_running_loop()
    until = min(loop.time() + LINGER_SECONDS, ends)
    while loop.time() < until:
        with suppress(TimeoutError):
            await asyncio.wait_for(activity.wait_for_worker_shutdown(), PAUSE_SECONDS)
            return False
        activity.heartbeat()
        if await deliverer.is_due(way):
            return True
    return False


class Wakes:
    """Wakes ways, each at most once in a while.

    Args:
        client: of the engine.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: set[NoticeWay] = set()
        self._woken: dict[NoticeWay, float] = {}

    async def wake(self, ways: set[NoticeWay], *, at_once: bool = False) -> None:
        """Wake these and those whose turn has come; or all, at once."""
        now = asyncio.get_running_loop().time()
        self._waiting |= ways
        for way in [way for way in self._waiting if at_once or now >= self._woken.get(way, 0.0) + WAKE_SECONDS]:
            await wake(self._client, way)
            self._woken[way] = now
            self._waiting.discard(way)
