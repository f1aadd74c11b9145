"""Approvers propose field values; the CRM's own stay until the last approval. Source: domain.md, "The sync table"."""

from __future__ import annotations

from typing import Any

import pytest

from approval.changes import Changes, LineChanges, ProposedChange, final_values, parse_changes, propose
from approval.editable import EditableField
from approval.model import Code, Refusal, RefusedError
from tests.approval.company import LINE, NOW, OTHER_LINE, REQUEST, VALUES

EVERYTHING = tuple(EditableField)


def _propose(
    changes: dict[str, Any],
    *,
    allowed: tuple[EditableField, ...] = EVERYTHING,
    proposed: tuple[ProposedChange, ...] = (),
    by: str = "manager",
) -> tuple[ProposedChange, ...]:
    return propose(
        parse_changes(changes), allowed=allowed, values=VALUES, proposed=proposed, by=by, at=NOW, step="manager"
    )


def _refused(changes: dict[str, Any], **more: Any) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        _propose(changes, **more)
    return refused.value.refusal


def test_a_proposal_keeps_both_values_and_who_made_it() -> None:
    (change,) = _propose({"lines": [{"id": str(LINE), "quantity": "8.50"}]})
    assert change.model_dump(mode="json") == {
        "pointer": "/lines/0/quantity",
        "line_id": str(LINE),
        "field": "quantity",
        "from": "10",
        "to": "8.5",
        "by": "manager",
        "at": "2026-11-24T03:00:00Z",
        "step": "manager",
        "note": "",
    }


def test_every_editable_field_can_be_proposed() -> None:
    header = {"purpose": "A", "delivery_address": "B", "desired_delivery_date": "2027-02-01", "description": "C"}
    line = {"description": "D", "warehouse": "E", "quantity": "1", "unit_price": "0", "supplier": "F"}
    proposed = _propose({**header, "lines": [{"id": str(LINE), **line}]})
    assert {f"lines.{change.field}" if change.line_id else change.field for change in proposed} == set(EVERYTHING)


def test_a_line_that_is_named_twice_is_refused_at_its_second_place() -> None:
    twice = [{"id": str(LINE), "quantity": "8"}, {"id": str(LINE), "quantity": "7"}]
    refusal = _refused({"lines": twice})
    assert (refusal.code, [error.pointer for error in refusal.errors]) == (Code.INVALID, ["/changes/lines/1/id"])


def test_a_field_can_be_emptied() -> None:
    (change,) = _propose({"lines": [{"id": str(OTHER_LINE), "supplier": None}]})
    assert (change.pointer, change.before, change.after) == ("/lines/1/supplier", "Vietnet", None)


def test_a_change_to_the_value_that_stands_proposes_nothing() -> None:
    assert _propose({"purpose": "Máy tính", "lines": [{"id": str(LINE), "quantity": "10.0"}]}) == ()


def test_a_later_approver_changes_what_an_earlier_one_proposed() -> None:
    first = _propose({"lines": [{"id": str(LINE), "quantity": "8"}]})
    second = _propose({"lines": [{"id": str(LINE), "quantity": "9"}]}, proposed=first, by="director")
    assert [(change.before, change.after, change.by) for change in second] == [
        ("10", "8", "manager"),
        ("8", "9", "director"),
    ]
    assert [(change.after, change.by) for change in final_values(second)] == [("9", "director")]


def test_a_step_changes_only_what_it_may_edit() -> None:
    refusal = _refused(
        {"purpose": "A", "lines": [{"id": str(LINE), "quantity": "8", "unit_price": "1"}]},
        allowed=(EditableField.LINE_QUANTITY,),
    )
    assert refusal.code is Code.FIELD_NOT_EDITABLE
    assert [error.pointer for error in refusal.errors] == ["/changes/purpose", "/changes/lines/0/unit_price"]
    assert refusal.params["fields"] == "purpose, lines/0/unit_price"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lines": [{"id": str(REQUEST), "quantity": "1"}]}, "/changes/lines/0/id"),
        ({"lines": [{"id": str(LINE), "quantity": None}]}, "/changes/lines/0/quantity"),
        ({"lines": [{"id": str(LINE), "quantity": "0"}]}, "/changes/lines/0/quantity"),
        ({"lines": [{"id": str(LINE), "quantity": "-1"}]}, "/changes/lines/0/quantity"),
        ({"lines": [{"id": str(LINE), "quantity": float("nan")}]}, "/changes/lines/0/quantity"),
        ({"lines": [{"id": str(LINE), "quantity": "1e30"}]}, "/changes/lines/0/quantity"),
        ({"lines": [{"id": str(LINE), "unit_price": "0.00001"}]}, "/changes/lines/0/unit_price"),
        ({"lines": [{"quantity": "1"}]}, "/changes/lines/0/id"),
        ({"lines": [{"id": str(LINE), "total": "1"}]}, "/changes/lines/0/total"),
        ({"lines": {"quantity": "1"}}, "/changes/lines"),
        ({"desired_delivery_date": "tomorrow"}, "/changes/desired_delivery_date"),
        ({"purpose": ""}, "/changes/purpose"),
        ({"purpose": None}, "/changes/purpose"),
        ({"purpose": "a\x00b"}, "/changes/purpose"),
        ({"owner": "me"}, "/changes/owner"),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(changes: dict[str, Any], pointer: str) -> None:
    refusal = _refused(changes)
    assert refusal.code is Code.INVALID
    assert [error.pointer for error in refusal.errors] == [pointer]


@pytest.mark.parametrize("changes", [[], "text", 1, True])
def test_changes_that_are_no_object_are_refused(changes: object) -> None:
    with pytest.raises(RefusedError) as refused:
        parse_changes(changes)
    assert refused.value.refusal.code is Code.INVALID


def test_money_stays_exact() -> None:
    (change,) = _propose({"lines": [{"id": str(LINE), "unit_price": "1234567890123456.7891"}]})
    assert change.after == "1234567890123456.7891"


@pytest.mark.parametrize(
    ("value", "message"),
    [(8.5, "decimal_as_text"), (8.0, "decimal_as_text"), (True, "this must be a decimal number such as 1250.5")],
)
@pytest.mark.parametrize("field", ["quantity", "unit_price"])
def test_a_float_is_no_amount(field: str, value: object, message: str) -> None:
    refusal = _refused({"lines": [{"id": str(LINE), field: value}]})
    assert [error.pointer for error in refusal.errors] == [f"/changes/lines/0/{field}"]
    assert refusal.errors[0].message == message


@pytest.mark.parametrize("value", ["1e3", "٨", "８", "NaN", "Infinity", "8,5", "8.", ".5", "1_000", "0x8", ""])
def test_a_text_that_is_not_plainly_a_number_is_no_amount(value: str) -> None:
    refusal = _refused({"lines": [{"id": str(LINE), "quantity": value}]})
    assert [(error.pointer, error.message) for error in refusal.errors] == [
        ("/changes/lines/0/quantity", "this must be a decimal number such as 1250.5")
    ]


@pytest.mark.parametrize("value", [8, "8", "8.0"])
def test_whole_numbers_and_decimal_texts_are_amounts(value: object) -> None:
    (change,) = _propose({"lines": [{"id": str(LINE), "quantity": value}]})
    assert change.after == "8"


def test_changes_can_say_exactly_what_a_step_may_let_them() -> None:
    said = {*Changes.model_fields} - {"lines"} | {f"lines.{name}" for name in LineChanges.model_fields if name != "id"}
    assert said == set(EditableField)
