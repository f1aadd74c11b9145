"""How orders differ from what requests were made from, kept on each request so that a decision reads it with what it reads anyhow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from approval.effects import Event, EventType, of_changes
from approval.model import SYSTEM, ProcessStatus, Role
from approval.order_changes import Goods, MadeFrom, OrderChange, OrderChanges, difference, in_words
from crm import commands, outbox
from crm.pool import Connection


class _Concerned(NamedTuple):
    """A request that was made from an order which may have changed; it is locked."""

    id: UUID
    number: str
    owner: str
    source: str
    """The order's number."""
    status: ProcessStatus
    before: OrderChanges
    cancelled: bool


async def follow(connection: Connection, source_ids: Iterable[UUID], *, at: datetime) -> list[UUID]:
    """Write on every live request of some orders how its order differs now, have its run told, and put what there is to tell into
    the outbox; within the transaction that changed the orders.

    A decision that was made on a request as it was before is not written after that: its version is another one.

    Args:
        connection: in the transaction, in which the orders' rows were changed: nobody makes requests from them meanwhile.
        source_ids: the orders.
        at: when this is, UTC.

    Returns:
        The requests whose difference is another one now.
    """
    concerned = await _lock(connection, list(source_ids))
    differences = await _differences(connection, concerned)
    changed = [one for one in concerned if differences[one.id] != one.before]
    if not changed:
        return []
    rows = [{"id": one.id, "changes": differences[one.id] or None} for one in changed]
    await connection.execute(_WRITE, rows, at)
    running = [one.id for one in changed if one.status is ProcessStatus.IN_PROGRESS]
    await commands.tell_of_order(connection, running, at=at)
    buyers = await _buyers(connection) if any(one.status is ProcessStatus.COMPLETED for one in changed) else []
    for one in changed:
        if one.status is not ProcessStatus.IN_PROGRESS:  # the run tells of it, and of what follows
            await outbox.add(connection, one.id, [_event(one, differences[one.id], buyers, at)])
    return [one.id for one in changed]


async def recompute(connection: Connection, request_id: UUID) -> None:
    """Write on a request how its order differs, within the transaction that has made or edited it."""
    rows = await connection.fetch(
        """SELECT r.id, r.number, r.owner, s.number AS source, r.process_status, r.order_changes, s.cancelled_at IS NOT NULL AS cancelled
           FROM purchase_requests r JOIN sources s ON s.id = r.source_id WHERE r.id = $1""",
        request_id,
    )
    differences = await _differences(connection, [_concerned(row) for row in rows])
    await connection.execute(
        "UPDATE purchase_requests SET order_changes = $2 WHERE id = $1", request_id, differences.get(request_id) or None
    )


async def _lock(connection: Connection, source_ids: list[UUID]) -> list[_Concerned]:
    """The live requests of some orders, so that nobody changes them until the transaction ends.

    Twice: the last approval of one that we waited for may have made another of the lines that were returned.
    """
    await connection.fetch(_LOCK, source_ids)
    return [_concerned(row) for row in await connection.fetch(_LOCK, source_ids)]


_LOCK: Final = """
SELECT r.id, r.number, r.owner, s.number AS source, r.process_status, r.order_changes, s.cancelled_at IS NOT NULL AS cancelled
FROM purchase_requests r JOIN sources s ON s.id = r.source_id
WHERE r.source_id = ANY ($1) AND r.process_status NOT IN ('rejected', 'cancelled') ORDER BY r.id FOR NO KEY UPDATE OF r
"""

_WRITE: Final = """
UPDATE purchase_requests r SET order_changes = c.changes, version = version + 1, content_version = version + 1, updated_at = $2
FROM jsonb_to_recordset($1) AS c (id uuid, changes jsonb) WHERE r.id = c.id
"""


def _concerned(row: asyncpg.Record) -> _Concerned:
    before = tuple(OrderChange.model_validate(change) for change in row["order_changes"] or ())
    return _Concerned(
        id=row["id"],
        number=row["number"],
        owner=row["owner"],
        source=row["source"],
        status=ProcessStatus(row["process_status"]),
        before=before,
        cancelled=row["cancelled"],
    )


async def _differences(connection: Connection, concerned: list[_Concerned]) -> dict[UUID, OrderChanges]:
    """By request. Lines that approvers left out are not bought, so that nothing is compared."""
    rows = await connection.fetch(
        """SELECT l.request_id, l.id, l.made_from, s.gone_at IS NOT NULL AS gone,
               jsonb_build_object('product_code', s.product_code, 'unit', s.unit, 'quantity', s.quantity::text) AS now
           FROM purchase_request_lines l JOIN source_lines s ON s.id = l.source_line_id
           WHERE l.request_id = ANY ($1) AND l.made_from IS NOT NULL AND l.decision IS NULL
           ORDER BY l.request_id, l.position""",
        [one.id for one in concerned],
    )
    lines: dict[UUID, list[MadeFrom]] = {}
    for row in rows:
        now = None if row["gone"] else Goods.model_validate(row["now"])
        made_from = MadeFrom(line_id=row["id"], was=Goods.model_validate(row["made_from"]), now=now)
        lines.setdefault(row["request_id"], []).append(made_from)
    return {one.id: difference(lines.get(one.id, ()), cancelled=one.cancelled) for one in concerned}


async def _buyers(connection: Connection) -> list[str]:
    """Usernames of those who buy what was approved."""
    rows = await connection.fetch(
        "SELECT username FROM users WHERE active AND $1 = ANY (roles) ORDER BY username", Role.PURCHASING
    )
    return [row["username"] for row in rows]


def _event(one: _Concerned, changes: OrderChanges, buyers: list[str], at: datetime) -> Event:
    facts: dict[str, Any] = {
        "number": one.number,
        "owner": one.owner,
        "action": commands.ORDER_CHANGED,
        "actor": SYSTEM,
        "at": at.isoformat(),
        "source": one.source,
        "status": one.status,
        "note": in_words(changes),
        "buyers": buyers if one.status is ProcessStatus.COMPLETED else [],
    }
    return Event(type=EventType.ORDER_CHANGED, facts={**facts, **of_changes(changes)})
