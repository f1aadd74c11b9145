"""What has happened and was not told on: what waits for long, since who tells was lost, and what was lost from the outbox.

Of the last transition of a request it is known what there was to tell, so that it is made again: the same events, in their places.
Of whatever else is lost somebody is to hear of the request otherwise.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from application.checking.findings import Finding, Kind
from application.delivery.engine import Engine, EngineRefusedError
from approval.effects import Event
from approval.retelling import KNOWN, events_of_last
from approval.state import Decision, When
from crm import dispatching, lost_events, runs
from crm.lost_events import Gap, LastTransition
from crm.pool import Connection, Pool

LONG: Final = timedelta(minutes=5)
"""What is told on is so within a second, and tried again every minute."""
BATCH: Final = 500
LOOK_BACK: Final = timedelta(hours=20)
"""So far back it is looked for what was lost; what was told on is kept for a day at least."""
FIRST_LOOK: Final = timedelta(hours=1)
"""So far back by the first look of all."""
OVERLAP: Final = timedelta(minutes=10)
"""So far before the last look it is looked again: what is written now may have been begun then."""


async def waiting_to_be_told(pool: Pool, engine: Engine) -> AsyncIterator[Finding]:
    """Whether something waits for long, since when, and how much; who tells is started again if they were lost."""
    found = await dispatching.waiting_long(pool, LONG)
    if not found.count:
        return
    facts = {"count": f"{found.count:,}", "at": f"{found.since:%Y-%m-%d %H:%M} UTC"}
    try:
        is_new = await engine.see_to_telling()
    except EngineRefusedError:
        is_new = False
    yield Finding(kind=Kind.TELLING_STARTED if is_new else Kind.OUTBOX_WAITS, facts=facts)


async def lost_from_outbox(
    pool: Pool, *, since: datetime | None, progress: Callable[[], Awaitable[None]]
) -> AsyncIterator[Finding]:
    """What is not in the outbox though it should be, of requests to which something happened lately or of which it was found before.

    Args:
        since: when it was looked last; None: never.
        progress: awaited after each batch.
    """
    now = datetime.now(UTC)
    horizon = now - LOOK_BACK
    start = now - FIRST_LOOK if since is None else max(horizon, since - OVERLAP)
    known = await lost_events.found_before(pool, Kind.EVENTS_LOST)
    async for finding in _of(pool, known, horizon):
        yield finding
    async for batch in lost_events.touched_since(pool, start, limit=BATCH):
        async for finding in _of(pool, batch - known, horizon):
            yield finding
        await progress()


async def _of(pool: Pool, request_ids: set[UUID], horizon: datetime) -> AsyncIterator[Finding]:
    for gap in await lost_events.gaps(pool, request_ids, horizon) if request_ids else ():
        made, left = 0, 0
        try:
            async with pool.acquire() as connection, connection.transaction():
                again = await lost_events.lock(connection, gap.request_id, horizon)
                if again is not None:
                    made, left = await _mend(connection, again, horizon)
        except asyncpg.LockNotAvailableError:
            continue  # somebody is at work on it: the next pass looks at it
        for kind, count in ((Kind.EVENTS_MADE_AGAIN, made), (Kind.EVENTS_LOST, left)):
            if count:
                yield Finding(kind=kind, number=gap.number, owner=gap.owner, facts={"count": f"{count:,}"})


async def _mend(connection: Connection, gap: Gap, horizon: datetime) -> tuple[int, int]:
    """How many events of a request were put back, and how many are lost."""
    last = await lost_events.last_transition(connection, gap.request_id, horizon)
    if last is None or last.returned_to is not None:  # a return to an earlier step is told, and cannot be reckoned
        return 0, len(gap.missing)
    events = await _told_of(connection, gap, last)
    if not events and not gap.is_sure:
        return 0, 0  # a vote that others have yet to join, for example
    made = await _make_again(connection, gap, last, events)
    return len(made), len(gap.missing - made)


async def _told_of(connection: Connection, gap: Gap, last: LastTransition) -> tuple[Event, ...]:
    """What there was to tell of the last transition of a request; empty: nothing, or it cannot be reckoned."""
    if last.action not in KNOWN:
        return ()
    case = await runs.read_case(connection, gap.request_id, None, "", last.at)
    if case is None or case.state is None or case.state.sequence != last.sequence:
        return ()
    decision = Decision(command_id=last.command_id, action=last.action, actor=last.actor, note=last.note, end=last.end)
    return events_of_last(case.state, decision, When(said=last.at, written=last.recorded_at))


async def _make_again(
    connection: Connection, gap: Gap, last: LastTransition, events: tuple[Event, ...]
) -> frozenset[int]:
    """Put what is lost of the last transition into its places, if it is sure what was there; which places."""
    first = gap.last - len(events) + 1
    places = dict(enumerate(events, first))
    there = await lost_events.there(connection, gap.request_id, first)
    fits = first > 0 and all(places[place].type == of_type for place, of_type in there.items())
    if not fits or await lost_events.is_there_before(connection, gap.request_id, first, last):
        return frozenset()  # something was told after it, which is lost
    if last.followed and not there:
        return frozenset()  # what came after it may have these places
    lost = {place: event for place, event in places.items() if place not in there}
    if lost:
        await lost_events.make_again(connection, gap.request_id, lost, since=last.recorded_at)
    return frozenset(lost)
