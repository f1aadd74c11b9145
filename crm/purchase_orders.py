"""Purchase orders, as the CRM keeps them; the rules are in ``approval/purchase_orders.py``.

Placing one locks the order, then the requests that it has or had, in the order of their ids, and gives each request that it changes
another version: a decision that was made on the version before is decided on anew, and finds the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg
from uuid_utils.compat import uuid7

from approval.effects import Event, EventType
from approval.model import Action, Channel, Code, Frozen, Person, Refusal, RefusedError, refuse
from approval.purchase_orders import (
    Compared,
    KnownRequest,
    OrderContent,
    PurchaseOrderDraft,
    Result,
    check,
    compare,
    merged,
)
from approval.values import Stored, plain
from crm import cursors, outbox, refusals, timeline
from crm.events import tell
from crm.pool import Connection, Pool, lock_timeout
from crm.visibility import VISIBLE, Viewer


class OrderLine(Frozen):
    """How much of a line of a request an order has."""

    request_id: UUID
    request_number: str
    line_id: UUID
    product_code: str
    description: str
    unit: str
    quantity: Stored


class PurchaseOrder(Frozen):
    """A purchase order. One that is cancelled stands for nothing any more; its lines are what it had."""

    id: UUID
    number: str
    supplier: str
    lines: tuple[OrderLine, ...]
    placed_by: Person
    placed_at: datetime
    changed_at: datetime
    cancelled_at: datetime | None

    @property
    def content(self) -> OrderContent:
        """What it says."""
        return OrderContent(
            supplier=self.supplier,
            quantities={line.line_id: line.quantity for line in self.lines},
            requests={line.line_id: line.request_id for line in self.lines},
            cancelled=self.cancelled_at is not None,
        )


class OrderPage(Frozen):
    """One page of purchase orders, and the cursor of the next."""

    items: tuple[PurchaseOrder, ...]
    next_cursor: str | None


class By(Frozen):
    """Who says something of an order, when, and by which way."""

    viewer: Viewer
    at: datetime
    channel: Channel | None = None


async def place(
    pool: Pool, draft: PurchaseOrderDraft, *, order_id: UUID, by: By, only: UUID | None = None
) -> tuple[UUID, Result]:
    """Place an order, or have the one of its number be as it is said now.

    Args:
        pool: the CRM database.
        draft: the order.
        order_id: its id, if there is none of its number.
        by: who places it, and may see which requests.
        only: the request that ``draft`` says the lines of, where those of others are to stay as they are.

    Returns:
        The order's id, and what became of it.

    Raises:
        asyncpg.LockNotAvailableError: others change the order or its requests for longer than ``crm.pool.LOCK_SECONDS``.
        RefusedError: ``not_found``: there is no such request, or none that they may see: nobody can tell which; ``not_completed``
            and ``invalid``, which are on the timelines of the requests.
    """
    known = await _known(pool, {line.request_number for line in draft.lines}, by.viewer)
    refusal = check(draft, known)
    if refusal is not None:
        await _note_refusal(pool, draft, known, refusal, by)
        raise RefusedError(refusal)
    after = OrderContent(
        supplier=draft.supplier,
        quantities={line.line_id: line.quantity for line in draft.lines},
        requests={line.line_id: known[line.request_number].id for line in draft.lines},
    )
    async with pool.acquire() as connection, connection.transaction():
        order, is_new = await _lock_order(connection, draft, order_id, by)
        before = None if is_new else order.content
        if only is not None:
            after = merged(before, after, of=only)
        compared = compare(before, after)
        if compared.result is Result.UNCHANGED:
            return order.id, compared.result
        had = before.requests.values() if before is not None else ()
        involved = await _lock_requests(connection, {*after.requests.values(), *had})
        refusal = check(draft, {request.number: request for request in involved.values()})
        if refusal is not None:  # nothing undoes an approval today; whatever will, has held the request meanwhile
            raise RefusedError(refusal)
        await _write(connection, order.id, draft, after, by)
        entries = await _note(connection, order.id, draft.number, compared, involved, after, by)
    for entry in entries:
        await tell(pool, entry.committed())
    return order.id, compared.result


async def cancel(pool: Pool, order_id: UUID, *, by: By) -> None:
    """Have an order stand for nothing any more. One that is cancelled stays so.

    Raises:
        asyncpg.LockNotAvailableError: see ``place``.
        RefusedError: ``not_found``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('lock_timeout', $1, true)", lock_timeout())
        found = await connection.fetchval("SELECT id FROM purchase_orders WHERE id = $1 FOR UPDATE", order_id)
        order = await _find(connection, order_id) if found else None
        if order is None:
            raise refuse(Code.NOT_FOUND)
        if order.cancelled_at is not None:
            return
        after = order.content.model_copy(update={"cancelled": True})
        compared = compare(order.content, after)
        involved = await _lock_requests(connection, after.requests.values())
        await connection.execute(
            "UPDATE purchase_orders SET cancelled_at = $2, changed_at = $2 WHERE id = $1", order.id, by.at
        )
        entries = await _note(connection, order.id, order.number, compared, involved, order.content, by)
    for entry in entries:
        await tell(pool, entry.committed())


