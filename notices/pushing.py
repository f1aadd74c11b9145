"""Pushes to people's devices what waits for them, again and again until it is taken, needed no more, or given up.

A crash between a push service's answer and its being written has the same message pushed again; the device shows it once, since
it has the same tag and the same id. Source: notices.md, "To people".
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from application.notices import names_in
from application.ops import literal
from crm import outbox, push_devices, pushes, requests
from crm.pool import Pool
from crm.pushes import Push, Standing
from notices.delivering import GONE, JITTER, LONGEST_PAUSE, PAUSES, next_try
from notices.push_calls import PushCalls
from notices.push_message import push_message
from notices.sending import Reply
from notices.ways import beating
from trace_context import NOBODY, Tracer
from workflows.notice_contract import Left, NoticeWay

log = structlog.get_logger(__name__)

LOOKED_AT: Final = 500
"""Messages that are read together."""
AT_ONCE: Final = 10
"""Messages that are under way to one push service."""
ROUND_SECONDS: Final = 20.0
"""After which one activity ends, so that others have their turn."""
HOPELESS: Final = AT_ONCE
"""After so many messages that a push service would not or could not take, none of which succeeded, it is left alone."""
ENOUGH: Final = 3
"""It is the push service that has had enough, and not some devices of its own, once it said so of those of so many people."""
REST: Final = timedelta(minutes=1)
SHOWN: Final = 10
"""Push services that fail, as ops are shown them."""
LONGEST_ANSWER: Final = 200
_UNKNOWN: Final = 404
_TOO_MANY: Final = 429


class PushDeliverer:
    """Delivers on the way to devices; see ``notices.ways.Deliverer``.

    Args:
        pool: the CRM database.
        calls: makes the calls.
        zone: the company's time zone.
        tracer: is told of each message.
    """

    def __init__(self, pool: Pool, calls: PushCalls, zone: ZoneInfo, tracer: Tracer = NOBODY) -> None:
        self._pool = pool
        self._calls = calls
        self._zone = zone
        self._tracer = tracer

    async def is_due(self, way: NoticeWay) -> bool:
        """See ``Deliverer``."""
        return await pushes.anything_due(self._pool)

    async def deliver_due(self, way: NoticeWay, alive: Callable[[], None]) -> Left:
        """See ``Deliverer``."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + ROUND_SECONDS
        async with beating(alive):
            while loop.time() < ends:
                due = await pushes.due(self._pool, self._calls.server_key, LOOKED_AT)
                if not due:
                    break
                await self._push(due, ends)
        standing = await pushes.standing(self._pool, self._calls.server_key, SHOWN)
        return Left(next_at=standing.next_at, details=details(standing))

    async def _push(self, due: Sequence[Push], ends: float) -> None:
        """Push what is needed of it, to all push services at once, and begin with nothing after the round's end."""
        needed = await self._needed(due)
        kept = {(one.device_id, one.notice_id) for one in needed}
        unneeded = [one for one in due if (one.device_id, one.notice_id) not in kept]
        if unneeded:
            await pushes.done(self._pool, unneeded)
        names = await names_in(self._pool, needed)
        traces = await outbox.traceparents(self._pool, [one.event_id for one in needed]) if self._tracer.on else {}
        by_service: dict[str, list[Push]] = defaultdict(list)
        for one in needed:
            by_service[one.service].append(one)

        async def send(push: Push) -> Reply:
            with self._tracer.span("Deliver:push", [traces.get(push.event_id)]) as span:
                span.note({"event.id": str(push.event_id), "device.id": str(push.device_id)})
                reply = await self._calls.push(push, push_message(push, self._zone, names))
                span.note({} if reply.status is None else {"http.response.status_code": reply.status})
            return reply

        async with asyncio.TaskGroup() as group:
            for service, messages in by_service.items():
                group.create_task(ServiceRound(self._pool, service, send, ends).push(messages))

    async def _needed(self, due: Sequence[Push]) -> list[Push]:
        """What its reader still wants to hear, and may still know."""
        wanted = [one for one in due if one.is_wanted]
        sees = await requests.seen_by(self._pool, {one.request_id for one in wanted}, {one.username for one in wanted})
        return [one for one in wanted if one.username in sees.get(one.request_id, ())]


