"""What a report of the purchasing system changes: purchase status and quantities received. Source: domain.md, decision 9.

Events may come in any order and more than once. Each value remembers the event it came from; an event that is older
than what is there (by its time, then by its id) changes nothing. ``take`` answers what an event comes to, and has
neither I/O nor a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, field_validator, model_validator

from approval.field_errors import invalid_value
from approval.model import Code, FieldError, Frozen, Input, ProcessStatus, Refusal, RefusedError, refuse
from approval.values import MOST_LINES, ReceivedQuantity, RequiredText, ShortText, Stored, at_most, plain

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
            parts.append(f"{goods}: {plain(line.quantity_received)}")
        return "; ".join(parts)[:4000]


class StoredLine(Frozen):
    """Goods received for one line, as they were reported."""

    line_id: UUID | None = None
    product_code: str | None = None
    quantity_received: Stored


class StoredEvent(Frozen):
    """An event that was taken. It is read by none of the rules for new ones, which it may be older than."""

    event_id: str
    request_id: UUID
    occurred_at: datetime
    purchase_status: str | None = None
    lines: tuple[StoredLine, ...] = ()


class Reported(Frozen):
    """A value that was reported, and the event it came from."""

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
    """Quantities by line id."""
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
        received, wrong = _by_line(event.lines, known.product_codes)
        if known.earlier is not None:  # by today's rules it might be refused, and still it was taken
            if wrong or not _is_same(event, received, known.earlier, known, by_hand=by_hand):
                raise refuse(Code.EVENT_ID_REUSED, FieldError(pointer="/event_id", message="event_id_reused"))
            return Taken(purchasing=known.purchasing, ignored=Ignored.REPEATED)
        _check(event, statuses, now)
        if wrong:
            raise refuse(Code.INVALID, *wrong)
    except RefusedError as error:
        return error.refusal
    return _newest(event, received, known.purchasing)


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


def _by_line(
    lines: Sequence[ReceivedLine | StoredLine], product_codes: Mapping[UUID, str]
) -> tuple[dict[UUID, Decimal], list[FieldError]]:
    """Quantities by line id; and lines that are not there, and product codes that several lines have."""
    with_code: defaultdict[str, list[UUID]] = defaultdict(list)
    for line_id, code in product_codes.items():
        with_code[code].append(line_id)
    received: dict[UUID, Decimal] = {}
    wrong: list[FieldError] = []
    for index, line in enumerate(lines):
        if line.line_id is not None:
            named = [line.line_id] if line.line_id in product_codes else []
        else:
            named = with_code.get(line.product_code or "", [])
        if len(named) == 1:
            received[named[0]] = line.quantity_received
        elif line.line_id is not None:
            wrong.append(FieldError(pointer=f"/lines/{index}/line_id", message="no_such_line"))
        else:
            message = "ambiguous_product" if named else "no_such_product"
            wrong.append(FieldError(pointer=f"/lines/{index}/product_code", message=message))
    return received, wrong


def _is_same(
    event: PurchasingEvent, received: Mapping[UUID, Decimal], earlier: StoredEvent, known: Known, *, by_hand: bool
) -> bool:
    """Whether an event says what the earlier one said, however either is written."""
    return (
        earlier.request_id == known.request_id
        and (by_hand or earlier.occurred_at == event.occurred_at)
        and earlier.purchase_status == event.purchase_status
        and _by_line(earlier.lines, known.product_codes)[0] == received
    )


def _newest(event: PurchasingEvent, received: Mapping[UUID, Decimal], purchasing: Purchasing) -> Taken:
    """What is reported when each value is the one of the newest event."""
    status = event.purchase_status if _is_newer(event, purchasing.status) else None
    received = {
        line_id: quantity for line_id, quantity in received.items() if _is_newer(event, purchasing.lines.get(line_id))
    }
    if status is None and not received:
        return Taken(purchasing=purchasing, ignored=Ignored.OLDER)
    now_reported = Purchasing(
        status=purchasing.status if status is None else _reported(event, status),
        lines={**purchasing.lines, **{line: _reported(event, plain(quantity)) for line, quantity in received.items()}},
    )
    return Taken(purchasing=now_reported, status=status, received=received)


def _is_newer(event: PurchasingEvent, known: Reported | None) -> bool:
    return known is None or (event.occurred_at, event.event_id) > (known.occurred_at, known.event_id)


def _reported(event: PurchasingEvent, value: str) -> Reported:
    return Reported(value=value, occurred_at=event.occurred_at, event_id=event.event_id)