async def find(pool: Pool, order_id: UUID) -> PurchaseOrder | None:
    """One order; None: there is none."""
    return await _find(pool, order_id)


async def find_by_number(pool: Pool, number: str) -> PurchaseOrder | None:
    """The order of a number; None: there is none."""
    row = await pool.fetchrow(f"{_SELECT} WHERE o.number = $1", number)
    return _order(row) if row else None


async def page(
    pool: Pool, *, number: str | None, request_number: str | None, limit: int, cursor: str | None
) -> OrderPage:
    """Orders, the newest first.

    Args:
        number: of the one that is wanted.
        request_number: of a request that they are to have.
        limit: items at most.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: the cursor is not ours.
    """
    after = cursors.decode(cursor, "purchase_orders", UUID)[1] if cursor is not None else None
    rows = await pool.fetch(
        f"""{_SELECT} WHERE ($1::text IS NULL OR o.number = $1) AND ($2::uuid IS NULL OR o.id < $2)
                AND ($3::text IS NULL OR o.id IN (SELECT ol.order_id FROM purchase_order_lines ol
                    JOIN purchase_requests r ON r.id = ol.request_id WHERE r.number = $3))
            ORDER BY o.id DESC LIMIT {limit + 1}""",  # noqa: S608
        number,
        after,
        request_number,
    )
    last = rows[limit - 1]["id"] if len(rows) > limit else None
    return OrderPage(
        items=tuple(_order(row) for row in rows[:limit]),
        next_cursor=cursors.encode("purchase_orders", str(last), last) if last is not None else None,
    )


_SELECT: Final = """
SELECT o.*, jsonb_build_object('username', u.username, 'name', u.name) AS placer,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('request_id', ol.request_id, 'request_number', r.number, 'line_id', l.id,
            'product_code', l.product_code, 'description', l.description, 'unit', l.unit, 'quantity', ol.quantity::text)
            ORDER BY ol.position), '[]')
        FROM purchase_order_lines ol JOIN purchase_request_lines l ON l.id = ol.line_id
            JOIN purchase_requests r ON r.id = ol.request_id
        WHERE ol.order_id = o.id) AS lines
FROM purchase_orders o JOIN users u ON u.username = o.placed_by
"""


async def _find(executor: Pool | Connection, order_id: UUID) -> PurchaseOrder | None:
    row = await executor.fetchrow(f"{_SELECT} WHERE o.id = $1", order_id)
    return _order(row) if row else None


def _order(row: asyncpg.Record) -> PurchaseOrder:
    same = ("id", "number", "supplier", "placed_at", "changed_at", "cancelled_at")
    return PurchaseOrder(
        **{name: row[name] for name in same},
        placed_by=Person(**row["placer"]),
        lines=tuple(OrderLine.model_validate(line) for line in row["lines"]),
    )


async def _known(pool: Pool, numbers: Iterable[str], viewer: Viewer) -> dict[str, KnownRequest]:
    """The requests of these numbers that somebody may see, by number. Nothing is locked."""
    rows = await pool.fetch(
        f"{_KNOWN} WHERE r.number = ANY ($5) AND {VISIBLE}",
        *viewer.arguments,
        list(numbers),
    )
    return {row["number"]: KnownRequest(**dict(row)) for row in rows}


_KNOWN: Final = """
SELECT r.id, r.number, r.process_status, coalesce(runs.round, 0) AS round,
    (SELECT coalesce(jsonb_object_agg(l.id, l.product_code), '{}') FROM purchase_request_lines l
        WHERE l.request_id = r.id AND l.decision IS NULL) AS product_codes
FROM purchase_requests r LEFT JOIN runs ON runs.request_id = r.id
"""


async def _lock_order(
    connection: Connection, draft: PurchaseOrderDraft, order_id: UUID, by: By
) -> tuple[PurchaseOrder, bool]:
    """The order of a number, made if there is none, kept from others until the transaction ends; and whether it is new."""
    await connection.execute("SELECT set_config('lock_timeout', $1, true)", lock_timeout())
    row = await connection.fetchrow(
        """INSERT INTO purchase_orders (id, number, supplier, placed_by, placed_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)
           ON CONFLICT (number) DO UPDATE SET number = excluded.number RETURNING id, xmax = 0 AS is_new""",
        order_id,
        draft.number,
        draft.supplier,
        by.viewer.username,
        by.at,
    )
    assert row is not None  # noqa: S101 - it is inserted or updated
    order = await _find(connection, row["id"])
    assert order is not None  # noqa: S101
    return order, row["is_new"]


