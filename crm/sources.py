"""Sales orders and opportunities: what requests are made from, and how much of each line is already requested."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from approval.incoming import SourceType
from approval.model import Code, Frozen, Person, refuse
from approval.values import Stored, amount_of
from crm.cursors import unknown_cursor
from crm.pool import Connection, Pool
from crm.requests import NOT_COUNTED
from crm.search_text import fold


class SourceLine(Frozen):
    """Goods of a sales order or opportunity."""

    id: UUID
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: Stored
    unit_price: Stored
    supplier: str | None
    quantity_requested: Stored
    """By all purchase requests that are not rejected or cancelled."""

    @property
    def amount(self) -> Decimal:
        """Quantity times price."""
        return amount_of(self.quantity, self.unit_price)


class SourceItem(Frozen):
    """A sales order or opportunity in a list."""

    id: UUID
    type: SourceType
    number: str
    name: str
    customer: str
    owner: Person
    stage: str
    date: datetime.date
    delivery_address: str
    delivery_date: datetime.date | None
    currency: str
    total: Stored
    cancelled: bool
    """Whether it was cancelled in the system that it comes from, or is gone from there."""


class Source(SourceItem):
    """A sales order or opportunity with its goods."""

    lines: tuple[SourceLine, ...]


class SourcePage(Frozen):
    """One page of sources and the cursor of the next."""

    items: tuple[SourceItem, ...]
    next_cursor: str | None


_COLUMNS = """s.id, s.type, s.number, s.name, s.customer, s.owner, u.name AS owner_name, s.stage, s.source_date AS date,
    s.delivery_address, s.delivery_date, s.currency, s.cancelled_at IS NOT NULL AS cancelled,
    (SELECT coalesce(sum(quantity * unit_price), 0) FROM source_lines l WHERE l.source_id = s.id AND l.gone_at IS NULL) AS total"""


async def page(
    pool: Pool, kind: SourceType, *, q: str, limit: int, cursor: str | None, with_cancelled: bool = False
) -> SourcePage:
    """Sales orders or opportunities, newest first.

    Args:
        with_cancelled: also those that were cancelled.

    Raises:
        RefusedError: ``invalid``: the cursor is not ours.
    """
    after = None
    if cursor is not None:
        try:
            after = UUID(cursor)
        except ValueError as error:
            raise unknown_cursor() from error
    rows = await pool.fetch(
        f"""SELECT {_COLUMNS} FROM sources s JOIN users u ON u.username = s.owner
            WHERE s.type = $1 {"" if with_cancelled else "AND s.cancelled_at IS NULL"} AND ($2::uuid IS NULL OR s.id < $2) AND ($3 = '' OR s.search_text LIKE '%' || $3 || '%')
            ORDER BY s.id DESC LIMIT {limit + 1}""",  # noqa: S608
        kind,
        after,
        fold(q).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"),
    )
    items = tuple(SourceItem(**_item(row)) for row in rows[:limit])
    return SourcePage(items=items, next_cursor=str(items[-1].id) if len(rows) > limit else None)


async def load(executor: Pool | Connection, kind: SourceType, source_id: UUID) -> Source | None:
    """One sales order or opportunity with the goods that it has now."""
    row = await executor.fetchrow(
        f"SELECT {_COLUMNS} FROM sources s JOIN users u ON u.username = s.owner WHERE s.id = $1 AND s.type = $2",  # noqa: S608
        source_id,
        kind,
    )
    if row is None:
        return None
    lines = await executor.fetch(
        f"""SELECT l.id, l.product_code, l.description, l.warehouse, l.unit, l.quantity, l.unit_price, l.supplier,
                (SELECT coalesce(sum(p.quantity), 0) FROM purchase_request_lines p
                    JOIN purchase_requests r ON r.id = p.request_id
                 WHERE p.source_line_id = l.id AND p.decision IS NULL AND r.process_status NOT IN {NOT_COUNTED}) AS quantity_requested
            FROM source_lines l WHERE l.source_id = $1 AND l.gone_at IS NULL ORDER BY l.position, l.id""",  # noqa: S608
        source_id,
    )
    return Source(**_item(row), lines=tuple(SourceLine(**dict(line)) for line in lines))


async def find(executor: Pool | Connection, kind: SourceType, source_id: UUID) -> Source:
    """One sales order or opportunity with its goods.

    Raises:
        RefusedError: ``not_found``.
    """
    source = await load(executor, kind, source_id)
    if source is None:
        raise refuse(Code.NOT_FOUND)
    return source


def _item(row: asyncpg.Record) -> dict[str, Any]:
    values = dict(row)
    values["owner"] = Person(username=values["owner"], name=values.pop("owner_name"))
    return values
