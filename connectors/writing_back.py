"""Telling another system, in fields of its orders that an admin has named, of the requests that were made from them.

Whatever happens to a request marks its order; with the next pass the order says what is so by then, however often that has changed.
The same again is not written. What cannot be written waits, is tried again, and holds up nobody: no decision knows of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from application.amis_fields import AmisFields
from application.amis_write_back import AmisWriteBack
from connectors.interface import OF_THE_QUESTION, Connector, Problem, SystemTroubleError
from crm import connector_writings, connectors
from crm.connector_writings import Due, MadeRequest
from crm.dispatching import OutboxEvent
from crm.pool import Connection, Pool
from texts import process_status_label
from workflows.notice_contract import NoticeWay

log = structlog.get_logger(__name__)

PASS_SECONDS: Final = 30.0
"""For what is told in one pass: the orders that are read in the next one wait for its end."""
AT_ONCE: Final = 20
"""Orders in one call."""
LONGEST: Final = 200
"""Letters of what a field is told; of more requests than that the newest are named."""

Heartbeat = Callable[[], None]


class ToOrders:
    """Marks the orders of a system whose requests something has happened to; see ``notices.dispatch.Sink``.

    Args:
        system: which one.
    """

    def __init__(self, system: str) -> None:
        self._system = system

    async def take(self, connection: Connection, events: Sequence[OutboxEvent]) -> set[NoticeWay]:
        """See ``Sink``."""
        await connector_writings.mark(connection, self._system, {event.request_id for event in events})
        return set()

    async def due(self, pool: Pool) -> set[NoticeWay]:
        """See ``Sink``: nothing of this goes out with the notices."""
        return set()


async def write_back(
    pool: Pool, connector: Connector, of: datetime, base_url: str, beat: Heartbeat, *, seconds: float = PASS_SECONDS
) -> None:
    """Tell a system of what has become of requests, if it is to be told; the rest is for the next pass once the settings change.

    Args:
        pool: the CRM database.
        connector: the system.
        of: when the settings were saved that the connector was made of.
        base_url: where browsers reach the pages, without a trailing slash.
        beat: called after every call.
        seconds: after which no further call is made but the first; the next pass goes on.
    """
    system, calls = connector.system, _Calls(connector, seconds)
    while not calls.are_over and (fields := await _fields(pool, system, of)).is_wanted:
        orders = await connector_writings.due(pool, system, limit=AT_ONCE)
        if not orders:
            return
        requests = await connector_writings.requests_of(pool, system, [one.key for one in orders])
        wanted = {one.key: _said(requests[one.key], fields, base_url) for one in orders}
        new = [one for one in orders if wanted[one.key] not in ({}, one.written)]
        answers = dict.fromkeys({one.key for one in orders} - {one.key for one in new}) | await calls.write(new, wanted)
        told = {one.key: _now(one, wanted) for one in orders if one.key in answers and answers[one.key] is None}
        await connector_writings.note_told(pool, system, told, of=of)
        problems = {key: problem.model_dump() for key, problem in answers.items() if problem is not None}
        if problems:
            log.warning("orders cannot be told of their requests", system=system, orders=len(problems))
            await connector_writings.note_failed(pool, system, problems, of=of)
        beat()


async def _fields(pool: Pool, system: str, of: datetime) -> AmisWriteBack:
    """Into which fields a system is told now; into none, once its settings are others than those that it is called by."""
    settings = await connectors.find(pool, system)
    if settings is None or not settings.enabled or settings.changed_at != of:
        return AmisWriteBack()
    fields = AmisWriteBack.kept(settings.write_back)
    if read := fields.read_as_well(AmisFields.kept(settings.fields)):
        log.error("a field that is read is not written", system=system, field=read)
        return AmisWriteBack()
    return fields


def _now(one: Due, wanted: Mapping[str, Mapping[str, str]]) -> tuple[int, Mapping[str, str] | None]:
    return one.marks, wanted[one.key] or one.written


class _Calls:
    """The calls of one pass."""

    def __init__(self, connector: Connector, seconds: float) -> None:
        self._connector = connector
        self._until = asyncio.get_running_loop().time() + seconds
        self._told = self._unanswered = 0

    @property
    def are_over(self) -> bool:
        """Whether the system is not to be asked for more now. One order that it cannot be asked about is not yet its being away."""
        is_late = asyncio.get_running_loop().time() >= self._until
        return self._unanswered > 1 or (is_late and self._told + self._unanswered > 0)

    async def write(self, orders: Sequence[Due], wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Problem | None]:
        """Write; what was wrong with each order that was asked about, None: it is written.

        One order that a system does not take keeps no other from being written: what failed before, or together, is written one
        by one.
        """
        together = {one.key: wanted[one.key] for one in orders if not one.tries}
        answers = await self._call(together) if together else {}
        for one in orders:
            if one.key not in answers and not self.are_over:
                answers |= await self._call({one.key: wanted[one.key]})
        return answers

    async def _call(self, some: Mapping[str, Mapping[str, str]]) -> dict[str, Problem | None]:
        """One call; no answers, if the orders are to be written one by one."""
        try:
            problems = await self._connector.write(some)
        except SystemTroubleError as trouble:
            if trouble.reason not in OF_THE_QUESTION:
                self._unanswered += len(some)
            elif len(some) > 1:
                return {}
            return dict.fromkeys(some, Problem(reason=trouble.reason, params={"detail": trouble.detail}))
        self._told += len(some)
        return {key: problems.get(key) for key in some}


def _said(requests: Sequence[MadeRequest], fields: AmisWriteBack, base_url: str) -> dict[str, str]:
    """What an order is told, by field; nothing, if no request was sent."""
    if not requests:
        return {}
    labels = [process_status_label(one.process_status, "vi") for one in requests]
    with_numbers = [f"{one.number}: {label}" for one, label in zip(requests, labels, strict=True)]
    values = {
        fields.number: _in_line([one.number for one in requests]),
        fields.status: labels[0] if len(labels) == 1 else _in_line(with_numbers),
        fields.link: f"{base_url}/requests/{requests[0].id}",
    }
    return {name: value for name, value in values.items() if name}


def _in_line(words: Sequence[str]) -> str:
    """Words beside each other, as many as a field holds."""
    line = words[0]
    for word in words[1:]:
        if len(line) + len(word) + len("; …; ") > LONGEST:
            return f"{line}; …"
        line = f"{line}; {word}"
    return line
