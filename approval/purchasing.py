"""What a report of the purchasing system changes: purchase status and quantities received. Source: domain.md, decision 9.

Events may come in any order and more than once. The status is that of the newest event (by its time, then by its id); quantities
are the sums of a ledger, in which each event has its rows (``approval/receipts.py``). ``take`` answers what an event comes to, and
has neither I/O nor a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, field_validator, model_validator

from approval.field_errors import invalid_value
from approval.model import Code, FieldError, Frozen, Input, ProcessStatus, Refusal, RefusedError, refuse
from approval.receipts import Receipt, ReceiptKind, counted, sum_received
from approval.values import (
    EXACT,
    MOST_LINES,
    Quantity,
    ReceivedQuantity,
    RequiredText,
    ShortText,
    Stored,
    at_most,
    plain,
)

_EVENT: Final[dict[str, Any]] = {
    "event_id": "PO-2026-0088/3",
    "occurred_at": "2026-11-24T03:00:00Z",
    "request_number": "YCMH-2026-000001",
    "purchase_status": "partially_received",
    "lines": [{"product_code": "LT-T14", "received": "4"}],
}

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER_BY: Final = timedelta(days=1)
"""How far in the future a report may be. One that is much too far ahead would make every later report an older one."""


class ReceivedLine(Input):
    """What happened to the goods of one line, named by its id, or by its product code where that is unambiguous: so much more
    came (``received``), so much went back (``sent_back``), or so much has come in all (``quantity_received``), which corrects
    whatever was reported of earlier times."""

    line_id: UUID | None = None
    product_code: ShortText | None = None
    received: Quantity | None = None
    sent_back: Quantity | None = None
    quantity_received: ReceivedQuantity | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if (self.line_id is None) == (self.product_code is None):
            raise invalid_value("one_name_of_line")
        if sum(quantity is not None for quantity in (self.received, self.sent_back, self.quantity_received)) != 1:
            raise invalid_value("one_quantity_of_line")
        return self


class PurchasingEvent(Input):
    """One report of the purchasing system."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EVENT]})

    event_id: RequiredText
    occurred_at: AwareDatetime
    request_number: Annotated[RequiredText, Field(examples=["YCMH-2026-000001"])]
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

    def words(self, product_codes: Mapping[UUID, str]) -> str:
        """The event in a line, for the timeline: language-neutral, goods by their product codes."""
        parts = [self.purchase_status] if self.purchase_status else []
        for line in self.lines:
            goods = line.product_code
            if line.line_id is not None:
                goods = product_codes.get(line.line_id, str(line.line_id))
            kind, quantity = said_of(line)
            parts.append(f"{goods}: {SIGN[kind]}{plain(quantity)}")
        return "; ".join(parts)[:4000]


class StoredLine(Frozen):
    """Goods received for one line, as they were reported."""

    line_id: UUID | None = None
    product_code: str | None = None
    received: Stored | None = None
    sent_back: Stored | None = None
    quantity_received: Stored | None = None


class StoredEvent(Frozen):
    """An event that was taken. It is read by none of the rules for new ones, which it may be older than."""

    event_id: str
    request_id: UUID
    occurred_at: datetime
    purchase_status: str | None = None
    lines: tuple[StoredLine, ...] = ()


SIGN: Final = {ReceiptKind.RECEIVED: "+", ReceiptKind.SENT_BACK: "−", ReceiptKind.CORRECTED: ""}
"""How the timeline tells them apart."""


def said_of(line: ReceivedLine | StoredLine) -> tuple[ReceiptKind, Decimal]:
    """What a line of a report says; of a stored one that says nothing: that nothing came."""
    if line.received is not None:
        return ReceiptKind.RECEIVED, line.received
    if line.sent_back is not None:
        return ReceiptKind.SENT_BACK, line.sent_back
    return ReceiptKind.CORRECTED, line.quantity_received or Decimal(0)


class Reported(Frozen):
    """A value that was reported, and the event it came from; a quantity is a sum, and that is the newest event in it."""

    value: str
    occurred_at: datetime
    event_id: str


class Purchasing(Frozen):
    """All that was reported on a request: of each value the newest, quantities by line id."""

    status: Reported | None = None
    lines: Mapping[UUID, Reported] = {}


class Known(Frozen):
    """What an event is judged by."""

    request_id: UUID
    process_status: ProcessStatus
    product_codes: Mapping[UUID, str]
    """Of each line of the request, by its id."""
    purchasing: Purchasing = Purchasing()
    receipts: tuple[Receipt, ...] = ()
    """The ledger of the request."""
    earlier: StoredEvent | None = None
    """The event that was taken under the same id, if there is one."""


class Ignored(StrEnum):
    """Why an event changes nothing."""

    REPEATED = "repeated"
    OLDER = "older"


class Taken(Frozen):
    """What an event comes to: all that is reported with it, and which values it changed."""

    purchasing: Purchasing
    status: str | None = None
    received: Mapping[UUID, Decimal] = {}
    """What has come of the lines it counts for, by line id."""
    receipts: tuple[Receipt, ...] = ()
    """Its rows in the ledger, those included that count for nothing since a newer correction is there."""
    ignored: Ignored | None = None


