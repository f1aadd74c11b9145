"""Completed requests in the order in which they changed, for systems that pull. Nothing is missed, whatever is written meanwhile.

Whoever changes a completed request leaves it without a place (a trigger does, in the same transaction). ``give_places``, of which
one runs at a time, gives the next places to those without one that are committed, and skips what somebody is changing just then:
that gets a later place. So whatever becomes visible after a page was read has a place after it, however long it took to be
committed; a transaction that stays open for hours holds up nothing but its own request.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from approval.model import Frozen, Person, ProcessStatus
from approval.order_changes import OrderChange, OrderChanges
from approval.values import Sum
from crm.pool import Connection, Pool, lock_timeout
from crm.records import LineRecord, SourceView
from crm.requests import ON_ORDERS
from crm.visibility import VISIBLE, Viewer

MOST_PLACES: Final = 1000
"""How many changes get a place at once: more than a page has."""


class ChangedRequest(Frozen):
    """A completed request as those who buy see it."""

    id: UUID
    number: str
    request_date: date
    version: int
    owner: Person
    source: SourceView | None
    purpose: str
    delivery_address: str
    desired_delivery_date: date | None
    description: str
    currency: str
    total: Sum
    process_status: ProcessStatus
    purchase_status: str | None
    approved_at: datetime | None
    lines: tuple[LineRecord, ...]
    order_changes: OrderChanges
    """How the order or opportunity differs by now from what the request was made from; it was approved as it is here."""
    changed_at: datetime
    updated_at: datetime


class Changes(Frozen):
    """Some of what changed, in its order."""

    items: tuple[ChangedRequest, ...]
    place: int
    """Of the last of them; where one goes on from."""
    more: bool


async def give_places(pool: Pool) -> None:
    """Give a place to what has changed and is committed.

    Raises:
        asyncpg.LockNotAvailableError: others do so for longer than ``crm.pool.LOCK_SECONDS``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT set_config('lock_timeout', $1, true), pg_advisory_xact_lock(hashtext('purchasing_places'))",
            lock_timeout(),
        )
        await connection.execute(_GIVE)  # a statement of its own: it sees what was committed until now


_GIVE: Final = f"""
WITH waiting AS (
    SELECT request_id FROM purchasing_changes WHERE place IS NULL
    ORDER BY changed_at, request_id LIMIT {MOST_PLACES} FOR UPDATE SKIP LOCKED
), placed AS (
    SELECT request_id, nextval('purchasing_places') AS place FROM (
        SELECT c.request_id FROM purchasing_changes c JOIN waiting USING (request_id) ORDER BY c.changed_at, c.request_id) ordered
)
UPDATE purchasing_changes c SET place = placed.place FROM placed WHERE c.request_id = placed.request_id
"""  # noqa: S608


async def place_before(executor: Pool | Connection, since: datetime) -> int:
    """The place from which one goes on to read what changed at a time and later; see ``page``.

    Args:
        since: UTC. What changed then and is not committed yet comes whenever it is.
    """
    return int(
        await executor.fetchval(
            """SELECT coalesce(min(place), (SELECT coalesce(max(place), 0) + 1 FROM purchasing_changes)) - 1
               FROM purchasing_changes WHERE changed_at >= $1""",
            since,
        )
    )


async def page(pool: Pool, viewer: Viewer, *, after: int, limit: int) -> Changes:
    """What changed after a place.

    Args:
        viewer: who reads it.
        after: the place of the last change that they have; 0: they have none.
        limit: items at most.
    """
    rows = await pool.fetch(f"{_PAGE} LIMIT {limit + 1}", *viewer.arguments, after)
    found = rows[:limit]
    return Changes(
        items=tuple(
            ChangedRequest(
                **{name: row[name] for name in _SAME},
                owner=Person(username=row["owner"], name=row["owner_name"]),
                source=SourceView.model_validate(row["source"]) if row["source"] else None,
                order_changes=tuple(OrderChange.model_validate(change) for change in row["order_changes"] or ()),
                lines=tuple(LineRecord.model_validate(line) for line in row["lines"]),
            )
            for row in found
        ),
        place=found[-1]["place"] if found else after,
        more=len(rows) > limit,
    )


_SAME: Final = (
    "id",
    "number",
    "request_date",
    "version",
    "purpose",
    "delivery_address",
    "desired_delivery_date",
    "description",
    "currency",
    "total",
    "process_status",
    "purchase_status",
    "approved_at",
    "changed_at",
    "updated_at",
)
_PAGE: Final = f"""
SELECT r.*, c.place, c.changed_at, owner.name AS owner_name,
    (SELECT max(n.at) FROM notes n WHERE n.request_id = r.id AND n.action = 'approve') AS approved_at,
    (SELECT jsonb_build_object('type', s.type, 'id', s.id, 'number', s.number) FROM sources s WHERE s.id = r.source_id) AS source,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', l.id, 'source_line_id', l.source_line_id, 'product_code', l.product_code,
            'description', l.description, 'warehouse', l.warehouse, 'unit', l.unit, 'quantity', l.quantity::text,
            'unit_price', l.unit_price::text, 'supplier', l.supplier, 'quantity_received', l.quantity_received::text,
            'decision', l.decision, 'decision_note', l.decision_note, 'purchase_orders', {ON_ORDERS}) ORDER BY l.position), '[]')
        FROM purchase_request_lines l WHERE l.request_id = r.id) AS lines
FROM purchasing_changes c JOIN purchase_requests r ON r.id = c.request_id JOIN users owner ON owner.username = r.owner
WHERE c.place > $5 AND r.process_status = 'completed' AND {VISIBLE}
ORDER BY c.place
"""  # noqa: S608
