"""Orders that are open here beside the systems that they are of. Following a system mends what differs; whatever keeps it from that
is for a person.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from application.checking.findings import Finding, Kind
from crm import connector_gaps
from crm.connector_gaps import NAMED, Some
from crm.pool import Pool

LONG: Final = timedelta(hours=1)
"""A system is read every minute; the first time takes longer."""
TRIES: Final = 3
"""Of an order that cannot be taken, after which a person is asked: it was tried again for half an hour."""
BATCH: Final = 1000


async def orders_elsewhere(pool: Pool, progress: Callable[[], Awaitable[None]]) -> AsyncIterator[Finding]:
    """What differs, or may differ without anybody noticing, of each system that is followed.

    Args:
        progress: awaited after each batch.
    """
    now = datetime.now(UTC)
    for one in await connector_gaps.followed(pool):
        if one.read_at < now - LONG:
            facts = {"system": one.system, "at": f"{one.read_at:%Y-%m-%d %H:%M} UTC", "trouble": one.trouble}
            yield Finding(kind=Kind.ORDERS_NOT_READ, facts=facts)
        for kind, found in (
            (Kind.ORDERS_PARKED, await connector_gaps.parked(pool, one.system, tries=TRIES)),
            (Kind.ORDERS_MISSED, await connector_gaps.missed(pool, one.system)),
            (Kind.ORDERS_NOT_THERE, await _not_there(pool, one.system, progress)),
        ):
            if found.count:
                facts = {"system": one.system, "count": f"{found.count:,}", "orders": ", ".join(found.numbers)}
                yield Finding(kind=kind, facts=facts)


async def _not_there(pool: Pool, system: str, progress: Callable[[], Awaitable[None]]) -> Some:
    """Orders that are open here and that their system never had, or has no more, as far as is known."""
    count, after = 0, ""
    first: tuple[str, ...] = ()
    while batch := await connector_gaps.orders(pool, system, after=after, limit=BATCH):
        gone = [order.number for order in batch if not order.there]
        count, first = count + len(gone), (*first, *gone)[:NAMED]
        after = batch[-1].key
        await progress()
    return Some(count=count, numbers=first)
