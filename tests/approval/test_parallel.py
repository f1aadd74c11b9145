"""Steps that are open at the same time. Source: processes.md, "Parallel blocks"."""

from __future__ import annotations

from typing import Any

import pytest

from approval.effects import EventType
from approval.model import Action, Code, ProcessStatus, Refusal, StepState
from approval.process import RepeatApprover
from approval.routing import BlockRef, Rerouted, RoutedStep, StepPlan
from approval.run import decide
from approval.state import AssignmentState, RunState
from approval.transition import Accepted
from approval.votes import DecisionRule
from tests.approval.company import AT, LINE, after, decision, sent, step

REVIEW = BlockRef(key="review", name={"vi": "Thẩm định", "en": "Review"})
FINANCE = step("finance", "manager", block=REVIEW)
TECHNICAL = step("technical", "director", "deputy", block=REVIEW)
LAST = step("last", "chairman")


def _states(state: RunState) -> dict[str, StepState]:
    return {one.plan.key: one.state for one in state.steps}


def _quantity(value: str) -> dict[str, Any]:
    return {"lines": [{"id": str(LINE), "quantity": value}]}


def test_all_steps_of_a_block_open_together_and_what_follows_waits_for_all_of_them() -> None:
    state = sent(FINANCE, TECHNICAL, LAST)
    assert _states(state) == {"finance": StepState.OPEN, "technical": StepState.OPEN, "last": StepState.WAITING}
    state = after(state, Action.APPROVE, "director", step="technical").state
    assert _states(state) == {"finance": StepState.OPEN, "technical": StepState.APPROVED, "last": StepState.WAITING}
    state = after(state, Action.APPROVE, "manager", step="finance").state
    assert _states(state) == {"finance": StepState.APPROVED, "technical": StepState.APPROVED, "last": StepState.OPEN}


def test_a_block_after_a_step_opens_when_that_is_approved() -> None:
    state = sent(LAST, FINANCE, TECHNICAL)
    assert [one.plan.key for one in state.open_steps] == ["last"]
    accepted = after(state, Action.APPROVE, "chairman")
    assert [one.plan.key for one in accepted.state.open_steps] == ["finance", "technical"]
    opened = [event.facts["step"] for event in accepted.events if event.type is EventType.STEP_OPENED]
    assert opened == ["finance", "technical"]


def test_a_block_is_passed_when_its_steps_are_approved_or_skipped() -> None:
    skipped = TECHNICAL.model_copy(update={"skipped": True, "approvers": ()})
    state = after(sent(FINANCE, skipped, LAST), Action.APPROVE, "manager").state
    assert [one.plan.key for one in state.open_steps] == ["last"]


def test_two_blocks_in_a_row_are_two() -> None:
    other = BlockRef(key="other", name=REVIEW.name)
    first = (FINANCE, TECHNICAL)
    second = (step("legal", "chairman", block=other), step("security", "deputy", block=other))
    state = sent(*first, *second)
    assert [one.plan.key for one in state.open_steps] == ["finance", "technical"]


@pytest.mark.parametrize(("end", "status"), [(False, ProcessStatus.RETURNED), (True, ProcessStatus.REJECTED)])
def test_a_return_or_a_rejection_in_one_branch_closes_the_others(end: bool, status: ProcessStatus) -> None:
    accepted = after(sent(FINANCE, TECHNICAL), Action.REJECT, "manager", step="finance", note="vì sao", end=end)
    assert accepted.state.process_status is status
    technical = accepted.state.step("technical")
    assert technical is not None
    assert {one.state for one in technical.assignments} == {AssignmentState.NOT_NEEDED}
    told = [event.facts for event in accepted.events if event.type is EventType.ASSIGNMENT_NOT_NEEDED]
    assert {facts["person"] for facts in told} == {"director", "deputy"}
    assert {facts["status"] for facts in told} == {status}, "so that they can be told why"


def test_without_a_step_a_decision_is_about_the_one_that_waits_on_its_actor() -> None:
    both = step("technical", "director", "manager", decision=DecisionRule.ALL, block=REVIEW)
    state = after(sent(FINANCE, both), Action.APPROVE, "manager", step="finance").state
    assert after(state, Action.APPROVE, "manager").step == "technical"


def test_a_field_that_another_branch_has_changed_is_not_changed_to_something_else_beside_it() -> None:
    state = after(
        sent(FINANCE, TECHNICAL, LAST), Action.APPROVE, "manager", step="finance", changes=_quantity("8")
    ).state
    refusal = decide(state, decision(Action.APPROVE, "director", step="technical", changes=_quantity("7")), AT)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.FIELD_NOT_EDITABLE
    (wrong,) = refusal.errors
    assert (wrong.pointer, wrong.message) == ("/changes/lines/0/quantity", "changed_in_parallel")
    assert wrong.params == {"name": "Quản lý", "value": "8"}
    same = after(state, Action.APPROVE, "director", step="technical", changes=_quantity("8")).state
    assert [change.after for change in same.proposed] == ["8"]
    later = after(same, Action.APPROVE, "chairman", changes=_quantity("7")).state
    assert [change.after for change in later.proposed] == ["8", "7"], "what comes after a block may change it again"


