"""A run that is moved to another version of its process. Source: processes.md, "Before it is published"."""

from __future__ import annotations

from typing import Any

import pytest

from approval.model import Action, Code, ProcessStatus, Refusal, StepState
from approval.moving import changes
from approval.process import OnExpiry
from approval.routing import BlockRef, Replanned, Rerouted, RoutedStep, StepPlan
from approval.run import decide
from approval.state import AssignmentState, RunState
from approval.transition import Accepted
from approval.votes import DecisionRule
from tests.approval.company import AT, TWO_STEPS, after, decision, sent, step

FURTHER = after(sent(), Action.APPROVE, "manager").state
BLOCK = BlockRef(key="block", name={"vi": "Khối", "en": "Block"})
TOGETHER = (step("one", "manager", block=BLOCK), step("other", "deputy", block=BLOCK))
APART = (step("one", "manager"), step("other", "deputy"))


def _moved(state: RunState, *plans: StepPlan, to: int | None = 2, is_admin: bool = True) -> Accepted | Refusal:
    wish = decision(Action.MOVE_RUN, "chairman", number=77, to_version=to)
    return decide(state, wish, AT, is_admin=is_admin, by_version=Replanned(steps=plans))


def _accepted(state: RunState, *plans: StepPlan) -> RunState:
    outcome = _moved(state, *plans)
    assert isinstance(outcome, Accepted), outcome
    assert outcome.state.process_version == 2
    assert outcome.state.sequence == state.sequence + 1
    return outcome.state


def _states(state: RunState) -> list[tuple[str, StepState]]:
    return [(one.plan.key, one.state) for one in state.steps]


def _asked(state: RunState, key: str) -> list[str]:
    found = state.step(key)
    assert found is not None
    return [person.username for person in found.waiting_on]


def test_what_is_still_to_be_decided_is_as_the_other_version_has_it() -> None:
    state = _accepted(sent(), step("first", "manager"), step("second", "chairman"), step("third", "deputy"))
    assert _states(state) == [
        ("first", StepState.OPEN),
        ("second", StepState.WAITING),
        ("third", StepState.WAITING),
    ]
    assert _asked(state, "second") == ["chairman"]


def test_what_was_decided_stands_even_if_the_other_version_has_no_such_step() -> None:
    begun = after(sent(), Action.APPROVE, "manager").state
    state = _accepted(begun, step("second", "director"))
    assert _states(state) == [("first", StepState.APPROVED), ("second", StepState.OPEN)]
    assert state.steps[0] == begun.steps[0]


def test_whoever_is_asked_already_keeps_their_place_and_others_join_or_leave() -> None:
    begun = sent()
    place = begun.steps[0].assignments[0]
    state = _accepted(begun, step("first", "manager", "director"), TWO_STEPS[1])
    assert _asked(state, "first") == ["director", "manager"]
    kept = state.steps[0].assignment_of("manager")
    assert kept is not None
    assert (kept.id, kept.opened_at) == (place.id, place.opened_at)
    left = _accepted(begun, step("first", "chairman"), TWO_STEPS[1]).steps[0].assignment_of("manager")
    assert left is not None
    assert left.state is AssignmentState.FORWARDED


def test_votes_that_were_given_count_by_the_other_rule() -> None:
    both = step("both", "manager", "director", decision=DecisionRule.ALL)
    begun = after(sent(both), Action.APPROVE, "manager").state
    state = _accepted(begun, step("both", "manager", "director"), step("last", "deputy"))
    assert _states(state) == [("both", StepState.APPROVED), ("last", StepState.OPEN)]


def test_a_step_that_the_other_version_does_not_have_asks_nobody_any_more() -> None:
    state = _accepted(sent(), step("second", "director"))
    assert _states(state) == [("first", StepState.SKIPPED), ("second", StepState.OPEN)]
    assert state.steps[0].assignments[0].state is AssignmentState.NOT_NEEDED
    assert state.steps[0].plan.why[0].code == "not_in_version"