class ServiceRound:
    """The messages of one round to one push service.

    Args:
        pool: the CRM database.
        service: its host, as the devices have it.
        send: pushes a message.
        ends: when the round does, of the event loop's clock.
    """

    def __init__(self, pool: Pool, service: str, send: Callable[[Push], Awaitable[Reply]], ends: float) -> None:
        self._pool = pool
        self._service = service
        self._send = send
        self._ends = ends
        self._succeeded = False
        self._failures = 0
        self._asked_rest = timedelta()
        self._had_enough: dict[str, timedelta] = {}
        """Of whose devices it said that it is too many, and how long these are left alone."""
        self._left_alone: set[UUID] = set()

    @property
    def _rest(self) -> timedelta | None:
        """How long to leave the service alone; None: it is to be told more."""
        if self._failures >= HOPELESS and not self._succeeded:
            return max(REST, self._asked_rest)
        return min(self._had_enough.values()) if len(self._had_enough) >= ENOUGH else None

    async def push(self, messages: Sequence[Push]) -> None:
        """Push them; or leave the service alone for a while, if it takes none, or no more."""
        left = iter(messages)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(messages))):
                group.create_task(self._work(left))
        if self._rest is not None:
            await pushes.hold_back(self._pool, self._service, datetime.now(UTC) + self._rest)

    async def _work(self, left: Iterator[Push]) -> None:
        for push in left:
            if self._rest is not None or asyncio.get_running_loop().time() > self._ends:
                return
            if push.device_id in self._left_alone:
                continue
            try:
                await self._push_one(push)
            except Exception:  # whatever is wrong with one message, the others go on
                log.exception("a message cannot be pushed", device=str(push.device_id), notice=str(push.notice_id))
                await self._put_off(push, next_try(push.tries, None, _jitter()))

    async def _push_one(self, push: Push) -> None:
        reply = await self._send(push)
        if reply.is_success:
            await self._taken(push)
        elif reply.status in (GONE, _UNKNOWN):
            await self._gone(push.device_id)
        else:
            await self._failed(push, reply)

    async def _put_off(self, push: Push, again: datetime | None) -> None:
        """Try one again that is not to be laid to its device."""
        async with self._pool.acquire() as connection:
            if again is not None:
                await pushes.try_again(connection, push, again)
            else:
                await pushes.done(connection, [push])

    async def _taken(self, push: Push) -> None:
        self._succeeded = True
        async with self._pool.acquire() as connection, connection.transaction():
            await push_devices.note_taken(connection, push.device_id)
            await pushes.done(connection, [push])

    async def _gone(self, device_id: UUID) -> None:
        """The push service answers for itself: it knows that there is no such subscription any more."""
        self._succeeded = True
        async with self._pool.acquire() as connection, connection.transaction():
            if await push_devices.end(connection, device_id):
                log.info("a device is gone", device=str(device_id), service=self._service)

    async def _failed(self, push: Push, reply: Reply) -> None:
        asked = timedelta(seconds=min(reply.retry_after or 0, LONGEST_PAUSE.total_seconds()))
        is_too_many, pause = reply.status == _TOO_MANY, max(PAUSES[0], asked)
        if is_too_many:
            self._had_enough.setdefault(push.username, pause)
            self._left_alone.add(push.device_id)
        elif reply.status is None or reply.status >= 500:
            self._failures += 1
            self._asked_rest = max(self._asked_rest, asked)
        answer = _said(reply)
        again = next_try(push.tries, reply, _jitter())
        async with self._pool.acquire() as connection, connection.transaction():
            await push_devices.note_failed(connection, push.device_id, answer)
            if is_too_many:
                await pushes.hold_back_device(connection, push.device_id, datetime.now(UTC) + pause)
            if again is not None:
                await pushes.try_again(connection, push, again)
                return
            await pushes.done(connection, [push])
        log.warning("a push message is given up", device=str(push.device_id), service=self._service, answer=answer)


def details(standing: Standing) -> str:
    """How it stands with all that is to be pushed, in Markdown, for ops. It names nobody."""
    lines = [f"- to be pushed: {standing.waiting} messages"]
    for one in standing.failing:
        since = one.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        lines.append(
            f"- {literal(one.service)} takes nothing since {since} ({one.devices} devices): {literal(one.answer)}"
        )
    return "\n".join(lines)


def _jitter() -> float:
    return random.uniform(-JITTER, JITTER)  # noqa: S311 - nobody's secret


def _said(reply: Reply) -> str:
    """What came of a call, for ops."""
    said = reply.answer.error if reply.status is None else f"{reply.status} {reply.answer.body}"
    return said.strip()[:LONGEST_ANSWER]
