"""What the purchasing system reports: purchase status and quantities received. Source: domain.md, decision 9.

Events may come in any order and more than once. Each value remembers the event it came from; an event that is older
than what is there (by its time, then by its id) changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, ConfigDict, Field, field_validator, model_validator
from uuid_utils.compat import uuid7

from approval.field_errors import invalid_value
from approval.model import Action, Code, FieldError, Frozen, Input, ProcessStatus, RefusedError, refuse
from approval.values import MOST_LINES, ReceivedQuantity, ShortText, at_most, plain
from crm import timeline
from crm.pool import Connection, Pool

_EVENT: Final[dict[str, Any]] = {
    "event_id": "PO-2026-0088/3",
    "occurred_at": "2026-11-24T03:00:00Z",
    "request_number": "YCMH-2026-000001",
    "purchase_status": "partially_received",
    "lines": [{"product_code": "LT-T14", "quantity_received": "4"}],
}


_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER_BY: Final = timedelta(days=1)
"""How far in the future a report may be. One that is much too far ahead would make every later report an older one."""


class ReceivedLine(Input):
    """Goods received for one line, named by its id, or by its product code where that is unambiguous."""

    line_id: UUID | None = None
    product_code: ShortText | None = None
    quantity_received: ReceivedQuantity

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if (self.line_id is None) == (self.product_code is None):
            raise invalid_value("one_name_of_line")
        return self


class PurchasingEvent(Input):
    """One report of the purchasing system."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EVENT]})

    event_id: Annotated[ShortText, Field(min_length=1)]
    occurred_at: AwareDatetime
    request_number: Annotated[ShortText, Field(min_length=1, examples=["YCMH-2026-000001"])]
    purchase_status: Annotated[ShortText, Field(max_length=40)] | None = None
    lines: Annotated[tuple[ReceivedLine, ...], Field(max_length=MOST_LINES), at_most(MOST_LINES)] = ()

    @field_validator("occurred_at")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise invalid_value("time_out_of_range") from None

    @model_validator(mode="after")
    def _reports_something(self) -> Self:
        if self.purchase_status is None and not self.lines:
            raise invalid_value("nothing_reported")
        return self


class Applied(Frozen):
    """Whether an event changed anything; if not, ``reason`` is ``repeated`` or ``older``."""

    applied: bool
    reason: str | None = None


async def apply(pool: Pool, event: PurchasingEvent, *, statuses: tuple[str, ...], actor: str, at: datetime) -> Applied:
    """Take one event, exactly once, whatever order events come in.

    Args:
        event: the report.
        statuses: the purchase statuses that are configured.
        actor: who reported it.
        at: now, UTC.

    Raises:
        RefusedError: ``not_found`` (no such request); ``not_completed`` and ``invalid``, which are on the timeline.
    """
    request = await pool.fetchrow(
        """SELECT r.id, r.process_status, coalesce(runs.round, 0) AS round,
               (SELECT jsonb_object_agg(l.id, l.product_code) FROM purchase_request_lines l WHERE l.request_id = r.id)
                   AS product_codes
           FROM purchase_requests r LEFT JOIN runs ON runs.request_id = r.id WHERE r.number = $1""",
        event.request_number,
    )
    if request is None:
        raise refuse(Code.NOT_FOUND, FieldError(pointer="/request_number", message="no_such_request"))
    entry = timeline.Entry(
        request_id=request["id"],
        command_id=uuid7(),
        at=at,
        action=Action.PURCHASING_EVENT,
        actor=actor,
        round=request["round"],
        note=_words(event, request["product_codes"] or {}),
    )
    try:
        _check(event, request["process_status"], statuses, at)
        async with pool.acquire() as connection, connection.transaction():
            return await _apply(connection, event, entry)
    except RefusedError as error:
        refused = {"command_id": _refused_id(entry.request_id, event, error.refusal.code), "refusal": error.refusal}
        await timeline.refuse(pool, entry.model_copy(update=refused))
        raise