def test_a_step_that_the_other_version_skips_or_needs_follows_it() -> None:
    skipped = step("second", skipped=True)
    begun = sent(TWO_STEPS[0], skipped)
    state = _accepted(begun, step("first", skipped=True), step("second", "director"))
    assert _states(state) == [("first", StepState.SKIPPED), ("second", StepState.OPEN)]


def test_deadlines_are_those_of_the_other_version() -> None:
    plan = step("first", "manager", on_expiry=OnExpiry.RETURN, may_edit=())
    moved = _accepted(sent(), plan, TWO_STEPS[1]).steps[0].plan
    assert (moved.on_expiry, moved.may_edit) == (OnExpiry.RETURN, ())


def test_a_request_that_is_returned_begins_its_next_round_with_the_other_version() -> None:
    returned = after(sent(), Action.REJECT, "manager", note="Thiếu").state
    state = _accepted(returned)
    assert state.steps == returned.steps
    assert state.process_status is ProcessStatus.RETURNED


@pytest.mark.parametrize(
    ("state", "plans", "more", "code", "variant"),
    [
        (sent(), TWO_STEPS, {"is_admin": False}, Code.FORBIDDEN, None),
        (sent(), TWO_STEPS, {"to": 1}, Code.INVALID, None),
        (sent(), TWO_STEPS, {"to": None}, Code.INVALID, None),
        (after(sent(), Action.APPROVE, "manager").state, TWO_STEPS[:1], {}, Code.NO_ELIGIBLE_APPROVER, "nothing_left"),
        (sent(), (step("first", "sales"), TWO_STEPS[1]), {}, Code.NO_ELIGIBLE_APPROVER, None),
        (FURTHER, (step("zero", "chairman"), *TWO_STEPS), {}, Code.NOT_ELIGIBLE, "passed"),
        (FURTHER, TWO_STEPS[::-1], {}, Code.NOT_ELIGIBLE, "passed"),
        (sent(*TOGETHER), APART, {}, Code.NOT_ELIGIBLE, "passed"),
        (after(sent(), Action.REJECT, "manager", note="x", end=True).state, TWO_STEPS, {}, Code.RUN_ENDED, None),
    ],
    ids=[
        "no admin",
        "runs it already",
        "no version",
        "nothing left to decide",
        "only the owner",
        "a new step earlier",
        "another order",
        "open together",
        "ended",
    ],
)
def test_what_cannot_be_moved(
    state: RunState, plans: tuple[StepPlan, ...], more: dict[str, Any], code: Code, variant: str | None
) -> None:
    refused = _moved(state, *plans, **more)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.params.get("variant")) == (code, variant)


def test_a_move_says_what_it_does() -> None:
    begun = sent()
    outcome = _moved(begun, step("first", "manager", "director"), step("third", "deputy"))
    assert isinstance(outcome, Accepted)
    assert outcome.decision is not None
    assert (
        outcome.decision.note
        == "1 → 2; first: + Giám đốc; + third: + Phó giám đốc; − second: − Giám đốc, − Phó giám đốc"
    )
    assert [(one.key, one.change) for one in changes(begun, outcome.state)] == [
        ("first", "changed"),
        ("third", "added"),
        ("second", "gone"),
    ]


@pytest.mark.parametrize(("row", "accepted"), [((3,), True), ((4,), False)], ids=["the same row", "another row"])
def test_a_later_change_is_held_against_the_rows_of_the_version_that_the_run_goes_on_with(
    row: tuple[int, ...], accepted: bool
) -> None:
    first, second = step("first", "manager", matrix_rows=(1,)), TWO_STEPS[1]
    begun = after(sent(first, second), Action.APPROVE, "manager").state
    state = _accepted(begun, step("first", "chairman", matrix_rows=(3,)), second)
    change = {"desired_delivery_date": "2026-12-24"}
    routed = tuple(RoutedStep(plan=plan) for plan in (step("first", "chairman", matrix_rows=row), second))
    wish = decision(Action.APPROVE, "director", number=78, changes=change)
    outcome = decide(state, wish, AT, rerouted=Rerouted(steps=routed))
    assert isinstance(outcome, Accepted) is accepted, outcome
    assert accepted or (isinstance(outcome, Refusal) and outcome.params["variant"] == "matrix")