def take(
    event: PurchasingEvent, known: Known, *, statuses: tuple[str, ...], now: datetime, by_hand: bool = False
) -> Taken | Refusal:
    """Take one event.

    Args:
        event: the report.
        known: what is known of its request and of its id; it is never changed.
        statuses: the purchase statuses that are configured.
        now: UTC.
        by_hand: whether it was entered in a form. Its time is then when the form came, and is another one when the same
            form comes again.

    Returns:
        What it comes to, or ``not_completed``, ``event_id_reused``, ``invalid``.
    """
    try:
        if known.process_status is not ProcessStatus.COMPLETED:
            raise refuse(Code.NOT_COMPLETED, status=known.process_status)
        said, wrong = _by_line(event.lines, known.product_codes)
        if known.earlier is not None:  # by today's rules it might be refused, and still it was taken
            if wrong or not _is_same(event, said, known.earlier, known, by_hand=by_hand):
                raise refuse(Code.EVENT_ID_REUSED, FieldError(pointer="/event_id", message="event_id_reused"))
            return Taken(purchasing=known.purchasing, ignored=Ignored.REPEATED)
        _check(event, statuses, now)
        if wrong:
            raise refuse(Code.INVALID, *wrong)
    except RefusedError as error:
        return error.refusal
    return _with(event, said, known)


def _check(event: PurchasingEvent, statuses: tuple[str, ...], now: datetime) -> None:
    """Refuse an event that is of no sensible time, or reports a status that is not configured."""
    if not _EARLIEST <= event.occurred_at <= now + _CLOCKS_DIFFER_BY:
        raise refuse(Code.INVALID, FieldError(pointer="/occurred_at", message="time_out_of_range"))
    if event.purchase_status is not None and event.purchase_status not in statuses:
        raise refuse(
            Code.INVALID,
            FieldError(
                pointer="/purchase_status", message="unknown_purchase_status", params={"allowed": ", ".join(statuses)}
            ),
        )


_Said = dict[tuple[UUID, ReceiptKind], Decimal]
"""What an event says of lines: of each, movements or a correction."""


def _by_line(
    lines: Sequence[ReceivedLine | StoredLine], product_codes: Mapping[UUID, str]
) -> tuple[_Said, list[FieldError]]:
    """What is said of each line; and lines that are not there, product codes that several lines have, and lines of which both a
    movement and a correction are said. Movements of one line are added up; of corrections the last one is meant.
    """
    with_code: defaultdict[str, list[UUID]] = defaultdict(list)
    for line_id, code in product_codes.items():
        with_code[code].append(line_id)
    said: _Said = {}
    wrong: list[FieldError] = []
    for index, line in enumerate(lines):
        if line.line_id is not None:
            named = [line.line_id] if line.line_id in product_codes else []
        else:
            named = with_code.get(line.product_code or "", [])
        if len(named) == 1:
            kind, quantity = said_of(line)
            is_level = kind is ReceiptKind.CORRECTED
            if any((named[0], other) in said for other in ReceiptKind if (other is ReceiptKind.CORRECTED) != is_level):
                wrong.append(FieldError(pointer=f"/lines/{index}", message="movement_and_correction"))
            place = named[0], kind
            said[place] = quantity if is_level else EXACT.add(said.get(place, Decimal(0)), quantity)
        elif line.line_id is not None:
            wrong.append(FieldError(pointer=f"/lines/{index}/line_id", message="no_such_line"))
        else:
            message = "ambiguous_product" if named else "no_such_product"
            wrong.append(FieldError(pointer=f"/lines/{index}/product_code", message=message))
    return said, wrong


def _is_same(event: PurchasingEvent, said: _Said, earlier: StoredEvent, known: Known, *, by_hand: bool) -> bool:
    """Whether an event says what the earlier one said, however either is written."""
    return (
        earlier.request_id == known.request_id
        and (by_hand or earlier.occurred_at == event.occurred_at)
        and earlier.purchase_status == event.purchase_status
        and _by_line(earlier.lines, known.product_codes)[0] == said
    )


def _with(event: PurchasingEvent, said: _Said, known: Known) -> Taken:
    """What is reported with an event: the status if it is the newest, and the sums of the lines that it has rows of."""
    receipts = tuple(
        Receipt(
            line_id=line_id,
            kind=kind,
            quantity=quantity,
            occurred_at=event.occurred_at,
            event_id=event.event_id,
        )
        for (line_id, kind), quantity in said.items()
    )
    status = event.purchase_status if _is_newer(event, known.purchasing.status) else None
    sums: dict[UUID, Decimal] = {}
    lines = dict(known.purchasing.lines)
    for line_id in dict.fromkeys(row.line_id for row in receipts):
        rows = [row for row in (*known.receipts, *receipts) if row.line_id == line_id]
        if any(row.event_id == event.event_id for row in counted(rows)):
            sums[line_id] = sum_received(rows)
            lines[line_id] = _summed(rows)
    if status is None and not sums:
        return Taken(purchasing=known.purchasing, receipts=receipts, ignored=Ignored.OLDER)
    now_reported = Purchasing(
        status=known.purchasing.status if status is None else _reported(event, status), lines=lines
    )
    return Taken(purchasing=now_reported, status=status, received=sums, receipts=receipts)


def all_reported(receipts: Iterable[Receipt], status: Reported | None) -> Purchasing:
    """What all reports on a request come to: what taking them one after the other has come to, in whatever order.

    Args:
        receipts: the whole ledger of the request.
        status: of the newest report that has one.
    """
    by_line: defaultdict[UUID, list[Receipt]] = defaultdict(list)
    for row in receipts:
        by_line[row.line_id].append(row)
    return Purchasing(status=status, lines={line_id: _summed(rows) for line_id, rows in by_line.items()})


def _summed(rows: Sequence[Receipt]) -> Reported:
    """What has come of one line, and the newest event in it."""
    newest = counted(rows)[-1]
    return Reported(value=plain(sum_received(rows)), occurred_at=newest.occurred_at, event_id=newest.event_id)


def _is_newer(event: PurchasingEvent, known: Reported | None) -> bool:
    return known is None or (event.occurred_at, event.event_id) > (known.occurred_at, known.event_id)


def _reported(event: PurchasingEvent, value: str) -> Reported:
    return Reported(value=value, occurred_at=event.occurred_at, event_id=event.event_id)
