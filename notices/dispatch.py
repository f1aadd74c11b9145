"""From the outbox to everybody who is to hear of it: in one transaction each event becomes notices of people and deliveries to
systems, and is told. What then goes out over the network is the work of ``notices.ways``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from application.calendars import Calendars
from application.ops import literal
from approval.calendar import BusinessCalendar
from approval.model import Frozen
from approval.notice_kinds import USUAL, MailChoice
from crm import dispatching, mails, notices
from crm.dispatching import OutboxEvent
from crm.notices import NoticeRow, Reader
from crm.pool import DATABASE_TROUBLE, Connection, Pool
from notices.telling import NAMED_IN_LISTS, TOLD, URGENT, Notice, People, Whom, notices_of
from trace_context import NOBODY, Tracer
from workflows.notice_contract import MAIL, NoticeWay

log = structlog.get_logger(__name__)

STUCK_SHOWN: Final = 10
"""Requests of what cannot be told on, as ops are shown them."""
AT_ONCE: Final = 500
"""Events in one transaction."""
_OF_SUBSTITUTES: Final = frozenset(event_type for event_type, (_, whom) in TOLD.items() if Whom.SUBSTITUTES in whom)


class MailRules(Frozen):
    """When mail is written.

    Args:
        on: whether there is a server that takes it.
        gather: how long a mail waits for others to the same person.
        quiet: whether people are left alone outside business hours, but for escalations.
    """

    on: bool = False
    gather: timedelta = timedelta(seconds=60)
    quiet: bool = True

    def due(self, reader: Reader, notice: Notice, calendar: BusinessCalendar, now: datetime) -> datetime | None:
        """When a notice may be mailed; None: it is not."""
        when = MailChoice(reader.settings.email.get(notice.kind, USUAL[notice.kind]))
        if not (self.on and reader.email) or when is MailChoice.OFF:
            return None
        if when is MailChoice.DAILY:
            return calendar.next_morning(now)
        soon = now + self.gather
        return calendar.opens(soon) if self.quiet and notice.type not in URGENT else soon


class Sink(Protocol):
    """Something that takes events, within the transaction that has them told."""

    async def take(self, connection: Connection, events: Sequence[OutboxEvent]) -> set[NoticeWay]:
        """Write down what is to be delivered; the ways on which there is something now."""

    async def due(self, pool: Pool) -> set[NoticeWay]:
        """The ways on which something waits, whoever should have known of it."""


class ToPeople:
    """Tells people: the bell, and when what is mailed.

    Args:
        calendars: the business time that counts.
        mail: when mail is written.
    """

    def __init__(self, calendars: Calendars, mail: MailRules) -> None:
        self._calendars = calendars
        self._mail = mail

    async def take(self, connection: Connection, events: Sequence[OutboxEvent]) -> set[NoticeWay]:
        """See ``Sink``."""
        people, readers = await _people(connection, events)
        told = notices_of(events, people)
        calendar = await self._calendars.newest(connection)
        now = datetime.now(UTC)
        by_id = {event.id: event for event in events}
        rows = [
            NoticeRow(
                id=uuid7(),
                username=notice.username,
                event_id=notice.event_id,
                request_id=notice.request_id,
                kind=notice.kind,
                type=notice.type,
                facts=_facts(by_id[notice.event_id], notice),
                mail_at=self._mail.due(readers[notice.username], notice, calendar, now),
            )
            for notice in told
        ]
        if rows:
            await notices.insert(connection, rows)
        await notices.settle(connection, {event.request_id for event in events})
        return {MAIL} if any(row.mail_at is not None for row in rows) else set()

    async def due(self, pool: Pool) -> set[NoticeWay]:
        """See ``Sink``."""
        waits = self._mail.on and (await notices.anything_to_mail(pool) or await mails.anything_waits(pool))
        return {MAIL} if waits else set()


class Dispatcher:
    """Tells on what waits in the outbox.

    Args:
        pool: the CRM database.
        sinks: who is told.
        tracer: is told of each event that was told on.
    """

    def __init__(self, pool: Pool, sinks: Sequence[Sink], tracer: Tracer = NOBODY) -> None:
        self._pool = pool
        self._sinks = sinks
        self._tracer = tracer
        self._stuck: dict[UUID, str] = {}
        """Requests whose events cannot be told on, and why: they hold up nobody else."""

    @property
    def details(self) -> str:
        """What cannot be told on, in Markdown, for ops; empty: nothing."""
        shown = [
            f"- request {request_id}: {literal(why)}" for request_id, why in list(self._stuck.items())[:STUCK_SHOWN]
        ]
        head = f"**What waits of {len(self._stuck)} requests cannot be told on**; it is tried again every minute."
        return "\n".join((head, *shown)) if shown else ""

    def try_all_again(self) -> None:
        """Have what is stuck tried again."""
        self._stuck.clear()

    async def dispatch_some(self) -> tuple[int, set[NoticeWay]]:
        """Tell on the oldest of what waits, all of it or nothing. If that cannot be done, then what waits of the oldest request; and
        if that cannot either, it is left aside until ``try_all_again``.

        Returns:
            How many events they were, and on which ways there is something to deliver now.
        """
        try:
            return await self._dispatch(AT_ONCE)
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("what waits cannot be told on together")
        return await self._dispatch(1, may_be_stuck=True)

    async def _dispatch(self, limit: int, *, may_be_stuck: bool = False) -> tuple[int, set[NoticeWay]]:
        if not await dispatching.anything_waits(self._pool, self._stuck):
            return 0, set()
        events: list[OutboxEvent] = []
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                if not await dispatching.take_turn(connection):
                    return 0, set()
                events = await dispatching.waiting(connection, limit, self._stuck)
                ways = await self._tell(connection, events)
        except DATABASE_TROUBLE:
            raise
        except Exception as error:
            if not may_be_stuck:
                raise
            self._stuck |= {event.request_id: str(error)[:200] for event in events}
            log.exception("events cannot be told on", request_ids=[str(event.request_id) for event in events[:1]])
            return 0, set()
        self._trace(events)
        return len(events), ways

    def _trace(self, events: Sequence[OutboxEvent]) -> None:
        for event in events:
            if event.traceparent is not None:
                with self._tracer.span(f"Tell:{event.type}", [event.traceparent]) as span:
                    span.note({"purchase_request.id": str(event.request_id), "event.id": str(event.id)})

    async def _tell(self, connection: Connection, events: Sequence[OutboxEvent]) -> set[NoticeWay]:
        ways: set[NoticeWay] = set()
        for sink in self._sinks:
            ways |= await sink.take(connection, events)
        await dispatching.mark_told(connection, events)
        return ways

    async def due(self) -> set[NoticeWay]:
        """The ways on which something waits to be delivered."""
        found: set[NoticeWay] = set()
        for sink in self._sinks:
            found |= await sink.due(self._pool)
        return found


def _facts(event: OutboxEvent, notice: Notice) -> dict[str, Any]:
    facts = {name: value for name, value in event.facts.items() if name not in NAMED_IN_LISTS}
    return {**facts, "number": event.number, **({"for": notice.acting_for} if notice.acting_for else {})}


async def _people(connection: Connection, events: Sequence[OutboxEvent]) -> tuple[People, dict[str, Reader]]:
    """Who is there around the requests of these events."""
    asked = [(event.request_id, str(event.facts.get("person"))) for event in events if event.type in _OF_SUBSTITUTES]
    watching = await dispatching.watchers(connection, {event.request_id for event in events})
    substitutes = await dispatching.substitutes(connection, asked) if asked else {}
    named = {event.owner for event in events}.union(*watching.values(), *substitutes.values())
    for event in events:
        named.add(str(event.facts.get("person")))
        named.update(*(event.facts.get(which, ()) for which in NAMED_IN_LISTS))
    readers = await notices.readers(connection, named)
    return People(active=frozenset(readers), watchers=watching, substitutes=substitutes), readers
