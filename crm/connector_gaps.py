"""Orders that the CRM holds open beside what is known of the system that they are of: what differs in spite of its being followed."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from approval.model import Frozen
from crm.pool import Pool


class Followed(Frozen):
    """A system that is followed, and when a pass over it came to its end last."""

    system: str
    read_at: datetime
    """When it was connected, if no pass ever did."""
    trouble: str
    """Why the last pass stopped, as a key of ``texts.connectors``; empty: it did not."""


async def followed(pool: Pool) -> list[Followed]:
    """The systems that are followed."""
    rows = await pool.fetch(
        """SELECT c.system, coalesce(ended.at, c.changed_at) AS read_at, coalesce(last.trouble, '') AS trouble
           FROM connectors c
               LEFT JOIN LATERAL (SELECT trouble FROM connector_syncs s WHERE s.system = c.system ORDER BY id DESC LIMIT 1) last ON true
               LEFT JOIN LATERAL (SELECT max(ended_at) AS at FROM connector_syncs s WHERE s.system = c.system) ended ON true
           WHERE c.enabled ORDER BY c.system"""
    )
    return [Followed(**row) for row in rows]


class Some(Frozen):
    """Some orders: how many, and the numbers of the first."""

    count: int
    numbers: tuple[str, ...]


NAMED: Final = 3
"""Orders whose numbers are named."""


async def parked(pool: Pool, system: str, *, tries: int) -> Some:
    """Orders that could not be taken so often."""
    row = await pool.fetchrow(
        """SELECT count(*) AS count, (array_agg(coalesce(nullif(number, ''), key) ORDER BY id))[:$3] AS numbers
           FROM connector_failures WHERE system = $1 AND tries >= $2""",
        system,
        tries,
        NAMED,
    )
    assert row is not None  # noqa: S101 - it counts
    return Some(count=row["count"], numbers=tuple(row["numbers"] or ()))


async def missed(pool: Pool, system: str) -> Some:
    """Orders that are open here and that the last pass through everything has not seen."""
    row = await pool.fetchrow(
        """SELECT count(*) AS count, (array_agg(s.number ORDER BY s.key))[:$2] AS numbers
           FROM connector_items i JOIN sources s ON s.system = i.system AND s.key = i.key
           WHERE i.system = $1 AND i.missed > 0 AND NOT i.gone AND s.cancelled_at IS NULL""",
        system,
        NAMED,
    )
    assert row is not None  # noqa: S101 - it counts
    return Some(count=row["count"], numbers=tuple(row["numbers"] or ()))


class Order(NamedTuple):
    """An order that is open here, and whether its system has it as far as is known."""

    key: str
    number: str
    there: bool


async def orders(pool: Pool, system: str, *, after: str, limit: int) -> list[Order]:
    """Sales orders of a system that are open here, by key.

    Args:
        after: the last key of the batch before.
    """
    rows = await pool.fetch(
        """SELECT s.key, s.number, coalesce(NOT i.gone, false) AS there
           FROM (SELECT key, number, system FROM sources WHERE system = $1 AND key > $2 AND cancelled_at IS NULL
                   AND type = 'sales_order' ORDER BY key LIMIT $3) s
               LEFT JOIN connector_items i ON i.system = s.system AND i.key = s.key
           ORDER BY s.key""",
        system,
        after,
        limit,
    )
    return [Order(**row) for row in rows]