async def _lock_requests(connection: Connection, request_ids: Iterable[UUID]) -> dict[UUID, KnownRequest]:
    """Keep others from changing requests until the transaction ends, and read them as they are then."""
    ids = sorted(set(request_ids))
    await connection.execute("SELECT FROM purchase_requests WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", ids)
    rows = await connection.fetch(f"{_KNOWN} WHERE r.id = ANY ($1)", ids)
    return {row["id"]: KnownRequest(**dict(row)) for row in rows}


async def _write(
    connection: Connection, order_id: UUID, draft: PurchaseOrderDraft, after: OrderContent, by: By
) -> None:
    """Have the order be as it is said."""
    await connection.execute(
        "UPDATE purchase_orders SET supplier = $2, changed_at = $3, cancelled_at = NULL WHERE id = $1",
        order_id,
        draft.supplier,
        by.at,
    )
    await connection.execute("DELETE FROM purchase_order_lines WHERE order_id = $1", order_id)
    await connection.execute(
        """INSERT INTO purchase_order_lines (order_id, line_id, request_id, position, quantity)
           SELECT $1, said.line_id, said.request_id, said.position, said.quantity
           FROM unnest($2::uuid[], $3::uuid[], $4::numeric[]) WITH ORDINALITY AS said (line_id, request_id, quantity, position)""",
        order_id,
        list(after.quantities),
        [after.requests[line_id] for line_id in after.quantities],
        list(after.quantities.values()),
    )


async def _note(
    connection: Connection,
    order_id: UUID,
    number: str,
    compared: Compared,
    involved: Mapping[UUID, KnownRequest],
    content: OrderContent,
    by: By,
) -> list[timeline.Entry]:
    """Give each request that is concerned another version, a line on its timeline, and what there is to tell."""
    concerned = sorted((*compared.has, *compared.lost))
    await connection.execute(
        "UPDATE purchase_requests SET version = version + 1, updated_at = $2 WHERE id = ANY ($1)", concerned, by.at
    )
    entries = []
    for request_id in concerned:
        request, is_lost = involved[request_id], request_id in compared.lost
        goods = {
            line_id: quantity
            for line_id, quantity in content.quantities.items()
            if content.requests[line_id] == request_id
        }
        words = [
            f"{request.product_codes.get(line_id, line_id)}: {plain(quantity)}" for line_id, quantity in goods.items()
        ]
        entry = timeline.Entry(
            request_id=request_id,
            command_id=uuid7(),
            at=by.at,
            action=Action.CANCEL_PURCHASE_ORDER if is_lost else Action.PURCHASE_ORDER,
            actor=by.viewer.username,
            channel=by.channel,
            round=request.round,
            note=number if is_lost else "; ".join((number, content.supplier, *words))[:4000],
        )
        await timeline.insert(connection, entry)
        facts: dict[str, Any] = {
            "number": request.number,
            "round": request.round,
            "action": entry.action,
            "actor": entry.actor,
            "at": by.at.isoformat(),
            "order_id": str(order_id),
            "order": number,
            "supplier": content.supplier,
        }
        if not is_lost:
            facts["lines"] = [{"line_id": str(line), "quantity": plain(quantity)} for line, quantity in goods.items()]
        kind = EventType.PURCHASE_ORDER_CANCELLED if is_lost else EventType.PURCHASE_ORDER_PLACED
        await outbox.add(connection, request_id, (Event(type=kind, facts=facts),))
        entries.append(entry)
    return entries


async def _note_refusal(
    pool: Pool, draft: PurchaseOrderDraft, known: Mapping[str, KnownRequest], refusal: Refusal, by: By
) -> None:
    """Put a refusal on the timelines of the requests that it is about, once however often the same comes."""
    if refusal.code is Code.NOT_FOUND:
        return
    said = draft.model_dump_json()
    wrong: Sequence[int] = [int(error.pointer.split("/")[2]) for error in refusal.errors]
    for number in sorted({draft.lines[index].request_number for index in wrong}):
        request = known[number]
        entry = timeline.Entry(
            request_id=request.id,
            command_id=uuid5(request.id, f"{refusal.code} {said}"),
            at=by.at,
            action=Action.PURCHASE_ORDER,
            actor=by.viewer.username,
            channel=by.channel,
            round=request.round,
            note=f"{draft.number}; {draft.supplier}",
            refusal=refusal,
        )
        await refusals.refuse(pool, entry)
