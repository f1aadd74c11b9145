"""What a purchase order comes to beside what is there, and that what is bought is not taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from approval.model import Action, Code, ProcessStatus
from approval.purchase_orders import (
    UNDOING,
    Compared,
    KnownRequest,
    OrderContent,
    PurchaseOrderDraft,
    Result,
    check,
    compare,
    merged,
    order_exists,
)
from tests.approval.company import LINE, OTHER_LINE, REQUEST

OTHER_REQUEST = UUID("01938a00-0000-7000-8000-0000000000bb")
WHOSE = {LINE: REQUEST, OTHER_LINE: OTHER_REQUEST}


def content(*lines: tuple[UUID, str], supplier: str = "FPT", cancelled: bool = False) -> OrderContent:
    """What an order says."""
    return OrderContent(
        supplier=supplier,
        quantities={line: Decimal(quantity) for line, quantity in lines},
        requests={line: WHOSE[line] for line, _ in lines},
        cancelled=cancelled,
    )


BOTH = content((LINE, "5"), (OTHER_LINE, "2"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, BOTH, (Result.PLACED, (REQUEST, OTHER_REQUEST), ())),
        (BOTH, content((OTHER_LINE, "2.0"), (LINE, "5.00")), (Result.UNCHANGED, (), ())),
        (BOTH, content((LINE, "6"), (OTHER_LINE, "2")), (Result.CHANGED, (REQUEST,), ())),
        (BOTH, content((LINE, "5")), (Result.CHANGED, (), (OTHER_REQUEST,))),
        (content((LINE, "5")), BOTH, (Result.CHANGED, (OTHER_REQUEST,), ())),
        (
            BOTH,
            content((LINE, "5"), (OTHER_LINE, "2"), supplier="Viettel"),
            (Result.CHANGED, (REQUEST, OTHER_REQUEST), ()),
        ),
        (BOTH, BOTH.model_copy(update={"cancelled": True}), (Result.CHANGED, (), (REQUEST, OTHER_REQUEST))),
        (content((LINE, "5"), cancelled=True), content((LINE, "5")), (Result.CHANGED, (REQUEST,), ())),
        (content((LINE, "5"), cancelled=True), content((OTHER_LINE, "2")), (Result.CHANGED, (OTHER_REQUEST,), ())),
    ],
)
def test_an_order_concerns_the_requests_for_which_it_changes_something(
    before: OrderContent | None, after: OrderContent, expected: tuple[Result, tuple[UUID, ...], tuple[UUID, ...]]
) -> None:
    result, has, lost = expected
    assert compare(before, after) == Compared(result=result, has=tuple(sorted(has)), lost=tuple(sorted(lost)))


def test_what_is_said_of_one_request_leaves_the_others_on_the_order() -> None:
    after = merged(BOTH, content((LINE, "7"), supplier="Viettel"), of=REQUEST)
    assert after == content((OTHER_LINE, "2"), (LINE, "7"), supplier="Viettel")
    assert merged(None, content((LINE, "7")), of=REQUEST) == content((LINE, "7"))
    assert merged(BOTH.model_copy(update={"cancelled": True}), content((LINE, "7")), of=REQUEST) == content((LINE, "7"))


def draft(**changes: Any) -> PurchaseOrderDraft:
    """An order of two requests."""
    lines = [
        {"request_number": "YC-1", "line_id": LINE, "quantity": "5"},
        {"request_number": "YC-2", "line_id": OTHER_LINE, "quantity": "2"},
    ]
    return PurchaseOrderDraft.model_validate({"number": "PO-1", "supplier": "FPT", "lines": lines, **changes})


def known(number: str, line: UUID, status: ProcessStatus = ProcessStatus.COMPLETED) -> KnownRequest:
    """A request with one line."""
    return KnownRequest(id=REQUEST, number=number, process_status=status, round=1, product_codes={line: "A"})


def test_an_order_names_requests_that_are_approved_and_lines_of_theirs() -> None:
    first, second = known("YC-1", LINE), known("YC-2", OTHER_LINE)
    assert check(draft(), {"YC-1": first, "YC-2": second}) is None
    cases = [
        ({"YC-1": first}, Code.NOT_FOUND, ("/lines/1/request_number", "no_such_request")),
        (
            {"YC-1": first, "YC-2": known("YC-2", OTHER_LINE, ProcessStatus.RETURNED)},
            Code.NOT_COMPLETED,
            ("/lines/1/request_number", "not_approved_yet"),
        ),
        ({"YC-1": first, "YC-2": known("YC-2", LINE)}, Code.INVALID, ("/lines/1/line_id", "no_such_line")),
    ]
    for requests, code, place in cases:
        refusal = check(draft(), requests)
        assert refusal is not None
        assert (refusal.code, [(error.pointer, error.message) for error in refusal.errors]) == (code, [place])


@pytest.mark.parametrize(
    "changes",
    [
        {"number": " "},
        {"supplier": ""},
        {"lines": []},
        {"lines": [{"request_number": "YC-1", "line_id": LINE, "quantity": "0"}]},
        {"lines": [{"request_number": "YC-1", "line_id": LINE, "quantity": "1"}] * 2},
        {"note": "?"},
    ],
)
def test_what_is_no_order_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        draft(**changes)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("status", ProcessStatus)
def test_what_is_bought_is_not_taken_back(action: Action, status: ProcessStatus) -> None:
    refusal = order_exists(action, status, ["PO-2", "PO-1"])
    assert order_exists(action, status, []) is None
    if action in UNDOING and status is ProcessStatus.COMPLETED:
        assert refusal is not None
        assert (refusal.code, refusal.params) == (Code.ORDER_EXISTS, {"orders": "PO-1, PO-2"})
    else:
        assert refusal is None
