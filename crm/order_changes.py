"""How orders differ from what requests were made from, kept on each request so that a decision reads it with what it reads anyhow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from approval.effects import Event, EventType, of_changes
from approval.holding import to_be_answered
from approval.incoming import ConcernedRequest
from approval.model import SYSTEM, ProcessStatus, Role
from approval.order_changes import Goods, Kept, MadeFrom, OrderChange, OrderChanges, difference, in_words
from crm import commands, outbox
from crm.pool import Connection, Pool


class _Concerned(NamedTuple):
    """A request that was made from an order which may have changed."""

    id: UUID
    number: str
    owner: str
    source_id: UUID
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
    changed = _changed(concerned, differences)
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


class OrderToBe(NamedTuple):
    """An order as it would be."""

    goods: Mapping[UUID, Goods | None]
    """By the ids of all of its lines; None: it would be gone."""
    cancelled: bool


async def foresee(executor: Pool | Connection, orders: Mapping[UUID, OrderToBe]) -> tuple[ConcernedRequest, ...]:
    """For which requests ``follow`` would write another difference if orders became so; nothing is written."""
    rows = await executor.fetch(_LIVE, list(orders))
    concerned = [_concerned(row)._replace(cancelled=orders[row["source_id"]].cancelled) for row in rows]
    goods = {line_id: now for order in orders.values() for line_id, now in order.goods.items()}
    differences = await _differences(executor, concerned, goods)
    changed = _changed(concerned, differences)
    kept = await _kept(executor, changed)
    return tuple(
        ConcernedRequest(
            id=one.id,
            number=one.number,
            status=one.status,
            changes=differences[one.id],
            held=bool(to_be_answered(one.status, differences[one.id], kept.get(one.id))),
        )
        for one in changed
    )


async def _kept(executor: Pool | Connection, requests: Iterable[_Concerned]) -> dict[UUID, Kept]:
    """The differences that owners have kept requests in spite of."""
    rows = await executor.fetch(
        "SELECT request_id, kept FROM runs WHERE request_id = ANY ($1) AND kept IS NOT NULL",
        [one.id for one in requests],
    )
    return {row["request_id"]: Kept.model_validate(row["kept"]) for row in rows}


def _changed(concerned: Iterable[_Concerned], differences: Mapping[UUID, OrderChanges]) -> list[_Concerned]:
    """Those whose order differs otherwise than it did."""
    return [one for one in concerned if differences[one.id] != one.before]


async def recompute(connection: Connection, request_id: UUID) -> None:
    """Write on a request how its order differs, within the transaction that has made or edited it."""
    rows = await connection.fetch(f"{_WITH_ORDERS} WHERE r.id = $1", request_id)
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


_WITH_ORDERS: Final = """
SELECT r.id, r.number, r.owner, r.source_id, s.number AS source, r.process_status, r.order_changes,
    s.cancelled_at IS NOT NULL AS cancelled
FROM purchase_requests r JOIN sources s ON s.id = r.source_id
"""

_LIVE: Final = f"""{_WITH_ORDERS}
WHERE r.source_id = ANY ($1) AND r.process_status NOT IN ('rejected', 'cancelled') ORDER BY r.id
"""

_LOCK: Final = f"{_LIVE} FOR NO KEY UPDATE OF r"

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
        source_id=row["source_id"],
        source=row["source"],
        status=ProcessStatus(row["process_status"]),
        before=before,
        cancelled=row["cancelled"],
    )


async def _differences(
    executor: Pool | Connection, concerned: list[_Concerned], to_be: Mapping[UUID, Goods | None] | None = None
) -> dict[UUID, OrderChanges]:
    """By request. Lines that approvers left out are not bought, so that nothing is compared.

    Args:
        executor: the CRM database.
        concerned: the requests.
        to_be: lines of orders, by their ids, that are to be taken for otherwise than they are.
    """
    rows = await executor.fetch(
        """SELECT l.request_id, l.id, l.made_from, l.source_line_id, s.gone_at IS NOT NULL AS gone,
               jsonb_build_object('product_code', s.product_code, 'unit', s.unit, 'quantity', s.quantity::text) AS now
           FROM purchase_request_lines l JOIN source_lines s ON s.id = l.source_line_id
           WHERE l.request_id = ANY ($1) AND l.made_from IS NOT NULL AND l.decision IS NULL
           ORDER BY l.request_id, l.position""",
        [one.id for one in concerned],
    )
    lines: dict[UUID, list[MadeFrom]] = {}
    for row in rows:
        now = None if row["gone"] else Goods.model_validate(row["now"])
        now = (to_be or {}).get(row["source_line_id"], now)
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
