"""The approval matrix: which rows are for a request, what is wrong with rows, and what a change does. Source: processes.md."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.amount_ranges import ENDLESS, Coverage, Range, covered_by, crossings
from approval.conditions import LineFacts, RequestFacts
from approval.field_errors import PYDANTIC
from approval.matrix import Match, matched
from approval.matrix_document import MOST_ROWS, gaps
from approval.model import Action, Code, Refusal, StepState
from approval.process import ApprovalMatrix, PurchaseProcess
from approval.process_document import process_errors, read_process
from approval.routing import Rerouted, RoutedStep, plan_round, route
from approval.run import decide
from approval.state import AssignmentState
from approval.transition import Accepted
from tests.approval.company import AT, LINE, PEOPLE, decision, facts, sent
from texts import explain


def _document(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    matrix: dict[str, Any] = {"rows": list(rows)}
    matrix |= {name: changes.pop(name) for name in ("matches", "currency") if name in changes}
    step = {"key": "board", "name": "Hội đồng", "approvers": [{"matrix": True}], **changes.pop("step", {})}
    return {
        "schema_version": 2,
        "key": "purchase",
        "name": "Mua hàng",
        "steps": [step, *changes.pop("after", ())],
        "matrix": matrix,
        **changes,
    }


def _row(approver: str = "director", **fields: Any) -> dict[str, Any]:
    return {"step": "board", "approvers": [{"user": approver}], **fields}


def _process(*rows: dict[str, Any], **changes: Any) -> PurchaseProcess:
    document = _document(*rows, **changes)
    assert process_errors(document) == []
    return read_process(document)


def _line(category: str, supplier: str) -> LineFacts:
    return LineFacts(
        product_code="X",
        quantity=Decimal(1),
        unit_price=Decimal(1),
        amount=Decimal(1),
        product_category=category,
        supplier=supplier,
    )


def _asked(process: PurchaseProcess, **changes: Any) -> Match:
    return matched(process, facts(**changes))["board"]


LINES = (_line("Máy tính", "FPT Synnex"), _line("Nội thất", "Hòa Phát"))


@pytest.mark.parametrize(
    ("row", "request_facts", "matches"),
    [
        ({}, {}, True),
        ({"department": "Kinh doanh"}, {}, True),
        ({"department": " KINH  doanh "}, {}, True),
        ({"department": "Mua sắm"}, {}, False),
        ({"amount_from": "100"}, {"total": Decimal(100)}, True),
        ({"amount_from": "100"}, {"total": Decimal("99.9999")}, False),
        ({"amount_to": "100"}, {"total": Decimal("99.9999")}, True),
        ({"amount_to": "100"}, {"total": Decimal(100)}, False),
        ({"amount_to": "100"}, {"total": Decimal(1), "routing_amount": Decimal(100)}, False),
        ({"amount_to": "100"}, {"total": Decimal(1), "currency": "USD"}, False),
        ({}, {"total": Decimal(1), "currency": "USD"}, True),
        ({"product_category": "nội thất"}, {"lines": LINES}, True),
        ({"product_category": "Phần mềm"}, {"lines": LINES}, False),
        ({"supplier": "Hòa Phát"}, {"lines": LINES}, True),
        ({"supplier": "Hòa Phát", "product_category": "Nội thất"}, {"lines": LINES}, True),
        ({"supplier": "Hòa Phát", "product_category": "Máy tính"}, {"lines": LINES}, False),
        ({"product_category": "Nội thất"}, {"lines": ()}, False),
        ({}, {"lines": ()}, True),
    ],
)
def test_a_row_matches_when_everything_that_it_says_is_so(
    row: dict[str, Any], request_facts: dict[str, Any], matches: bool
) -> None:
    match = _asked(_process(_row(**row)), **request_facts)
    assert [one.number for one in match.rows] == ([1] if matches else [])
    assert (match.nearest is None) is matches


def _usernames(process: PurchaseProcess, **changes: Any) -> tuple[RoutedStep, list[str]]:
    (routed, *_) = route(process, facts(**changes), PEOPLE)
    return routed, [person.username for person in routed.plan.approvers]


def test_the_first_row_wins_or_all_are_collected() -> None:
    rows = (_row("director", amount_from="100"), _row("manager", vote="all", deadline="2bd"))
    first, asked = _usernames(_process(*rows))
    assert (asked, first.plan.matrix_rows) == (["director"], (1,))
    collected, asked = _usernames(_process(*rows, matches="collected"))
    assert (asked, collected.plan.matrix_rows) == (["director", "manager"], (1, 2))
    assert (collected.plan.decision, str(collected.plan.deadline)) == ("all", "2bd")


def test_a_step_may_name_approvers_besides_and_keeps_its_vote_and_deadline_where_a_row_says_none() -> None:
    step = {"approvers": [{"manager": 1}, {"matrix": True}], "decision": "all", "deadline": "8bh"}
    routed, asked = _usernames(_process(_row("deputy"), step=step))
    assert asked == ["deputy", "manager"]
    assert (routed.plan.decision, str(routed.plan.deadline)) == ("all", "8bh")


def test_who_is_asked_is_told_which_row_it_was_and_which_comes_nearest() -> None:
    process = _process(
        _row("director", department="Kinh doanh", amount_to="200000000"), _row("chairman", amount_from="200000000")
    )
    routed, _ = _usernames(process)
    (reason, nearest) = routed.plan.why
    assert explain(reason.code, reason.params, "vi") == (
        "Dòng 1 của ma trận phê duyệt: phòng ban “Kinh doanh”, dưới 200.000.000 VND"
    )
    assert explain(nearest.code, nearest.params, "en") == (
        "Nearest row that does not match, 2: it begins at 200,000,000, and the amount is 125,000,000"
    )
    assert routed.plan.reasons["director"][0] == reason


def test_of_rows_that_miss_by_one_thing_the_nearest_is_the_one_whose_amount_is_closest() -> None:
    rows = [
        _row(department="Mua sắm"),
        _row(amount_from="900000000"),
        _row(amount_from="200000000", amount_to="300000000"),
    ]
    nearest = _asked(_process(*rows)).nearest
    assert nearest is not None
    assert nearest.params["row"] == "3"


def test_a_request_that_no_row_is_for_refuses_the_send_and_says_why() -> None:
    routed, _ = _usernames(_process(_row(amount_to="1000")))
    assert routed.refusal is not None
    assert routed.refusal.code is Code.NO_ELIGIBLE_APPROVER
    assert {"variant": "no_row", "row": "1", "amount_to": "1000"}.items() <= routed.refusal.params.items()


def test_nobody_approves_their_own_request_by_the_matrix() -> None:
    routed, _ = _usernames(_process(_row("sales")))
    assert routed.refusal is not None
    assert "variant" not in routed.refusal.params


BANDS = (_row("manager", amount_to="100"), _row("director", amount_from="100"))


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([_row(step="nobody")], [("0/step", "matrix_step")]),
        ([_row(amount_from="5", amount_to="5")], [("0/amount_to", "matrix_empty_range")]),
        ([_row(amount_to="0")], [("0/amount_to", "matrix_empty_range")]),
        ([_row(amount_to="100"), _row(amount_from="90")], [("1/amount_from", "matrix_overlap")]),
        ([_row(amount_from="90"), _row(amount_to="100")], [("1/amount_to", "matrix_overlap")]),
        ([_row(), _row(amount_to="5")], [("1/step", "matrix_unreachable")]),
        ([*BANDS, _row(department="Kho", amount_from="0")], [("2/step", "matrix_unreachable")]),
        ([*BANDS, _row(department="Kho")], []),  # of other currencies
        ([_row(), _row(department="Kho")], [("1/step", "matrix_unreachable")]),
        ([_row(department="Kho"), _row(department="kho", supplier="A")], [("1/step", "matrix_unreachable")]),
        ([_row(department="Kho"), _row(supplier="A"), _row()], []),
        ([_row(department="Kho", amount_to="100"), _row(amount_from="90")], []),
        ([_row(amount_from="100"), _row()], []),
        ([_row(approvers=[])], [("0/approvers", "pydantic.too_short")]),
        ([_row(approvers=[{"matrix": True}])], [("0/approvers/0", "approver_form")]),
        ([_row(amount_from="1e3")], [("0/amount_from", "pydantic.decimal_parsing")]),
        ([_row(vote="most")], [("0/vote", "decision_form")]),
        ([_row(deadline="soon")], [("0/deadline", "duration_form")]),
        ([{"approvers": [{"user": "a"}]}], [("0/step", "pydantic.missing")]),
    ],
)
def test_what_is_wrong_with_a_row_is_said_at_its_cell(rows: list[dict[str, Any]], wrong: list[tuple[str, str]]) -> None:
    expected = {(f"/matrix/rows/{place}", PYDANTIC.get(message, message)) for place, message in wrong}
    assert {(error.pointer, error.message) for error in process_errors(_document(*rows))} == expected


def test_rows_that_are_collected_may_overlap_and_may_not_say_the_same_twice() -> None:
    rows = [_row(amount_to="100"), _row(amount_from="90"), _row("manager", amount_to="100"), _row(amount_to="100")]
    assert [(error.pointer, error.message) for error in process_errors(_document(*rows, matches="collected"))] == [
        ("/matrix/rows/3/step", "matrix_twice")
    ]


def test_a_step_needs_the_matrix_that_it_asks_and_version_2() -> None:
    document = _document()
    del document["matrix"]
    assert [error.message for error in process_errors(document)] == ["no_matrix"]
    errors = process_errors(_document(schema_version=1))
    assert {error.pointer for error in errors} == {"/matrix", "/steps/0/approvers/0"}


def test_the_vote_of_a_chosen_approver_is_theirs_alone() -> None:
    document = _document(_row(vote="all"), step={"choose": True})
    assert [error.pointer for error in process_errors(document)] == ["/matrix/rows/0/vote"]


DEPARTMENTS = ("Kho", "Mua sắm")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (BANDS, []),
        ((), [("", "matrix_gap_general", {})]),
        ((_row(supplier="A"),), [("/0/supplier", "matrix_gap_general", {})]),
        ((_row(amount_to="100"),), [("/0/amount_to", "matrix_gap_above", {"low": "100"})]),
        ((_row(amount_from="100"),), [("/0/amount_from", "matrix_gap", {"low": "0", "high": "100"})]),
        (
            (_row(amount_to="50"), _row(amount_from="100")),
            [("/0/amount_to", "matrix_gap", {"low": "50", "high": "100"})],
        ),
        (
            (_row(department="Kho"),),
            [("/0/department", "matrix_gap_above_of_department", {"low": "0", "department": "Mua sắm"})],
        ),
        (
            (_row(department="Kho", amount_to="9"), _row(department="mua sắm")),
            [("/0/amount_to", "matrix_gap_above_of_department", {"low": "9", "department": "Kho"})],
        ),
        ((_row(department="Kho"), _row(department="Mua sắm")), []),
        ((_row(department="Kho", amount_to="9"), _row()), []),
    ],
)
def test_what_rows_leave_out_is_found(rows: tuple[dict[str, Any], ...], expected: list[Any]) -> None:
    matrix = _process(*rows).matrix
    assert matrix is not None
    found = gaps(matrix, ["board"], DEPARTMENTS)
    assert [(gap.pointer, gap.message, {k: v for k, v in gap.params.items() if k != "step"}) for gap in found] == [
        (f"/matrix/rows{place}", message, params) for place, message, params in expected
    ]


_AMOUNT = st.integers(0, 12).map(Decimal)
_RANGES = st.lists(st.tuples(_AMOUNT, st.integers(1, 6)).map(lambda one: (one[0], one[0] + one[1])), max_size=6).map(
    lambda pairs: [Range(low, high, number) for number, (low, high) in enumerate(pairs, 1)]
)


@given(_RANGES, st.tuples(_AMOUNT, st.integers(1, 6)))
def test_coverage_is_what_looking_at_each_amount_says(ranges: list[Range], wanted: tuple[Decimal, int]) -> None:
    half = [Decimal(n) / 2 for n in range(60)]

    def within(amount: Decimal) -> bool:
        return any(one.low <= amount < one.high for one in ranges)

    coverage, target = Coverage(ranges), Range(wanted[0], wanted[0] + wanted[1], 99)
    left = list(coverage.gaps())
    assert [amount for amount in half if not within(amount)] == [
        amount for amount in half if any(low <= amount < high for low, high in left)
    ]
    inside = all(within(amount) for amount in half if target.low <= amount < target.high)
    assert (covered_by([coverage], target) is not None) is inside
    assert (covered_by([Coverage(ranges[:2]), Coverage(ranges[2:])], target) is not None) is inside
    assert left[-1][1] == ENDLESS


@given(_RANGES)
def test_ranges_cross_where_each_has_something_of_its_own(ranges: list[Range]) -> None:
    crossing = any(one.low < other.low < one.high < other.high for one in ranges for other in ranges)
    assert bool(list(crossings(ranges))) is crossing


def test_five_thousand_rows_are_checked_and_asked_in_no_time() -> None:
    rows = [
        _row(
            department=f"Phòng {n % 500}", product_category=f"Nhóm {n // 500}", amount_from=str(n), amount_to=str(n + 1)
        )
        for n in range(MOST_ROWS - 1)
    ]
    document = _document(*rows, _row())
    begun = time.perf_counter()
    assert process_errors(document) == []
    assert time.perf_counter() - begun < 5
    process, request = read_process(document), facts()
    matched(process, request)
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        assert matched(process, request)["board"].rows[0].number == MOST_ROWS
        times.append(time.perf_counter() - begun)
    assert sorted(times)[10] < 0.02, "a machine that does other things too has four times as long as the aim"


# --- what a change by an approver does ---

STEPS = (
    {"key": "first", "name": "Đầu", "approvers": [{"user": "manager"}], "may_edit": ["lines.quantity"]},
    {"key": "board", "name": "Hội đồng", "approvers": [{"matrix": True}], "may_edit": ["lines.quantity"]},
)
SMALL, LARGE = Decimal(125_000_000), Decimal(1_250_000_000)
BY_AMOUNT = (_row("deputy", amount_to="1000000000"), _row("director", amount_from="1000000000"))


def _change(process: PurchaseProcess, actor: str, step: str, *before: str, lifted: RequestFacts) -> Accepted | Refusal:
    """An approver multiplies the quantity of a line; before it, others approve."""
    state = sent(*plan_round(route(process, facts(), PEOPLE), {}))
    for number, username in enumerate(before):
        outcome = decide(state, decision(Action.APPROVE, username, number=number), AT)
        assert isinstance(outcome, Accepted)
        state = outcome.state
    wish = decision(
        Action.APPROVE, actor, number=9, step=step, changes={"lines": [{"id": str(LINE), "quantity": "100"}]}
    )
    return decide(state, wish, AT, rerouted=Rerouted(steps=route(process, lifted, PEOPLE)))


def test_a_change_gives_a_waiting_step_to_the_people_of_the_other_row() -> None:
    process = _process(*BY_AMOUNT, steps=list(STEPS))
    outcome = _change(process, "manager", "first", lifted=facts(total=LARGE))
    assert isinstance(outcome, Accepted)
    board = outcome.state.step("board")
    assert board is not None
    assert [person.username for person in board.waiting_on] == ["director"]
    assert (board.state, board.plan.matrix_rows) == (StepState.OPEN, (2,))
    given_away = board.assignment_of("deputy")
    assert given_away is not None
    assert given_away.state is AssignmentState.FORWARDED


def test_nobody_lifts_a_request_into_another_row_behind_the_back_of_whom_it_concerns() -> None:
    process = _process(*BY_AMOUNT, steps=list(STEPS))
    refused = _change(process, "deputy", "board", "manager", lifted=facts(total=LARGE))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.params["variant"], refused.params["row"]) == (Code.NOT_ELIGIBLE, "matrix", "2")


def test_whoever_the_other_row_names_too_may_lift_it_into_that() -> None:
    rows = (_row("deputy", amount_to="1000000000"), _row("deputy", amount_from="1000000000", vote="all"))
    rows[1]["approvers"] = [{"user": "deputy"}, {"user": "director"}]
    outcome = _change(_process(*rows, steps=list(STEPS)), "deputy", "board", "manager", lifted=facts(total=LARGE))
    assert isinstance(outcome, Accepted)
    board = outcome.state.step("board")
    assert board is not None
    assert board.state is StepState.OPEN, "all of the other row must approve"
    assert [person.username for person in board.waiting_on] == ["director"]


def test_a_step_that_was_decided_is_not_lifted_into_another_row_later() -> None:
    after = {"key": "last", "name": "Cuối", "approvers": [{"user": "chairman"}], "may_edit": ["lines.quantity"]}
    process = _process(*BY_AMOUNT, steps=[STEPS[1], after])
    refused = _change(process, "chairman", "last", "deputy", lifted=facts(total=LARGE))
    assert isinstance(refused, Refusal)
    assert refused.params["step"] == "board"


def test_a_change_that_no_row_is_for_is_refused() -> None:
    process = _process(_row("deputy", amount_to="1000000000"), steps=list(STEPS))
    refused = _change(process, "manager", "first", lifted=facts(total=LARGE))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.NO_ELIGIBLE_APPROVER


def test_an_older_matrix_is_read_whatever_it_says_besides() -> None:
    matrix = ApprovalMatrix.model_validate(
        {"matches": "first", "rows": [{"step": "a", "approvers": [], "colour": "red"}]}
    )
    assert matrix.rows[0].step == "a"
