"""The ledger of receipts, for whoever reads it; ``crm/purchasing.py`` writes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approval.model import Frozen, Person
from approval.receipts import Receipt
from crm import cursors
from crm.pool import Pool


class ReceiptRecord(Receipt):
    """A row of the ledger. ``counts``: what has come is the sum of those rows that no later correction has settled."""

    product_code: str
    received_at: datetime
    """When the report came."""
    reported_by: Person | None
    """Who reported it; null: nobody noted it."""
    by_hand: bool
    counts: bool


class Ledger(Frozen):
    """One page of a request's ledger, the newest rows first, and the cursor of the next."""

    items: tuple[ReceiptRecord, ...]
    next_cursor: str | None


async def ledger(pool: Pool, request_id: UUID, *, limit: int, cursor: str | None) -> Ledger:
    """What was reported of the goods of a request.

    Args:
        limit: rows at most.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: the cursor is not ours.
    """
    after: tuple[Any, ...] = ()
    if cursor is not None:
        place, of = cursors.decode(cursor, "receipts", _place)
        if of != request_id:
            raise cursors.unknown_cursor()
        after = place
    behind = f"AND (s.occurred_at, s.event_id{_C}, s.line_id, s.kind) < ($2, $3, $4, $5)" if after else ""
    rows = await pool.fetch(f"{_SELECT} {behind} {_ORDER} LIMIT {limit + 1}", request_id, *after)
    more = rows[limit - 1] if len(rows) > limit else None
    last = (
        "\n".join((more["occurred_at"].isoformat(), str(more["line_id"]), more["kind"], more["event_id"]))
        if more
        else ""
    )
    return Ledger(
        items=tuple(
            ReceiptRecord(**{**dict(row), "reported_by": Person(**row["reported_by"]) if row["reported_by"] else None})
            for row in rows[:limit]
        ),
        next_cursor=cursors.encode("receipts", last, request_id) if more else None,
    )


_C: Final = ' COLLATE "C"'
"""Ids are in the order of their characters, as the rules have it, and not as a language sorts them."""
_SELECT: Final = f"""
SELECT s.event_id, s.line_id, s.kind, s.quantity, s.occurred_at, l.product_code, e.received_at, e.by_hand,
    CASE WHEN u.username IS NOT NULL THEN jsonb_build_object('username', u.username, 'name', u.name) END AS reported_by,
    NOT EXISTS (SELECT FROM receipts c WHERE c.request_id = s.request_id AND c.line_id = s.line_id AND c.kind = 'corrected'
        AND (c.occurred_at, c.event_id{_C}) > (s.occurred_at, s.event_id{_C})) AS counts
FROM receipts s JOIN purchasing_events e ON e.event_id = s.event_id JOIN purchase_request_lines l ON l.id = s.line_id
    LEFT JOIN users u ON u.username = e.reported_by
WHERE s.request_id = $1
"""  # noqa: S608
_ORDER: Final = f"ORDER BY s.occurred_at DESC, s.event_id{_C} DESC, s.line_id DESC, s.kind DESC"


def _place(text: str) -> tuple[datetime, str, UUID, str]:
    occurred_at, line_id, kind, event_id = text.split("\n", 3)
    return datetime.fromisoformat(occurred_at), event_id, UUID(line_id), kind
