"""Lines of approved requests that have yet to come, by supplier: what the purchasing department works through."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg

from approval.model import Frozen
from approval.order_changes import ChangeKind
from approval.values import Stored, Sum
from crm import cursors
from crm.pool import Connection, Pool
from crm.search_text import fold

NOBODY: Final = "-"
"""In the filter: lines without a supplier."""


class LineToBuy(Frozen):
    """A line of which not all has come."""

    id: UUID
    request_id: UUID
    number: str
    owner_name: str
    desired_delivery_date: date | None
    purchase_status: str | None
    supplier: str
    """Empty: nobody was named."""
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: Stored
    unit_price: Stored
    currency: str
    quantity_received: Stored
    ordered: Sum
    """How much purchase orders have."""
    orders: tuple[str, ...]
    """Their numbers."""
    order_change: ChangeKind | None
    """How the sales order differs from what was approved: all of it cancelled, or this line of it; None: in nothing."""


class ToBuy(Frozen):
    """Some of the lines, those of one supplier together, and the cursor of the next."""

    items: tuple[LineToBuy, ...]
    next_cursor: str | None


async def page(
    pool: Pool | Connection,
    *,
    supplier: str = "",
    q: str = "",
    not_ordered: bool = False,
    limit: int,
    cursor: str | None = None,
) -> ToBuy:
    """Lines of completed requests of which not all has come, by supplier, then in the order of their requests.

    Args:
        supplier: whose; ``NOBODY``: those without one; empty: all.
        q: words of the goods, the request's number, its people or purpose.
        not_ordered: only lines of which purchase orders do not have all.
        limit: lines at most.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: the cursor is not ours.
    """
    arguments: list[Any] = []

    def parameter(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    where = ["r.process_status = 'completed'", "l.decision IS NULL", "l.quantity_received < l.quantity"]
    if supplier:
        where.append(f"{_SUPPLIER} = lower({parameter('' if supplier == NOBODY else supplier)})")
    for word in fold(q).split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where.append(f"r.search_text LIKE {parameter(f'%{escaped}%')}")
    if not_ordered:
        where.append(f"{_ORDERED} < l.quantity")
    if cursor is not None:
        after, last_id = cursors.decode(cursor, "to_buy", str)
        where.append(f"({_SUPPLIER}, l.id) > ({parameter(after)}, {parameter(last_id)})")
    rows = await pool.fetch(
        f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY {_SUPPLIER}, l.id LIMIT {limit + 1}", *arguments
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return ToBuy(
        items=tuple(_line(row) for row in rows[:limit]),
        next_cursor=cursors.encode("to_buy", last["place"], last["id"]) if last is not None else None,
    )


_SUPPLIER: Final = "lower(coalesce(l.supplier, ''))"
"""By which lines are grouped: an index has their order."""
_ORDERED: Final = """(SELECT coalesce(sum(ol.quantity), 0) FROM purchase_order_lines ol JOIN purchase_orders o ON o.id = ol.order_id
        WHERE ol.line_id = l.id AND o.cancelled_at IS NULL)"""
_SELECT: Final = f"""
SELECT l.id, l.request_id, l.product_code, l.description, l.warehouse, l.unit, l.quantity, l.unit_price, l.quantity_received,
    coalesce(l.supplier, '') AS supplier, {_SUPPLIER} AS place, r.number, r.desired_delivery_date, r.purchase_status, r.currency,
    u.name AS owner_name, {_ORDERED} AS ordered,
    ARRAY(SELECT o.number FROM purchase_order_lines ol JOIN purchase_orders o ON o.id = ol.order_id
        WHERE ol.line_id = l.id AND o.cancelled_at IS NULL ORDER BY o.id) AS orders,
    (SELECT change.said ->> 'kind' FROM jsonb_array_elements(r.order_changes) WITH ORDINALITY AS change (said, place)
        WHERE change.said ->> 'kind' = 'order_cancelled' OR change.said ->> 'line_id' = l.id::text
        ORDER BY change.place LIMIT 1) AS order_change
FROM purchase_request_lines l JOIN purchase_requests r ON r.id = l.request_id JOIN users u ON u.username = r.owner
"""  # noqa: S608


def _line(row: asyncpg.Record) -> LineToBuy:
    return LineToBuy(**{name: row[name] for name in LineToBuy.model_fields})
