"""What requests show of reported purchases, beside the reports that it comes from: finding where they differ, and writing it again.

It differs only where somebody has changed rows by hand, or a defect has: a report and its sums are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from approval.model import Frozen
from approval.purchasing import Purchasing, Reported, all_reported
from approval.receipts import Receipt
from approval.values import plain
from crm.events import tell_touched
from crm.pool import Connection, Pool, lock_timeout

_C: Final = ' COLLATE "C"'
"""Ids are in the order of their characters, as the rules have it, and not as a language sorts them."""

_NEWEST_STATUS: Final = f"""
SELECT e.body ->> 'purchase_status' AS value, e.occurred_at, e.event_id FROM purchasing_events e
WHERE e.request_id = r.id AND e.body ->> 'purchase_status' IS NOT NULL
ORDER BY e.occurred_at DESC, e.event_id{_C} DESC LIMIT 1
"""  # noqa: S608

_DIFFERING: Final = f"""
WITH counted AS (
    SELECT s.request_id, s.line_id, s.kind, s.quantity,
        count(*) FILTER (WHERE s.kind = 'corrected') OVER (PARTITION BY s.line_id
            ORDER BY s.occurred_at DESC, s.event_id{_C} DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS corrected_later
    FROM receipts s WHERE s.request_id = ANY ($1)
), sums AS MATERIALIZED (
    SELECT line_id, sum(CASE kind WHEN 'sent_back' THEN -quantity ELSE quantity END) AS total
    FROM counted WHERE corrected_later = 0 GROUP BY line_id
)
SELECT l.request_id AS id FROM purchase_request_lines l JOIN runs ON runs.request_id = l.request_id
    LEFT JOIN sums ON sums.line_id = l.id
WHERE l.request_id = ANY ($1) AND (l.quantity_received <> coalesce(sums.total, 0)
    OR (runs.purchasing -> 'lines' -> l.id::text ->> 'value')::numeric IS DISTINCT FROM sums.total)
UNION
SELECT r.id FROM purchase_requests r JOIN runs ON runs.request_id = r.id LEFT JOIN LATERAL ({_NEWEST_STATUS}) newest ON true
WHERE r.id = ANY ($1) AND (r.purchase_status IS DISTINCT FROM newest.value
    OR runs.purchasing -> 'status' ->> 'value' IS DISTINCT FROM newest.value)
"""  # noqa: S608


async def differing(pool: Pool, request_ids: Iterable[UUID]) -> list[UUID]:
    """Those of some completed requests that show something else than was reported."""
    return [row["id"] for row in await pool.fetch(_DIFFERING, list(request_ids))]


class Mended(Frozen):
    """A request that shows what was reported, again. ``before`` and ``after`` are quantities by product code, and the status."""

    number: str
    owner: str
    before: str
    after: str


async def mend(pool: Pool, request_id: UUID) -> Mended | None:
    """Write again what the reports on a request come to, with others who report on it kept waiting. It is another version of the
    request, so that whoever pulls it reads it again.

    Returns:
        None: it shows what was reported; or others report on it at this moment, who write it themselves.
    """
    try:
        async with pool.acquire() as connection, connection.transaction():
            mended = await _mend(connection, request_id)
    except asyncpg.LockNotAvailableError:
        return None
    if mended is not None:
        await tell_touched(pool, request_id)
    return mended


async def _mend(connection: Connection, request_id: UUID) -> Mended | None:
    await connection.fetch(
        """SELECT FROM (SELECT set_config('lock_timeout', $2, true)) AS limited, runs WHERE request_id = $1 FOR UPDATE OF runs""",
        request_id,
        lock_timeout(),
    )
    shown = await connection.fetchrow(_SHOWN, request_id)
    if shown is None:
        return None
    status = Reported.model_validate(shown["newest"]) if shown["newest"] else None
    reported = all_reported([Receipt.model_validate(one) for one in shown["receipts"]], status)
    known = Purchasing.model_validate(shown["purchasing"])
    lines = {UUID(line["id"]): line for line in shown["lines"]}
    received = {line_id: _quantity(reported, line_id) for line_id in lines}
    before = [_in_words(line["product_code"], line["received"], known, line_id) for line_id, line in lines.items()]
    after = [_in_words(line["product_code"], received[line_id], reported, line_id) for line_id, line in lines.items()]
    before.append(_status_in_words(shown["purchase_status"], known))
    after.append(_status_in_words(status.value if status is not None else None, reported))
    pairs = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    if not pairs:
        return None
    await _write(connection, request_id, reported, received)
    return Mended(
        number=shown["number"],
        owner=shown["owner"],
        before="; ".join(one for one, _ in pairs),
        after="; ".join(other for _, other in pairs),
    )


_SHOWN: Final = f"""
SELECT r.number, r.owner, r.purchase_status, runs.purchasing, (SELECT to_jsonb(n) FROM ({_NEWEST_STATUS}) n) AS newest,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'product_code', l.product_code,
        'received', l.quantity_received::text) ORDER BY l.position), '[]') FROM purchase_request_lines l WHERE l.request_id = r.id) AS lines,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('line_id', s.line_id, 'kind', s.kind, 'quantity', s.quantity::text,
        'occurred_at', s.occurred_at, 'event_id', s.event_id)), '[]') FROM receipts s WHERE s.request_id = r.id) AS receipts
FROM purchase_requests r JOIN runs ON runs.request_id = r.id WHERE r.id = $1 AND r.process_status = 'completed'
"""  # noqa: S608


async def _write(connection: Connection, request_id: UUID, reported: Purchasing, received: dict[UUID, Decimal]) -> None:
    await connection.execute("UPDATE runs SET purchasing = $2 WHERE request_id = $1", request_id, reported)
    await connection.execute(
        """UPDATE purchase_requests SET purchase_status = $2, version = version + 1, updated_at = now() WHERE id = $1""",
        request_id,
        reported.status and reported.status.value,
    )
    await connection.execute(
        """UPDATE purchase_request_lines l SET quantity_received = n.quantity
           FROM unnest($2::uuid[], $3::numeric[]) AS n (id, quantity)
           WHERE l.request_id = $1 AND l.id = n.id AND l.quantity_received <> n.quantity""",
        request_id,
        list(received),
        list(received.values()),
    )


def _quantity(reported: Purchasing, line_id: UUID) -> Decimal:
    return Decimal(reported.lines[line_id].value) if line_id in reported.lines else Decimal(0)


def _in_words(product_code: str, shown: str | Decimal, kept: Purchasing, line_id: UUID) -> str:
    """What is shown of a line, and what its run has, if that is something else."""
    ours, runs = plain(Decimal(shown)), plain(_quantity(kept, line_id))
    return f"{product_code}: {ours}" + (f" ({runs})" if runs != ours else "")


def _status_in_words(shown: str | None, kept: Purchasing) -> str:
    runs = kept.status.value if kept.status is not None else None
    return (shown or "–") + (f" ({runs or '–'})" if runs != shown else "")