def _refused_id(request_id: UUID, event: PurchasingEvent, code: Code) -> UUID:
    """The same for each repeat of a refused event, so that it is on the timeline once; accepted later, it is another."""
    return uuid5(request_id, f"{code} {event.event_id}")


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
           FROM purchase_request_lines WHERE request_id = ANY ($1) GROUP BY request_id""",
        list(request_ids),
    )
    return {
        row["request_id"]: Progress(lines=row["lines"], lines_received=row["lines_received"], over=row["over"])
        for row in rows
    }


class Report(Frozen):
    """An event that was taken, as it came."""

    event: PurchasingEvent
    applied: bool
    received_at: datetime


async def reports(pool: Pool, request_id: UUID, *, limit: int = 100) -> list[Report]:
    """What was reported on a request, newest first."""
    rows = await pool.fetch(
        f"""SELECT body, applied, received_at FROM purchasing_events WHERE request_id = $1
            ORDER BY occurred_at DESC, event_id DESC LIMIT {limit}""",  # noqa: S608
        request_id,
    )
    return [
        Report(
            event=PurchasingEvent.model_validate(row["body"]), applied=row["applied"], received_at=row["received_at"]
        )
        for row in rows
    ]


def _check(event: PurchasingEvent, process_status: str, statuses: tuple[str, ...], now: datetime) -> None:
    """Refuse an event that comes too early, is of no sensible time, or reports a status that is not configured."""
    if process_status != ProcessStatus.COMPLETED:
        raise refuse(Code.NOT_COMPLETED, status=process_status)
    if not _EARLIEST <= event.occurred_at <= now + _CLOCKS_DIFFER_BY:
        raise refuse(Code.INVALID, FieldError(pointer="/occurred_at", message="time_out_of_range"))
    if event.purchase_status is not None and event.purchase_status not in statuses:
        raise refuse(
            Code.INVALID,
            FieldError(
                pointer="/purchase_status", message="unknown_purchase_status", params={"allowed": ", ".join(statuses)}
            ),
        )


async def _apply(connection: Connection, event: PurchasingEvent, entry: timeline.Entry) -> Applied:
    request_id = entry.request_id
    purchasing = await connection.fetchval("SELECT purchasing FROM runs WHERE request_id = $1 FOR UPDATE", request_id)
    targets = await _targets(connection, request_id, event)
    is_new = await connection.fetchval(
        """INSERT INTO purchasing_events (event_id, request_id, occurred_at, body, applied, received_at)
           VALUES ($1, $2, $3, $4, false, $5) ON CONFLICT DO NOTHING RETURNING true""",
        event.event_id,
        request_id,
        event.occurred_at,
        event,
        entry.at,
    )
    if not is_new:
        return Applied(applied=False, reason="repeated")
    status = event.purchase_status if _is_newer(event, purchasing["status"]) else None
    lines = {
        line_id: quantity
        for line_id, quantity in targets.items()
        if _is_newer(event, purchasing["lines"].get(str(line_id)))
    }
    if status is None and not lines:
        return Applied(applied=False, reason="older")
    stamp = {"occurred_at": event.occurred_at.isoformat(), "event_id": event.event_id}
    if status is not None:
        purchasing["status"] = {"value": status, **stamp}
    for line_id, quantity in lines.items():
        purchasing["lines"][str(line_id)] = {"value": plain(quantity), **stamp}
    await connection.execute("UPDATE runs SET purchasing = $2 WHERE request_id = $1", request_id, purchasing)
    await connection.execute(
        """UPDATE purchase_requests SET purchase_status = coalesce($2, purchase_status), version = version + 1,
               updated_at = $3 WHERE id = $1""",
        request_id,
        status,
        entry.at,
    )
    await connection.executemany(
        "UPDATE purchase_request_lines SET quantity_received = $2 WHERE id = $1", list(lines.items())
    )
    await connection.execute("UPDATE purchasing_events SET applied = true WHERE event_id = $1", event.event_id)
    await timeline.insert(connection, entry)
    return Applied(applied=True)


async def _targets(connection: Connection, request_id: UUID, event: PurchasingEvent) -> dict[UUID, Decimal]:
    """Quantity received by line id.

    Raises:
        RefusedError: ``invalid``: a line that is not there, or a product code that several lines have.
    """
    rows = await connection.fetch(
        "SELECT id, product_code FROM purchase_request_lines WHERE request_id = $1", request_id
    )
    ids = {row["id"] for row in rows}
    targets: dict[UUID, Decimal] = {}
    wrong: list[FieldError] = []
    for index, line in enumerate(event.lines):
        named = [row["id"] for row in rows if row["product_code"] == line.product_code]
        if line.line_id is not None:
            named = [line.line_id] if line.line_id in ids else []
        if len(named) == 1:
            targets[named[0]] = line.quantity_received
        elif line.line_id is not None:
            wrong.append(FieldError(pointer=f"/lines/{index}/line_id", message="no_such_line"))
        else:
            message = "ambiguous_product" if named else "no_such_product"
            wrong.append(FieldError(pointer=f"/lines/{index}/product_code", message=message))
    if wrong:
        raise refuse(Code.INVALID, *wrong)
    return targets


def _is_newer(event: PurchasingEvent, known: Mapping[str, Any] | None) -> bool:
    if known is None:
        return True
    return (event.occurred_at, event.event_id) > (datetime.fromisoformat(known["occurred_at"]), known["event_id"])


def _words(event: PurchasingEvent, codes: Mapping[str, str]) -> str:
    """The event in a line, for the timeline: language-neutral, goods by their product codes."""
    parts = [event.purchase_status] if event.purchase_status else []
    for line in event.lines:
        goods = line.product_code or codes.get(str(line.line_id), str(line.line_id))
        parts.append(f"{goods}: {plain(line.quantity_received)}")
    return "; ".join(parts)[:4000]
