"""What the purchasing system reports, as the CRM keeps it; the rules are in ``approval/purchasing.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from approval.effects import Event, EventType
from approval.model import Action, Channel, Code, FieldError, Frozen, Person, Refusal, RefusedError, refuse
from approval.purchasing import Ignored, Known, Purchasing, PurchasingEvent, StoredEvent, Taken, take
from approval.receipts import Receipt
from approval.values import plain
from crm import outbox, refusals, timeline
from crm.events import tell
from crm.pool import Connection, Pool, lock_timeout
from crm.visibility import VISIBLE, Viewer


class Applied(Frozen):
    """Whether an event changed anything, and if not, why."""

    applied: bool
    reason: Ignored | None = None


async def apply(
    pool: Pool,
    event: PurchasingEvent,
    *,
    statuses: tuple[str, ...],
    reporter: Viewer,
    at: datetime,
    by_hand: bool = False,
    channel: Channel | None = None,
) -> Applied:
    """Take one event, exactly once, whatever order events come in.

    Args:
        pool: the CRM database.
        event: the report.
        statuses: the purchase statuses that are configured.
        reporter: who reported it, and may see which requests.
        at: now, UTC.
        by_hand: whether it was entered in a form; see ``take``.
        channel: by which way it came.

    Raises:
        asyncpg.LockNotAvailableError: other events of the request take longer than ``crm.pool.LOCK_SECONDS``.
        RefusedError: ``not_found``: no such request, or none that the reporter may see: nobody can tell which, neither
            by the answer nor by what was locked or written for it; ``not_completed``, ``event_id_reused`` and
            ``invalid``, which are on the timeline.
    """
    request = await pool.fetchrow(
        f"""SELECT r.id, r.process_status, coalesce(runs.round, 0) AS round,
                (SELECT jsonb_object_agg(l.id, l.product_code) FROM purchase_request_lines l
                    WHERE l.request_id = r.id AND l.decision IS NULL)
                    AS product_codes
            FROM purchase_requests r LEFT JOIN runs ON runs.request_id = r.id
            WHERE r.number = $5 AND {VISIBLE}""",  # noqa: S608
        *reporter.arguments,
        event.request_number,
    )
    if request is None:
        raise refuse(Code.NOT_FOUND, FieldError(pointer="/request_number", message="no_such_request"))
    known = Known(
        request_id=request["id"],
        process_status=request["process_status"],
        product_codes=request["product_codes"] or {},
    )
    entry = timeline.Entry(
        request_id=known.request_id,
        command_id=uuid7(),
        at=at,
        action=Action.PURCHASING_EVENT,
        actor=reporter.username,
        channel=channel,
        round=request["round"],
        note=event.words(known.product_codes),
    )
    try:
        async with pool.acquire() as connection, connection.transaction():
            applied = await _apply(connection, event, known, entry, statuses=statuses, by_hand=by_hand)
    except RefusedError as error:
        refused = {"command_id": _refused_id(event, entry, error.refusal, by_hand), "refusal": error.refusal}
        await refusals.refuse(pool, entry.model_copy(update=refused))
        raise
    if applied.applied:
        await tell(pool, entry.committed())
    return applied


def _refused_id(event: PurchasingEvent, entry: timeline.Entry, refusal: Refusal, by_hand: bool) -> UUID:
    """The same for each repeat of a refused event, so that it is on the timeline once; accepted later, it is another."""
    said = event.model_dump_json(exclude={"occurred_at"} if by_hand else None)
    return uuid5(entry.request_id, f"{refusal.code} {said}")


async def _apply(
    connection: Connection,
    event: PurchasingEvent,
    known: Known,
    entry: timeline.Entry,
    *,
    statuses: tuple[str, ...],
    by_hand: bool,
) -> Applied:
    """Within a transaction: lock, read, ask the rules, write.

    Raises:
        RefusedError: what the rules refuse.
    """
    ask = partial(take, event, statuses=statuses, now=entry.at, by_hand=by_hand)
    known = known.model_copy(update={"purchasing": await _lock(connection, known.request_id)})
    known = known.model_copy(update=await _recorded(connection, known.request_id, event.event_id))
    taken = ask(known)
    if (
        isinstance(taken, Taken)
        and taken.ignored is not Ignored.REPEATED
        and not await _store(connection, event, entry, taken, by_hand=by_hand)
    ):
        # Another request's report took the id at this very moment: no lock of ours keeps those apart.
        known = known.model_copy(update=await _recorded(connection, known.request_id, event.event_id))
        taken = ask(known)
    if isinstance(taken, Refusal):
        raise RefusedError(taken)
    if taken.ignored is None:
        await _write(connection, taken, entry, number=event.request_number, product_codes=known.product_codes)
    return Applied(applied=taken.ignored is None, reason=taken.ignored)


async def _lock(connection: Connection, request_id: UUID) -> Purchasing:
    """Keep other events of a request waiting until the transaction ends.

    Its status and its lines need no lock: once it is completed they are final, and before that there is nothing to read
    here, nor a decision to wait for.

    Returns:
        What was reported on it.
    """
    reported = await connection.fetchval(
        """SELECT purchasing FROM (SELECT set_config('lock_timeout', $2, true)) AS limited, runs
           WHERE request_id = $1 AND status = 'completed' FOR UPDATE OF runs""",
        request_id,
        lock_timeout(),
    )
    return Purchasing() if reported is None else Purchasing.model_validate(reported)


async def _recorded(connection: Connection, request_id: UUID, event_id: str) -> dict[str, Any]:
    """What the rules are told of reports that were taken, with the request locked: its ledger, and the event of this id."""
    row = await connection.fetchrow(
        f"""SELECT
            (SELECT jsonb_build_object('event_id', event_id, 'request_id', request_id, 'occurred_at', occurred_at, 'body', body)
                FROM purchasing_events WHERE event_id = $2) AS earlier,
            (SELECT coalesce(jsonb_agg({_RECEIPT}), '[]') FROM receipts s WHERE request_id = $1) AS receipts""",  # noqa: S608
        request_id,
        event_id,
    )
    assert row is not None  # noqa: S101 - it has no FROM
    earlier = _event(row["earlier"]) if row["earlier"] else None
    return {"earlier": earlier, "receipts": tuple(Receipt.model_validate(one) for one in row["receipts"])}


_RECEIPT: Final = """jsonb_build_object('line_id', s.line_id, 'kind', s.kind, 'quantity', s.quantity::text,
    'occurred_at', s.occurred_at, 'event_id', s.event_id)"""


def _event(row: Mapping[str, Any]) -> StoredEvent:
    """An event as it came: what it is known by has columns of its own."""
    known_by = {name: row[name] for name in ("event_id", "request_id", "occurred_at")}
    return StoredEvent.model_validate({**row["body"], **known_by})


async def _store(
    connection: Connection, event: PurchasingEvent, entry: timeline.Entry, taken: Taken, *, by_hand: bool
) -> bool:
    """Keep an event with its rows of the ledger. False: there is one with its id."""
    is_new = await connection.fetchval(
        """WITH event AS (
               INSERT INTO purchasing_events (event_id, request_id, occurred_at, body, applied, received_at, reported_by, by_hand)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING event_id, request_id, occurred_at
           ), ledger AS (
               INSERT INTO receipts (event_id, line_id, kind, request_id, quantity, occurred_at)
               SELECT event.event_id, said.line_id, said.kind, event.request_id, said.quantity, event.occurred_at
               FROM event, unnest($9::uuid[], $10::text[], $11::numeric[]) AS said (line_id, kind, quantity)
           )
           SELECT true FROM event""",
        event.event_id,
        entry.request_id,
        event.occurred_at,
        event,
        taken.ignored is None,
        entry.at,
        entry.actor,
        by_hand,
        [row.line_id for row in taken.receipts],
        [row.kind for row in taken.receipts],
        [row.quantity for row in taken.receipts],
    )
    return bool(is_new)


async def _write(
    connection: Connection, taken: Taken, entry: timeline.Entry, *, number: str, product_codes: Mapping[UUID, str]
) -> None:
    """Write what an event changed to the run, the request and its lines, and put it on the timeline."""
    await connection.execute(
        "UPDATE runs SET purchasing = $2 WHERE request_id = $1", entry.request_id, taken.purchasing
    )
    await connection.execute(
        """UPDATE purchase_requests SET purchase_status = coalesce($2, purchase_status), version = version + 1,
               updated_at = $3 WHERE id = $1""",
        entry.request_id,
        taken.status,
        entry.at,
    )
    if taken.received:
        await connection.execute(
            """UPDATE purchase_request_lines SET quantity_received = received.quantity
               FROM unnest($2::uuid[], $3::numeric[]) AS received (line_id, quantity)
               WHERE request_id = $1 AND id = received.line_id""",
            entry.request_id,
            list(taken.received),
            list(taken.received.values()),
        )
    await timeline.insert(connection, entry)
    facts = {
        "number": number,
        "round": entry.round,
        "action": entry.action,
        "actor": entry.actor,
        "at": entry.at.isoformat(),
        "purchase_status": taken.status,
        "received": {str(line_id): plain(quantity) for line_id, quantity in taken.received.items()},
        "receipts": [
            {
                "line_id": str(row.line_id),
                "product_code": product_codes[row.line_id],
                "kind": row.kind,
                "quantity": plain(row.quantity),
            }
            for row in taken.receipts
        ],
    }
    await outbox.add(connection, entry.request_id, (Event(type=EventType.PURCHASING_UPDATED, facts=facts),))


class Progress(Frozen):
    """How far the goods of a request have come."""

    lines: int
    lines_received: int
    """Lines of which all that was requested has come."""
    over: bool
    """Whether more than requested has come of some line."""


async def progress(pool: Pool, request_ids: Iterable[UUID]) -> dict[UUID, Progress]:
    """How far the goods of some requests have come, by request."""
    rows = await pool.fetch(
        """SELECT request_id, count(*) AS lines, count(*) FILTER (WHERE quantity_received >= quantity) AS lines_received,
               bool_or(quantity_received > quantity) AS over
           FROM purchase_request_lines WHERE request_id = ANY ($1) AND decision IS NULL GROUP BY request_id""",
        list(request_ids),
    )
    return {
        row["request_id"]: Progress(lines=row["lines"], lines_received=row["lines_received"], over=row["over"])
        for row in rows
    }


class Report(Frozen):
    """An event that was taken, as it came."""

    event: StoredEvent
    applied: bool
    received_at: datetime
    by_hand: bool = False
    reported_by: Person | None = None
    """Who; None: nobody noted it."""
    receipts: tuple[Receipt, ...] = ()
    """Its rows of the ledger."""


async def reports(pool: Pool, request_id: UUID, *, limit: int = 100) -> list[Report]:
    """What was reported on a request, newest first."""
    rows = await pool.fetch(
        f"""SELECT e.*, CASE WHEN u.username IS NOT NULL THEN jsonb_build_object('username', u.username, 'name', u.name) END AS person,
                (SELECT coalesce(jsonb_agg({_RECEIPT}), '[]') FROM receipts s WHERE s.event_id = e.event_id) AS receipts
            FROM purchasing_events e LEFT JOIN users u ON u.username = e.reported_by WHERE e.request_id = $1
            ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT {limit}""",  # noqa: S608
        request_id,
    )
    return [
        Report(
            event=_event(dict(row)),
            applied=row["applied"],
            received_at=row["received_at"],
            by_hand=row["by_hand"],
            reported_by=Person(**row["person"]) if row["person"] else None,
            receipts=tuple(Receipt.model_validate(one) for one in row["receipts"]),
        )
        for row in rows
    ]
