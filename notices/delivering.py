"""Delivers to endpoints: of each request in order, of different requests several at once, again and again until it is taken.

What is written is what came of a try; a crash between an answer and its being written has the same bytes sent again under the
same id. Source: notices.md, "To systems".
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from approval.notice_kinds import NoticeKind
from crm import deliveries, endpoints, notices, outbox
from crm.deliveries import DeliveryOutcome, Due, Tried
from crm.endpoints import Endpoint, OffReason
from crm.notices import NoticeRow
from crm.pool import Connection, Pool
from notices.endpoints import Call, Calls
from notices.sending import Reply
from trace_context import NOBODY, Tracer
from workflows.notice_contract import Left, NoticeWay

log = structlog.get_logger(__name__)

PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""Between a try and the next one."""
JITTER: Final = 0.1
"""Of a pause, up or down, so that what failed together is not tried together."""
LONGEST_PAUSE: Final = timedelta(days=1)
"""However long a receiver wants to be left alone."""
GONE: Final = 410
FAILING_DAYS: Final = timedelta(days=5)
"""After so long without success an endpoint is switched off."""

AT_ONCE: Final = 20
"""Requests of which something is under way to one endpoint."""
LOOKED_AT: Final = 500
"""Deliveries that are read together."""
ROUND_SECONDS: Final = 20.0
"""After which one activity ends, so that others have their turn."""
WRITE_SECONDS: Final = 0.25
"""Between two writes of what came of tries."""
HOPELESS: Final = AT_ONCE
"""After so many tries of one round of which none succeeded, the rest is not tried."""
LONGEST_REST: Final = timedelta(minutes=30)
"""An endpoint to which nothing can be delivered is left alone for as long as it has been so, up to this."""


class EndpointDeliverer:
    """Delivers on the ways to endpoints; see ``notices.ways.Deliverer``.

    Args:
        pool: the CRM database.
        calls: makes the calls.
        tracer: is told of each try.
    """

    def __init__(self, pool: Pool, calls: Calls, tracer: Tracer = NOBODY) -> None:
        self._pool = pool
        self._calls = calls
        self._tracer = tracer

    async def is_due(self, way: NoticeWay) -> bool:
        """See ``Deliverer``."""
        return way.endpoint_id is not None and await deliveries.anything_due(self._pool, way.endpoint_id)

    async def deliver_due(self, way: NoticeWay, alive: Callable[[], None]) -> Left:
        """See ``Deliverer``."""
        assert way.endpoint_id is not None  # noqa: S101 - a way to an endpoint names it
        ends = asyncio.get_running_loop().time() + ROUND_SECONDS
        return await self._round(way.endpoint_id, Attempts(self._pool, self._calls, alive, self._tracer), ends)

    async def _round(self, endpoint_id: UUID, attempts: Attempts, ends: float) -> Left:
        while True:
            endpoint = await endpoints.find(self._pool, endpoint_id)
            if endpoint is None or endpoint.off_reason is not None:
                return Left(next_at=None, details=f"{endpoint.name if endpoint else 'deleted'}: off")
            lanes = await deliveries.due(self._pool, endpoint.id, LOOKED_AT)
            if not lanes or attempts.is_hopeless or asyncio.get_running_loop().time() > ends:
                return await self._left(endpoint, rests=attempts.is_hopeless)
            await attempts.make(endpoint, lanes)

    async def _left(self, endpoint: Endpoint, *, rests: bool) -> Left:
        waiting = (await endpoints.waiting(self._pool, [endpoint.id])).get(endpoint.id, 0)
        failing = f", failing since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC" if endpoint.failing_since else ""
        details = f"{endpoint.name} ({endpoint.kind}): {waiting} waiting{failing}"
        next_at = await deliveries.next_try_at(self._pool, endpoint.id)
        return Left(next_at=next_at, details=details, rests=rests)


