"""Returning to an earlier step, and asking again only whom it concerns. Source: processes.md, "Sending back"."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from approval.changes import ProposedChange
from approval.delta import Content, LastApproval, StepOutcome, outcome
from approval.effects import EventType
from approval.inputs import InputField
from approval.model import Action, Code, ProcessStatus, Refusal, StepState
from approval.process import RepeatApprover, Resume
from approval.routing import BlockRef, CarriedFrom, StepPlan
from approval.run import begin_round, decide
from approval.state import AssignmentState, Round, RunState
from approval.transition import Accepted
from approval.votes import DecisionRule, Quorum
from tests.approval.company import AT, LINE, OTHER_LINE, VALUES, after, decision, person, sent, step

REVIEW = BlockRef(key="review", name={"vi": "Thẩm định", "en": "Review"})
ONE = step("one", "manager")
TWO = step("two", "director", may_return_to=("one",))
THREE = step("three", "chairman", may_return_to=("one", "two"))


def _states(state: RunState) -> dict[str, tuple[StepState, int]]:
    return {one.plan.key: (one.state, one.visit) for one in state.steps}


def _to(state: RunState, actor: str, to: str, **more: Any) -> Accepted:
    return after(state, Action.REJECT, actor, note="vì sao", to=to, **more)


def _at_three() -> RunState:
    state = after(sent(ONE, TWO, THREE), Action.APPROVE, "manager").state
    return after(state, Action.APPROVE, "director").state


def _quantity(value: str) -> dict[str, Any]:
    return {"lines": [{"id": str(LINE), "quantity": value}]}


def test_an_earlier_step_opens_again_as_a_new_visit_and_the_request_stays_in_progress() -> None:
    accepted = _to(_at_three(), "chairman", "one")
    assert accepted.state.process_status is ProcessStatus.IN_PROGRESS
    assert accepted.crm_note
    assert _states(accepted.state) == {
        "one": (StepState.OPEN, 2),
        "two": (StepState.WAITING, 2),
        "three": (StepState.WAITING, 2),
    }
    (ended,) = accepted.ended_visits
    assert [one.state for one in ended.assignments] == [AssignmentState.RETURNED]
    opened = [event.facts["person"] for event in accepted.events if event.type is EventType.ASSIGNMENT_OPENED]
    assert opened == ["manager"]
    assert not [event for event in accepted.events if event.type is EventType.REQUEST_RETURNED]


def test_from_start_every_step_in_between_asks_again() -> None:
    state = _to(_at_three(), "chairman", "one").state
    for actor, key in (("manager", "one"), ("director", "two"), ("chairman", "three")):
        assert [one.plan.key for one in state.open_steps] == [key]
        state = after(state, Action.APPROVE, actor).state
    assert state.process_status is ProcessStatus.COMPLETED


@pytest.mark.parametrize(
    ("changes", "inputs", "asked"),
    [
        (None, (), ["three"]),
        (_quantity("8"), (), ["two", "three"]),
        (_quantity("8"), (InputField.PURPOSE,), ["three"]),
        (_quantity("8"), (InputField.LINE_QUANTITY,), ["two", "three"]),
        (_quantity("8"), (InputField.TOTAL,), ["two", "three"]),
        ({"purpose": "Khác"}, (InputField.TOTAL, InputField.LINE_QUANTITY), ["three"]),
    ],
)
def test_by_delta_a_step_in_between_holds_while_nothing_that_it_looks_at_was_changed(
    changes: dict[str, Any] | None, inputs: tuple[InputField, ...], asked: list[str]
) -> None:
    two = TWO.model_copy(update={"inputs": inputs})
    one = ONE.model_copy(update={"may_edit": (*ONE.may_edit, "purpose")})
    state = after(sent(one, two, THREE), Action.APPROVE, "manager").state
    state = after(state, Action.APPROVE, "director").state
    state = _to(state, "chairman", "one", resume=Resume.DELTA).state
    state = after(state, Action.APPROVE, "manager", changes=changes).state
    found = []
    while state.open_step is not None:
        found.append(state.open_step.plan.key)
        state = after(state, Action.APPROVE, state.open_step.waiting_on[0].username).state
    assert found == asked
    again = state.step("two")
    assert again is not None
    held = asked == ["three"]
    assert [one.state for one in again.assignments] == [AssignmentState.CARRIED if held else AssignmentState.APPROVED]
    assert (again.approved_by == ()) is held


def test_the_step_that_returned_asks_again_even_by_delta() -> None:
    state = _to(_at_three(), "chairman", "two", resume=Resume.DELTA).state
    state = after(state, Action.APPROVE, "director").state
    assert [one.plan.key for one in state.open_steps] == ["three"]


def test_steps_beside_the_one_that_is_returned_to_keep_what_they_have() -> None:
    legal = step("legal", "manager", block=REVIEW)
    technical = step("technical", "director", block=REVIEW)
    last = step("last", "chairman", may_return_to=("technical",))
    state = sent(legal, technical, last)
    state = after(state, Action.APPROVE, "manager", step="legal").state
    state = after(state, Action.APPROVE, "director", step="technical").state
    state = _to(state, "chairman", "technical").state
    assert _states(state) == {
        "legal": (StepState.APPROVED, 1),
        "technical": (StepState.OPEN, 2),
        "last": (StepState.WAITING, 2),
    }


def test_a_return_from_one_branch_closes_the_others() -> None:
    legal = step("legal", "deputy", block=REVIEW)
    technical = step("technical", "director", block=REVIEW, may_return_to=("one",))
    state = after(sent(ONE, legal, technical), Action.APPROVE, "manager").state
    accepted = _to(state, "director", "one", step="technical")
    assert _states(accepted.state) == {
        "one": (StepState.OPEN, 2),
        "legal": (StepState.WAITING, 2),
        "technical": (StepState.WAITING, 2),
    }
    told = {event.facts["person"] for event in accepted.events if event.type is EventType.ASSIGNMENT_NOT_NEEDED}
    assert told == {"deputy"}
    assert len(accepted.ended_visits) == 2


@pytest.mark.parametrize("to", ["three", "four", "", "owner"])
def test_a_step_returns_only_where_its_process_lets_it(to: str) -> None:
    what = decision(Action.REJECT, "chairman", note="vì sao", to=to)
    refusal = decide(_at_three(), what, AT)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.errors[0].pointer) == (Code.INVALID, "/to")


def test_a_step_that_was_skipped_cannot_be_returned_to() -> None:
    skipped = ONE.model_copy(update={"skipped": True, "approvers": ()})
    refusal = decide(sent(skipped, TWO), decision(Action.REJECT, "director", note="vì sao", to="one"), AT)
    assert isinstance(refusal, Refusal)
    assert refusal.errors[0].message == "step_was_not_decided"


def test_a_return_needs_a_note_and_is_its_approvers_alone() -> None:
    state = _at_three()
    for actor, note, code in (
        ("chairman", "", Code.NOTE_REQUIRED),
        ("manager", "x", Code.NOT_YOUR_STEP),
        ("sales", "x", Code.SELF_APPROVAL),
    ):
        refusal = decide(state, decision(Action.REJECT, actor, note=note, to="one"), AT)
        assert isinstance(refusal, Refusal)
        assert refusal.code is code


# Which approvals of earlier rounds hold.

THEN = Content(
    header={InputField.PURPOSE: "Máy tính", InputField.CURRENCY: "VND", InputField.TOTAL: Decimal(1000)},
    lines={LINE: {InputField.LINE_QUANTITY: Decimal(10), InputField.LINE_UNIT_PRICE: Decimal(100)}},
)


def _now(header: dict[InputField, Any] | None = None, line: dict[InputField, Any] | None = None) -> Content:
    lines = {LINE: {**THEN.lines[LINE], **(line or {})}}
    return Content(header={**THEN.header, **(header or {})}, lines=lines)


def _last(plan: StepPlan, **changes: Any) -> LastApproval:
    values: dict[str, Any] = {
        "round": 1,
        "people": frozenset(one.username for one in plan.approvers),
        "decision": plan.decision,
        "approved_by": plan.approvers[:1],
        "content": THEN,
        "crossed": False,
    }
    return LastApproval(**values | changes)


Q, P, T, PURPOSE = InputField.LINE_QUANTITY, InputField.LINE_UNIT_PRICE, InputField.TOTAL, InputField.PURPOSE
MORE_LINES = Content(header=THEN.header, lines={**THEN.lines, OTHER_LINE: dict(THEN.lines[LINE])})


@pytest.mark.parametrize(
    ("now", "inputs", "tolerance", "expected"),
    [
        (_now(), (), 0, "carried_from_round"),
        (_now({PURPOSE: "Khác"}), (), 0, "input_changed"),
        (_now({PURPOSE: "Khác"}), (T, Q), 0, "carried_from_round"),
        (_now(line={Q: Decimal(11)}), (PURPOSE, T), 0, "carried_from_round"),
        (_now(line={Q: Decimal(11)}), (Q,), 0, "input_changed"),
        (_now(line={Q: Decimal(11)}), (Q,), 10, "carried_within_tolerance"),
        (_now(line={Q: Decimal(11)}), (Q,), 9, "input_changed"),
        (_now(line={Q: Decimal(9)}), (Q,), 10, "carried_within_tolerance"),
        (_now({T: Decimal(1050)}), (T,), 5, "carried_within_tolerance"),
        (_now({T: Decimal("1050.0001")}), (T,), 5, "input_changed"),
        (MORE_LINES, (T, Q), 100, "input_changed"),
        (MORE_LINES, (T,), 0, "carried_from_round"),
        (MORE_LINES, (InputField.LINES,), 100, "input_changed"),
    ],
)
def test_a_step_asks_again_when_what_it_looks_at_differs_from_what_it_last_approved(
    now: Content, inputs: tuple[InputField, ...], tolerance: int, expected: str
) -> None:
    plan = step("one", "manager", inputs=inputs, tolerance=tolerance)
    found, why = outcome(plan, _last(plan), now, returned=False)
    assert why[0].code == expected
    assert found is (StepOutcome.CARRIED if expected.startswith("carried") else StepOutcome.ASKS_AGAIN)


@pytest.mark.parametrize(
    ("plan", "last", "returned", "expected", "why"),
    [
        (step("one", "manager"), {}, True, StepOutcome.ASKS_AGAIN, "returned_it"),
        (
            step("one", "manager"),
            {"people": frozenset({"director"})},
            False,
            StepOutcome.ASKS_AGAIN,
            "approvers_changed",
        ),
        (step("one", "manager"), {"decision": DecisionRule.ALL}, False, StepOutcome.ASKS_AGAIN, "rule_changed"),
        (step("one", "manager", tolerance=100), {"crossed": True}, False, StepOutcome.ASKS_AGAIN, "threshold_crossed"),
        (step("one", "manager"), None, False, StepOutcome.NEW, ""),
        (step("one", "manager"), None, True, StepOutcome.ASKS_AGAIN, "returned_it"),
        (step("one", skipped=True), {"people": frozenset({"manager"})}, False, StepOutcome.SKIPPED, "always"),
    ],
)
def test_a_step_asks_again_for_each_of_its_reasons(
    plan: StepPlan, last: dict[str, Any] | None, returned: bool, expected: StepOutcome, why: str
) -> None:
    approval = None if last is None else _last(step("one", "manager"), **last)
    found, reasons = outcome(plan, approval, _now(), returned=returned)
    assert (found, [reason.code for reason in reasons]) == (expected, [why] if why else [])


def test_five_small_steps_do_not_pass_a_tolerance() -> None:
    """What counts is what the step last approved, however often the request was sent since."""
    plan = step("one", "manager", inputs=(T,), tolerance=5)
    totals = [Decimal(1000) * (1 + Decimal(part) / 100) for part in (2, 4, 6)]
    found = [outcome(plan, _last(plan), _now({T: total}), returned=False)[0] for total in totals]
    assert found == [StepOutcome.CARRIED, StepOutcome.CARRIED, StepOutcome.ASKS_AGAIN]


def test_an_approval_that_holds_is_in_the_new_round_as_such_and_nobody_is_asked_for_it() -> None:
    returned = after(after(sent(ONE, TWO), Action.APPROVE, "manager").state, Action.REJECT, "director", note="x").state
    carried = ONE.model_copy(update={"carried": CarriedFrom(round=1, approved_by=(person("manager"),))})
    outcome_ = begin_round(returned, decision(Action.SEND, "sales"), Round(steps=(carried, TWO), values=VALUES), AT)
    assert isinstance(outcome_, Accepted)
    one = outcome_.state.step("one")
    assert one is not None
    assert (one.state, one.approved_by) == (StepState.APPROVED, ())
    (place,) = one.assignments
    assert (place.state, place.acted_by, place.closed_at) == (AssignmentState.CARRIED, None, AT.written)
    assert place.reasons[-1].code == "carried_from_round"
    assert [event.type for event in outcome_.events if event.facts.get("step") == "one"] == [EventType.STEP_CARRIED]
    assert [open_.plan.key for open_ in outcome_.state.open_steps] == ["two"]


def test_of_a_quorum_those_who_approved_hold_and_the_others_are_not_needed() -> None:
    board = step("board", "manager", "director", "deputy", decision=Quorum(quorum=2))
    held = CarriedFrom(round=1, approved_by=(person("manager"), person("deputy")))
    state = sent(board.model_copy(update={"carried": held}), step("last", "chairman"))
    found = {one.person.username: one.state for one in state.steps[0].assignments}
    assert found == {
        "manager": AssignmentState.CARRIED,
        "deputy": AssignmentState.CARRIED,
        "director": AssignmentState.NOT_NEEDED,
    }


def test_a_change_that_is_proposed_is_kept_when_the_request_goes_back_to_an_earlier_step() -> None:
    state = after(sent(ONE, TWO), Action.APPROVE, "manager", changes=_quantity("8")).state
    state = _to(state, "director", "one").state
    proposed: tuple[ProposedChange, ...] = state.proposed
    assert [change.after for change in proposed] == ["8"]


TOGETHER = BlockRef(key="together", name={"vi": "Cùng lúc", "en": "Together"})
CARRIES: dict[str, Any] = {"repeat_approver": RepeatApprover.CARRY}
TWICE = (
    step("left", "manager", "chairman", block=TOGETHER, **CARRIES),
    step("right", "manager", "chairman", block=TOGETHER, **CARRIES),
    step("last", "director", may_return_to=("left", "right"), **CARRIES),
)


@pytest.mark.parametrize("target", ["left", "right"])
def test_a_step_that_is_returned_to_asks_again_whoever_has_approved_one_beside_it(target: str) -> None:
    approved = after(sent(*TWICE), Action.APPROVE, "chairman", step="left").state
    assert [(one.plan.key, one.state) for one in approved.steps[:2]] == [
        ("left", StepState.APPROVED),
        ("right", StepState.APPROVED),  # by the same approval
    ]
    back = after(approved, Action.REJECT, "director", note="Xem lại", to=target).state
    asked = [one.plan.key for one in back.open_steps]
    assert asked == (["left", "right"] if target == "left" else ["right"]), (
        "what is carried ends with what it is carried from"
    )
