"""Which live requests belong together, and what each of them comes to; what is made of it is in ``approval/cumulation.py``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from approval.changes import ProposedChange, final_values
from approval.cumulation import Counted, Group
from approval.process import CumulationKey
from approval.values import amount_of, sum_of
from crm.pool import Connection, Pool
from crm.requests import NOT_COUNTED


async def lock(connection: Connection, groups: Iterable[Group]) -> None:
    """Keep others from adding up the same until the transaction ends, so that of two sends at once the second sees the first.

    Raises:
        asyncpg.LockNotAvailableError: somebody else keeps it for longer than the transaction's ``lock_timeout``.
    """
    await connection.execute(_LOCK, sorted({group.name for group in groups}))


_LOCK: Final = """
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest($1::text[]) AS names (name) ORDER BY key) AS keys
"""
"""In one order, so that nobody waits for somebody who waits for them."""


async def others(
    executor: Pool | Connection,
    group: Group,
    *,
    but: UUID,
    family: Iterable[UUID],
    since: datetime | None,
    until: datetime | None = None,
) -> list[Counted]:
    """The other live requests of a group: sent, and neither rejected nor cancelled.

    Args:
        but: the request that they are added to.
        family: the requests that lines of it came from or went to: they count whenever they were sent.
        since: when they were sent at the earliest, UTC; None: however long ago.
        until: when they were sent at the latest, UTC; None: by now.
    """
    key = group.key
    rows = await executor.fetch(
        _OTHERS,
        but,
        group.currency,
        since,
        key.get(CumulationKey.OWNER),
        key.get(CumulationKey.DEPARTMENT),
        UUID(key[CumulationKey.SOURCE]) if CumulationKey.SOURCE in key else None,
        group.supplier,
        list(family),
        until,
    )
    return [
        Counted(id=row["id"], number=row["number"], amount=group.share(row["total"], _by_supplier(row, group.supplier)))
        for row in rows
    ]


_OTHERS: Final = f"""
SELECT r.id, r.number, coalesce(r.proposed_total, r.total) AS total, lines, coalesce(rounds.proposed_changes, '[]') AS proposed
FROM purchase_requests r
    JOIN runs ON runs.request_id = r.id
    JOIN users owner ON owner.username = r.owner
    LEFT JOIN rounds ON rounds.request_id = r.id AND rounds.number = runs.round AND r.process_status = 'in_progress'
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('id', l.id, 'supplier', l.supplier, 'decision', l.decision, 'quantity', l.quantity::text,
            'unit_price', l.unit_price::text)) AS lines
        FROM purchase_request_lines l WHERE l.request_id = r.id AND $7::text IS NOT NULL) l ON true
WHERE r.id <> $1 AND r.currency = $2 AND r.process_status NOT IN {NOT_COUNTED}
    AND (r.process_status <> 'not_sent'
        OR EXISTS (SELECT FROM commands c WHERE c.request_id = r.id AND c.action = 'send' AND c.delivered_at IS NULL))
    AND ($3::timestamptz IS NULL OR runs.sent_at >= $3 OR r.id = ANY ($8))
    AND ($9::timestamptz IS NULL OR runs.sent_at <= $9)
    AND ($4::text IS NULL OR r.owner = $4)
    AND ($5::text IS NULL OR owner.department = $5)
    AND ($6::uuid IS NULL OR r.source_id = $6)
    AND ($7::text IS NULL OR rounds.proposed_changes @> jsonb_build_array(jsonb_build_object('field', 'supplier', 'to', $7::text))
        OR EXISTS (SELECT FROM purchase_request_lines l WHERE l.request_id = r.id AND l.supplier = $7))
"""  # noqa: S608


def _by_supplier(row: asyncpg.Record, supplier: str | None) -> dict[str, Decimal]:
    """What the lines of a request cost together that are of a supplier, as approvers would have them."""
    if supplier is None:
        return {}
    values = {UUID(line["id"]): line for line in row["lines"] or ()}
    for change in final_values(tuple(ProposedChange.model_validate(change) for change in row["proposed"])):
        if change.line_id in values:
            values[change.line_id] = {**values[change.line_id], change.field: change.after}
    amounts = (
        amount_of(Decimal(line["quantity"]), Decimal(line["unit_price"]))
        for line in values.values()
        if line["supplier"] == supplier and line["decision"] is None
    )
    return {supplier: sum_of(amounts)}