class Attempts:
    """The tries of one round.

    Args:
        pool: the CRM database.
        calls: makes the calls.
        alive: to be called at least every few seconds.
        tracer: is told of each try.
    """

    def __init__(self, pool: Pool, calls: Calls, alive: Callable[[], None], tracer: Tracer) -> None:
        self._pool = pool
        self._calls = calls
        self._alive = alive
        self._tracer = tracer
        self._happened: dict[UUID, str] = {}
        """Where in traces events happened, if somebody is told."""
        self._results: list[Tried] = []
        self._succeeded = False
        self._failures = 0
        self._gone = False

    @property
    def is_hopeless(self) -> bool:
        """Whether there is no use in trying more now."""
        return self._gone or (self._failures >= HOPELESS and not self._succeeded)

    async def make(self, endpoint: Endpoint, lanes: Sequence[Sequence[Due]]) -> None:
        """Try to deliver.

        Args:
            endpoint: where.
            lanes: what waits of some requests, of each in its order.

        Raises:
            NoKeyError: its address or its secrets cannot be read.
        """
        now = datetime.now(UTC)
        call = self._calls.to(endpoint)
        early = [(lane[0].request_id, lane[0].next_try_at) for lane in lanes if lane[0].next_try_at > now]
        if early:  # written while what is before it failed
            await deliveries.hold_back(self._pool, endpoint.id, early)
        if self._tracer.on:
            self._happened = await outbox.traceparents(self._pool, [one.event_id for lane in lanes for one in lane])
        left = iter([lane for lane in lanes if lane[0].next_try_at <= now])
        workers = {asyncio.create_task(self._work(endpoint, call, left)) for _ in range(min(AT_ONCE, len(lanes)))}
        try:
            waited_for = workers
            while waited_for:
                done, waited_for = await asyncio.wait(waited_for, timeout=WRITE_SECONDS)
                self._alive()
                await self._write(endpoint)
                for worker in done:
                    worker.result()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if self.is_hopeless:
            await self._rest(endpoint)

    async def _work(self, endpoint: Endpoint, call: Call, lanes: Iterator[Sequence[Due]]) -> None:
        for lane in lanes:
            for due in lane:
                if self.is_hopeless:
                    return
                tried = await self._try(endpoint, call, due)
                self._results.append(tried)
                if tried.outcome is not DeliveryOutcome.DELIVERED:
                    break

    async def _try(self, endpoint: Endpoint, call: Call, due: Due) -> Tried:
        with self._tracer.span(f"Deliver:{endpoint.kind}", [self._happened.get(due.event_id)]) as span:
            span.note({"endpoint.id": str(endpoint.id), "event.id": str(due.event_id)})
            reply, was_taken = await call(due.message_id, due.body)
            span.note({} if reply.status is None else {"http.response.status_code": reply.status})
        outcome, next_try_at = self._became(due, reply, was_taken=was_taken)
        return Tried(
            id=due.id, request_id=due.request_id, answer=reply.answer, outcome=outcome, next_try_at=next_try_at
        )

    def _became(self, due: Due, reply: Reply, *, was_taken: bool) -> tuple[DeliveryOutcome | None, datetime | None]:
        """What becomes of a delivery, and when it is tried again."""
        if was_taken:
            self._succeeded = True
            return DeliveryOutcome.DELIVERED, None
        self._failures += 1
        self._gone = self._gone or reply.status == GONE
        again = next_try(due.tries, reply, random.uniform(-JITTER, JITTER))  # noqa: S311 - nobody's secret
        return (DeliveryOutcome.GIVEN_UP if again is None else None), again

    async def _write(self, endpoint: Endpoint) -> None:
        """Write what has come of tries, and switch off what is gone or has failed for too long."""
        if not self._results:
            return
        results, self._results = self._results, []
        took = any(one.outcome is DeliveryOutcome.DELIVERED for one in results)
        async with self._pool.acquire() as connection, connection.transaction():
            await deliveries.note(connection, endpoint.id, results)
            failing_since = await endpoints.note_health(connection, endpoint.id, took=took)
            reason = None
            if self._gone:
                reason = OffReason.GONE
            elif failing_since is not None and failing_since < datetime.now(UTC) - FAILING_DAYS:
                reason = OffReason.FAILING
            if reason is not None and await endpoints.switch_off(connection, endpoint.id, reason):
                log.warning("an endpoint is switched off", endpoint=endpoint.name, reason=reason)
                await _tell_owner(connection, endpoint, reason)

    async def _rest(self, endpoint: Endpoint) -> None:
        """Leave an endpoint alone to which nothing can be delivered."""
        since = endpoint.failing_since or datetime.now(UTC)
        rest = min(max(datetime.now(UTC) - since, PAUSES[0]), LONGEST_REST)
        async with self._pool.acquire() as connection:
            await deliveries.hold_everything_back(connection, endpoint.id, datetime.now(UTC) + rest)


async def _tell_owner(connection: Connection, endpoint: Endpoint, reason: OffReason) -> None:
    """Whoever made an endpoint is told in the bell that it is off."""
    notice = NoticeRow(
        id=uuid7(),
        username=endpoint.owner.username,
        event_id=uuid7(),
        request_id=None,
        kind=NoticeKind.OUTCOME,
        type=f"endpoint.{reason}",
        facts={"endpoint_id": str(endpoint.id), "name": endpoint.name},
        mail_at=None,
    )
    await notices.insert(connection, [notice])


def next_try(tries: int, reply: Reply | None, jitter: float) -> datetime | None:
    """When something that was not taken is tried again; None: not any more.

    Args:
        tries: how often it was tried before this.
        reply: what was answered; None: it was not sent.
        jitter: of the pause, as a part of it.
    """
    if tries >= len(PAUSES):
        return None
    pause = PAUSES[tries] * (1 + jitter)
    if reply is not None and reply.retry_after is not None:
        pause = max(pause, min(timedelta(seconds=reply.retry_after), LONGEST_PAUSE))
    return datetime.now(UTC) + pause
