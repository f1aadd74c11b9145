"""Purchase orders (Đơn mua hàng): by which of them goods of approved requests are bought. Pure: what one comes to beside what is
there, and why a request that was bought is not taken back.

An order is known by its number. Saying it again as it is changes nothing; said otherwise it is replaced as a whole. One order may
serve several requests, and a request be bought by several orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from approval.field_errors import invalid_value
from approval.model import Action, Code, FieldError, Frozen, Input, ProcessStatus, Refusal
from approval.values import MOST_LINES, Quantity, RequiredText, at_most

_ORDER: Final[dict[str, Any]] = {
    "number": "PO-2026-0088",
    "supplier": "FPT Synnex",
    "lines": [
        {
            "request_number": "YCMH-2026-000001",
            "line_id": "01a20c84-2ddb-755c-843c-e08dc612183a",
            "quantity": "10",
        }
    ],
}


class OrderLineDraft(Input):
    """How much of a line of an approved request an order has."""

    request_number: Annotated[RequiredText, Field(examples=["YCMH-2026-000001"])]
    line_id: UUID
    quantity: Quantity


class PurchaseOrderDraft(Input):
    """A purchase order as it is to be, with all of its lines."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER]})

    number: Annotated[RequiredText, Field(examples=["PO-2026-0088"])]
    supplier: Annotated[RequiredText, Field(examples=["FPT Synnex"])]
    lines: Annotated[tuple[OrderLineDraft, ...], Field(min_length=1, max_length=MOST_LINES), at_most(MOST_LINES)]

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        if len({line.line_id for line in self.lines}) < len(self.lines):
            raise invalid_value("order_line_twice")
        return self


class KnownRequest(Frozen):
    """A request that an order names, and its placer may see."""

    id: UUID
    number: str
    process_status: ProcessStatus
    round: int
    product_codes: Mapping[UUID, str]
    """Of each line that was approved, by its id."""


def check(draft: PurchaseOrderDraft, known: Mapping[str, KnownRequest]) -> Refusal | None:
    """Why an order is not taken.

    Args:
        draft: the order.
        known: the requests that it names, by number; what is not there, or not to be seen, is left out.

    Returns:
        ``not_found``, ``not_completed``, ``invalid``; None: it is taken.
    """
    unknown = [
        FieldError(pointer=f"/lines/{index}/request_number", message="no_such_request")
        for index, line in enumerate(draft.lines)
        if line.request_number not in known
    ]
    if unknown:
        return Refusal(code=Code.NOT_FOUND, errors=tuple(unknown))
    for index, line in enumerate(draft.lines):
        status = known[line.request_number].process_status
        if status is not ProcessStatus.COMPLETED:
            error = FieldError(pointer=f"/lines/{index}/request_number", message="not_approved_yet")
            return Refusal(code=Code.NOT_COMPLETED, params={"status": status, "variant": "order"}, errors=(error,))
    wrong = [
        FieldError(pointer=f"/lines/{index}/line_id", message="no_such_line")
        for index, line in enumerate(draft.lines)
        if line.line_id not in known[line.request_number].product_codes
    ]
    return Refusal(code=Code.INVALID, errors=tuple(wrong)) if wrong else None


class OrderContent(Frozen):
    """What an order says."""

    supplier: str
    quantities: Mapping[UUID, Decimal]
    """By the line's id."""
    requests: Mapping[UUID, UUID]
    """Whose each line is."""
    cancelled: bool = False


def merged(before: OrderContent | None, said: OrderContent, *, of: UUID) -> OrderContent:
    """An order when only its lines of one request are said: those of others stay.

    Args:
        before: the order as it is; None: there is none.
        said: the lines of the request, and the supplier.
        of: the request.
    """
    if before is None or before.cancelled:
        return said
    kept = [line_id for line_id, request_id in before.requests.items() if request_id != of]
    return OrderContent(
        supplier=said.supplier,
        quantities={**{line_id: before.quantities[line_id] for line_id in kept}, **said.quantities},
        requests={**{line_id: before.requests[line_id] for line_id in kept}, **said.requests},
    )


class Result(StrEnum):
    """What became of an order that was said."""

    PLACED = "placed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Compared(Frozen):
    """What an order changes for the requests that it has, or had."""

    result: Result
    has: tuple[UUID, ...] = ()
    """Requests that are bought by it otherwise than before."""
    lost: tuple[UUID, ...] = ()
    """Requests that are not bought by it any more."""


def compare(before: OrderContent | None, after: OrderContent) -> Compared:
    """What an order comes to beside what was said under its number before.

    Args:
        before: None: nothing was.
        after: as it is said now.
    """
    if before is None:
        return Compared(result=Result.PLACED, has=tuple(sorted(set(after.requests.values()))))
    if before == after:
        return Compared(result=Result.UNCHANGED)
    had = {} if before.cancelled else _by_request(before)
    has = {} if after.cancelled else _by_request(after)
    everywhere = before.supplier != after.supplier
    return Compared(
        result=Result.CHANGED,
        has=tuple(sorted(one for one, lines in has.items() if everywhere or had.get(one) != lines)),
        lost=tuple(sorted(had.keys() - has.keys())),
    )


def _by_request(content: OrderContent) -> dict[UUID, dict[UUID, Decimal]]:
    found: dict[UUID, dict[UUID, Decimal]] = {}
    for line_id, quantity in content.quantities.items():
        found.setdefault(content.requests[line_id], {})[line_id] = quantity
    return found


UNDOING: Final = (Action.RECALL, Action.CANCEL, Action.REJECT)
"""What would take a request back."""


def order_exists(action: Action, status: ProcessStatus, numbers: Iterable[str]) -> Refusal | None:
    """Why a request is not taken back: it is bought already. None: no purchase order stands for it.

    Args:
        action: what is tried.
        status: the request's.
        numbers: of the purchase orders that stand for it.
    """
    found = sorted(numbers)
    if action not in UNDOING or status is not ProcessStatus.COMPLETED or not found:
        return None
    return Refusal(code=Code.ORDER_EXISTS, params={"orders": ", ".join(found)})