def _carrying(*plans: StepPlan) -> RunState:
    return sent(*(plan.model_copy(update={"repeat_approver": RepeatApprover.CARRY}) for plan in plans))


def test_somebody_in_two_steps_is_asked_again_by_default() -> None:
    state = after(sent(step("one", "manager"), step("two", "manager")), Action.APPROVE, "manager").state
    assert [one.plan.key for one in state.open_steps] == ["two"]


def test_an_approval_is_carried_to_a_later_step_and_is_never_shown_as_a_new_one() -> None:
    accepted = after(_carrying(step("one", "manager"), step("two", "manager"), LAST), Action.APPROVE, "manager")
    two = accepted.state.step("two")
    assert two is not None
    assert (two.state, two.approved_by, two.carried[0].acted_by) == (StepState.APPROVED, (), None)
    assert two.carried[0].reasons[-1].code == "carried_from"
    assert two.carried[0].reasons[-1].params["step_name_en"] == "Step one"
    assert [one.plan.key for one in accepted.state.open_steps] == ["last"]
    told = [event.type for event in accepted.events if event.facts.get("step") == "two"]
    assert told == [EventType.STEP_CARRIED]


def test_an_approval_is_carried_to_a_step_that_is_open_beside_it() -> None:
    both = step("technical", "director", "manager", decision=DecisionRule.ALL, block=REVIEW)
    state = after(_carrying(FINANCE, both), Action.APPROVE, "manager", step="finance").state
    technical = state.step("technical")
    assert technical is not None
    assert [one.person.username for one in technical.carried] == ["manager"]
    assert technical.state is StepState.OPEN
    assert after(state, Action.APPROVE, "director").state.process_status is ProcessStatus.COMPLETED


def test_an_approval_is_not_carried_once_something_else_is_approved() -> None:
    state = after(
        _carrying(step("one", "manager"), step("two", "director"), step("three", "manager")), Action.APPROVE, "manager"
    ).state
    changed = after(state, Action.APPROVE, "director", changes=_quantity("8")).state
    assert [one.plan.key for one in changed.open_steps] == ["three"]
    same = after(state, Action.APPROVE, "director").state
    assert same.process_status is ProcessStatus.COMPLETED


def test_own_changes_do_not_stop_an_approval_from_being_carried() -> None:
    state = _carrying(step("one", "manager"), step("two", "manager"), LAST)
    state = after(state, Action.APPROVE, "manager", changes=_quantity("8")).state
    assert [one.plan.key for one in state.open_steps] == ["last"]


def _approved_with(state: RunState, rerouted: tuple[RoutedStep, ...]) -> RunState:
    what = decision(Action.APPROVE, "manager", step="finance", changes=_quantity("8"))
    outcome = decide(state, what, AT, rerouted=Rerouted(steps=rerouted))
    assert isinstance(outcome, Accepted), outcome
    return outcome.state


def test_a_step_that_a_change_adds_to_an_open_block_opens_at_once() -> None:
    skipped = TECHNICAL.model_copy(update={"skipped": True, "approvers": ()})
    beside = step("legal", "chairman", block=REVIEW)
    state = _approved_with(sent(FINANCE, skipped, beside), (RoutedStep(plan=TECHNICAL),))
    assert _states(state) == {"finance": StepState.APPROVED, "technical": StepState.OPEN, "legal": StepState.OPEN}


@pytest.mark.parametrize(("may_drop", "becomes"), [(False, StepState.OPEN), (True, StepState.SKIPPED)])
def test_a_step_that_a_change_makes_needless_is_dropped_only_where_the_process_says_so(
    may_drop: bool, becomes: StepState
) -> None:
    last = LAST.model_copy(update={"may_drop": may_drop})
    needless = RoutedStep(plan=last.model_copy(update={"skipped": True, "approvers": ()}))
    state = _approved_with(sent(FINANCE, last), (needless,))
    dropped = state.step("last")
    assert dropped is not None
    assert dropped.state is becomes
    assert state.ended is may_drop
    if may_drop:
        assert [one.state for one in dropped.assignments] == [AssignmentState.NOT_NEEDED]
        assert dropped.plan.why[-1].code == "dropped_by_change"


def test_a_step_that_was_dropped_is_asked_anew_when_a_later_change_needs_it() -> None:
    waiting = step("second", "director")
    last = LAST.model_copy(update={"may_drop": True})
    needless = RoutedStep(plan=last.model_copy(update={"skipped": True, "approvers": ()}))
    dropped = _approved_with(sent(FINANCE, waiting, last), (needless,))
    what = decision(Action.APPROVE, "director", changes=_quantity("9"))
    outcome = decide(dropped, what, AT, rerouted=Rerouted(steps=(RoutedStep(plan=last),)))
    assert isinstance(outcome, Accepted)
    again = outcome.state.step("last")
    assert again is not None
    assert (again.state, again.visit) == (StepState.OPEN, 2)
    before = dropped.step("last")
    assert before is not None
    assert {one.id for one in again.assignments}.isdisjoint({one.id for one in before.assignments})
