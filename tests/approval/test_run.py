"""Who may do what with a run, and what follows. Source: domain.md, "The sync table" and decisions 3 to 7."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approval.editable import EditableField
from approval.model import Action, Code, ProcessStatus, Refusal, RunStatus, StepState
from approval.run import begin_round, decide, resolve_approvers
from approval.state import Decision, Round, RunState, When
from approval.transition import Accepted
from approval.votes import DecisionRule
from tests.approval.company import (
    ALL_OF_TWO,
    AT,
    BUSINESS_HOURS,
    LINE,
    NOW,
    TWO_STEPS,
    VALUES,
    after,
    decision,
    not_sent,
    person,
    sent,
    step,
    when,
)

LATER = when(NOW + timedelta(hours=1))


def _refused(state: RunState, what: Decision, *, is_admin: bool = False) -> Refusal:
    before = state.model_dump_json()
    outcome = decide(state, what, LATER, is_admin=is_admin)
    assert isinstance(outcome, Refusal), outcome
    assert state.model_dump_json() == before
    return outcome


def _statuses(outcome: Accepted) -> tuple[ProcessStatus, RunStatus]:
    return outcome.state.process_status, outcome.state.run_status


def _states(state: RunState) -> list[StepState]:
    return [step.state for step in state.steps]


def test_a_send_opens_the_first_step() -> None:
    state = sent()
    assert (state.round, state.sequence, _states(state)) == (1, 1, [StepState.OPEN, StepState.WAITING])
    assert state.open_step is not None
    assert state.open_step.opened_at == NOW


def test_a_send_passes_over_skipped_steps() -> None:
    state = sent(step("first", skipped=True), step("second", "director"))
    assert _states(state) == [StepState.SKIPPED, StepState.OPEN]


def test_a_round_in_which_every_step_is_skipped_does_not_begin() -> None:
    plans = (step("first", skipped=True),)
    outcome = begin_round(not_sent(), decision(Action.SEND, "sales"), Round(steps=plans, values=VALUES), AT)
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.params["variant"]) == (Code.NO_ELIGIBLE_APPROVER, "all_skipped")


def test_only_the_owner_sends() -> None:
    outcome = begin_round(not_sent(), decision(Action.SEND, "manager"), Round(steps=TWO_STEPS, values=VALUES), AT)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.FORBIDDEN


def test_what_is_in_progress_is_not_sent_again() -> None:
    outcome = begin_round(sent(), decision(Action.SEND, "sales"), Round(steps=TWO_STEPS, values=VALUES), AT)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.REQUEST_LOCKED


def test_an_owner_among_the_approvers_is_taken_out_whoever_put_them_there() -> None:
    state = sent(step("first", "sales", "manager"))
    assert [person.username for person in state.steps[0].people] == ["manager"]


def test_a_round_whose_only_approver_is_the_owner_does_not_begin() -> None:
    plans = (step("first", "manager"), step("second", "sales"))
    outcome = begin_round(not_sent(), decision(Action.SEND, "sales"), Round(steps=plans, values=VALUES), AT)
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.params["step"]) == (Code.NO_ELIGIBLE_APPROVER, "second")


def test_an_approval_opens_the_next_step() -> None:
    outcome = after(sent(), Action.APPROVE, "manager", step="first")
    assert _statuses(outcome) == (ProcessStatus.IN_PROGRESS, RunStatus.IN_PROGRESS)
    assert _states(outcome.state) == [StepState.APPROVED, StepState.OPEN]
    assert (outcome.crm_note, outcome.write_back) == (False, ())


def test_the_last_approval_completes_and_notes() -> None:
    state = after(sent(), Action.APPROVE, "manager", step="first").state
    outcome = after(state, Action.APPROVE, "deputy", step="second")
    assert _statuses(outcome) == (ProcessStatus.COMPLETED, RunStatus.COMPLETED)
    assert outcome.crm_note


def test_a_step_after_the_last_open_one_may_be_skipped() -> None:
    outcome = after(sent(step("first", "manager"), step("second", skipped=True)), Action.APPROVE, "manager")
    assert outcome.state.run_status is RunStatus.COMPLETED


def test_a_reject_returns_the_request_and_the_run_goes_on() -> None:
    outcome = after(sent(), Action.REJECT, "manager", step="first", note="Giảm số lượng")
    assert _statuses(outcome) == (ProcessStatus.RETURNED, RunStatus.IN_PROGRESS)
    assert outcome.state.open_step is None
    assert outcome.crm_note


def test_reject_and_end_ends_both() -> None:
    outcome = after(sent(), Action.REJECT, "manager", step="first", note="Hết ngân sách", end=True)
    assert _statuses(outcome) == (ProcessStatus.REJECTED, RunStatus.REJECTED)
    assert outcome.crm_note


def test_a_recall_returns_the_request() -> None:
    outcome = after(sent(), Action.RECALL, "sales")
    assert _statuses(outcome) == (ProcessStatus.RETURNED, RunStatus.IN_PROGRESS)
    assert outcome.crm_note


@pytest.mark.parametrize(("actor", "is_admin"), [("sales", False), ("chairman", True)])
@pytest.mark.parametrize("returned", [False, True])
def test_the_owner_or_an_admin_cancels_while_the_run_has_not_ended(actor: str, is_admin: bool, returned: bool) -> None:
    state = after(sent(), Action.RECALL, "sales").state if returned else sent()
    outcome = after(state, Action.CANCEL, actor, is_admin=is_admin, note="Khách hủy")
    assert _statuses(outcome) == (ProcessStatus.CANCELLED, RunStatus.CANCELLED)
    assert outcome.crm_note


def test_a_resend_begins_the_next_round_without_the_proposals_of_the_last() -> None:
    changes = {"lines": [{"id": str(LINE), "quantity": "8"}]}
    state = after(sent(), Action.APPROVE, "manager", step="first", changes=changes).state
    assert state.proposed
    state = sent(state=after(state, Action.REJECT, "director", step="second", note="-").state)
    assert (state.round, state.proposed, _states(state)) == (2, (), [StepState.OPEN, StepState.WAITING])
    assert state.steps[0].approved_by == ()


def test_changed_fields_reach_the_crm_only_with_the_last_approval() -> None:
    changes = {"lines": [{"id": str(LINE), "quantity": "8"}]}
    first = after(sent(), Action.APPROVE, "manager", step="first", changes=changes)
    assert first.write_back == ()
    last = after(
        first.state, Action.APPROVE, "director", step="second", changes={"desired_delivery_date": "2027-02-01"}
    )
    assert [(change.pointer, change.after) for change in last.write_back] == [
        ("/lines/0/quantity", "8"),
        ("/desired_delivery_date", "2027-02-01"),
    ]


@pytest.mark.parametrize(
    ("action", "actor", "more"),
    [
        (Action.REJECT, "director", {"note": "-", "end": True}),
        (Action.REJECT, "director", {"note": "-"}),
        (Action.CANCEL, "sales", {"note": "-"}),
        (Action.RECALL, "sales", {}),
    ],
)
def test_nothing_is_written_back_with_any_other_action(action: Action, actor: str, more: dict[str, Any]) -> None:
    changes = {"lines": [{"id": str(LINE), "quantity": "8"}]}
    state = after(sent(), Action.APPROVE, "manager", step="first", changes=changes).state
    assert after(state, action, actor, **more).write_back == ()


@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT])
def test_nobody_decides_their_own_request(action: Action) -> None:
    assert _refused(sent(), decision(action, "sales", step="first", note="-")).code is Code.SELF_APPROVAL


@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT])
@pytest.mark.parametrize("step_key", ["first", None])
def test_nobody_decides_a_step_that_is_not_theirs(action: Action, step_key: str | None) -> None:
    refusal = _refused(sent(), decision(action, "director", step=step_key, note="-"), is_admin=True)
    assert refusal.code is Code.NOT_YOUR_STEP


def test_a_step_that_is_not_open_yet_is_not_decided() -> None:
    refusal = _refused(sent(), decision(Action.APPROVE, "director", step="second"))
    assert (refusal.code, refusal.params) == (Code.STEP_CLOSED, {"variant": "not_open_yet", "step": "first"})


def test_a_step_that_is_not_there_is_not_decided() -> None:
    assert _refused(sent(), decision(Action.APPROVE, "manager", step="third")).errors[0].pointer == "/step"


@pytest.mark.parametrize("note", ["", "  \n"])
@pytest.mark.parametrize(
    ("action", "actor", "end"),
    [(Action.REJECT, "manager", False), (Action.REJECT, "manager", True), (Action.CANCEL, "sales", False)],
)
def test_reject_and_cancel_need_a_note(action: Action, actor: str, end: bool, note: str) -> None:
    refusal = _refused(sent(), decision(action, actor, note=note, end=end))
    assert (refusal.code, refusal.errors[0].pointer) == (Code.NOTE_REQUIRED, "/note")


@pytest.mark.parametrize(("action", "actor"), [(Action.RECALL, "manager"), (Action.CANCEL, "manager")])
def test_nobody_but_the_owner_recalls_or_cancels(action: Action, actor: str) -> None:
    assert _refused(sent(), decision(action, actor, note="-")).code is Code.FORBIDDEN


def test_an_admin_does_not_recall() -> None:
    assert _refused(sent(), decision(Action.RECALL, "chairman"), is_admin=True).code is Code.FORBIDDEN


def test_what_is_returned_is_not_recalled_again() -> None:
    state = after(sent(), Action.REJECT, "manager", note="-").state
    refusal = _refused(state, decision(Action.RECALL, "sales"))
    assert (refusal.code, refusal.params["action"], refusal.params["actor"]) == (Code.STEP_CLOSED, "reject", "manager")


@pytest.mark.parametrize(
    ("first", "actor", "more", "told"),
    [
        (Action.APPROVE, "deputy", {}, ("approve", "deputy")),
        (Action.REJECT, "deputy", {"note": "-"}, ("reject", "deputy")),
        (Action.RECALL, "sales", {}, ("recall", "sales")),
    ],
)
def test_whoever_comes_second_is_told_who_did_what_first(
    first: Action, actor: str, more: dict[str, Any], told: tuple[str, str]
) -> None:
    state = after(sent(step("first", "deputy", "director"), step("second", "chairman")), first, actor, **more).state
    refusal = _refused(state, decision(Action.APPROVE, "director", step="first"))
    assert refusal.code is Code.STEP_CLOSED
    assert (refusal.params["action"], refusal.params["actor"]) == told


def test_whoever_decides_an_earlier_step_is_told_when_that_step_was_approved() -> None:
    plans = (step("first", "deputy", "chairman"), step("second", "deputy", "director", decision=DecisionRule.ALL))
    state = after(sent(*plans), Action.APPROVE, "deputy").state
    at = state.last.at
    later = decide(state, decision(Action.APPROVE, "deputy", number=1), LATER)
    assert isinstance(later, Accepted)
    assert later.state.last.at > at
    refusal = _refused(later.state, decision(Action.APPROVE, "chairman", step="first"))
    assert (refusal.code, refusal.params) == (
        Code.STEP_CLOSED,
        {"variant": "decided", "action": "approve", "actor": "deputy", "at": at.isoformat()},
    )


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ((Action.APPROVE, "manager", {}), "approve"),
        ((Action.REJECT, "manager", {"note": "-", "end": True}), "reject_and_end"),
        ((Action.CANCEL, "sales", {"note": "-"}), "cancel"),
    ],
)
@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL])
@pytest.mark.parametrize("actor", ["manager", "sales", "chairman"])
def test_after_the_end_every_decision_is_refused_and_says_how_it_ended(
    last: tuple[Action, str, dict[str, Any]], told: str, action: Action, actor: str
) -> None:
    state = after(sent(step("only", "manager")), last[0], last[1], **last[2]).state
    refusal = _refused(state, decision(action, actor, note="-"), is_admin=True)
    assert refusal.code is Code.RUN_ENDED
    assert (refusal.params["action"], refusal.params["actor"]) == (told, last[1])


def test_after_the_end_nothing_is_sent_or_resolved_again() -> None:
    state = after(sent(step("only", "manager")), Action.APPROVE, "manager").state
    again = begin_round(state, decision(Action.SEND, "sales"), Round(steps=TWO_STEPS, values=VALUES), LATER)
    resolved = resolve_approvers(
        state, decision(Action.RESOLVE_APPROVERS, "chairman"), TWO_STEPS, LATER, is_admin=True, round_number=1
    )
    assert [isinstance(outcome, Refusal) and outcome.code for outcome in (again, resolved)] == [Code.RUN_ENDED] * 2


def test_where_all_must_approve_the_step_waits_for_each_once() -> None:
    first = after(sent(*ALL_OF_TWO), Action.APPROVE, "director", step="both").state
    assert [person.username for person in first.steps[0].waiting_on] == ["manager"]
    refusal = _refused(first, decision(Action.APPROVE, "director", step="both", number=2))
    assert (refusal.code, refusal.params["actor"]) == (Code.STEP_CLOSED, "director")
    last = after(first, Action.APPROVE, "manager", step="both")
    assert last.state.run_status is RunStatus.COMPLETED
    assert last.state.steps[0].approved_by == ("director", "manager")


def test_where_all_must_approve_a_step_keeps_its_deadline_until_the_last() -> None:
    plan = ALL_OF_TWO[0].model_copy(update={"deadline_hours": 3})
    begun = When(said=NOW, written=NOW, calendar=BUSINESS_HOURS)
    outcome = begin_round(not_sent(), decision(Action.SEND, "sales"), Round(steps=(plan,), values=VALUES), begun)
    assert isinstance(outcome, Accepted)
    due = NOW + timedelta(hours=4)  # from 10:00 over the pause at noon
    assert outcome.state.steps[0].due_at == due
    assert after(outcome.state, Action.APPROVE, "director").state.steps[0].due_at == due
    assert after(outcome.state, Action.REJECT, "director", note="-").state.steps[0].due_at is None


def test_where_all_must_approve_one_can_still_reject() -> None:
    state = after(sent(*ALL_OF_TWO), Action.APPROVE, "director").state
    assert after(state, Action.REJECT, "manager", note="-").state.process_status is ProcessStatus.RETURNED


def test_the_log_keeps_the_newest_actions() -> None:
    state = sent()
    for number in range(40):
        state = sent(state=after(state, Action.RECALL, "sales", number=number).state)
    assert (len(state.log), state.sequence, state.round) == (50, 81, 41)
    assert state.last.action is Action.SEND


# Resolving approvers again.


def _resolved(state: RunState, *plans: Any, actor: str = "chairman", is_admin: bool = True) -> Accepted | Refusal:
    return resolve_approvers(
        state, decision(Action.RESOLVE_APPROVERS, actor), plans, LATER, is_admin=is_admin, round_number=state.round
    )


def test_an_admin_gives_the_steps_that_are_still_to_be_decided_new_approvers() -> None:
    state = after(sent(), Action.APPROVE, "manager", step="first").state
    outcome = _resolved(state, step("first", "chairman"), step("second", "chairman"))
    assert isinstance(outcome, Accepted)
    assert [step.people for step in outcome.state.steps] == [(person("manager"),), (person("chairman"),)]
    assert (outcome.state.last.action, outcome.step) == (Action.RESOLVE_APPROVERS, "second")
    assert (outcome.state.process_status, outcome.state.round) == (ProcessStatus.IN_PROGRESS, 1)


def test_nobody_but_an_admin_resolves_approvers() -> None:
    outcome = _resolved(sent(), *TWO_STEPS, is_admin=False)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.FORBIDDEN


def test_while_no_step_is_open_there_is_nothing_to_resolve() -> None:
    outcome = _resolved(after(sent(), Action.RECALL, "sales").state, *TWO_STEPS)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.STEP_CLOSED


def test_the_owner_does_not_become_an_approver_by_resolving() -> None:
    outcome = _resolved(sent(), step("first", "sales"), step("second", "director"))
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.params["step"]) == (Code.NO_ELIGIBLE_APPROVER, "first")


def test_a_step_that_is_decided_does_not_need_an_approver_any_more() -> None:
    state = after(sent(), Action.APPROVE, "manager", step="first").state
    assert isinstance(_resolved(state, step("first"), step("second", "chairman")), Accepted)


def test_a_step_that_everybody_who_is_still_there_has_approved_is_approved_by_resolving() -> None:
    """The second of two who must all approve has left; the first has approved."""
    state = after(sent(*ALL_OF_TWO, step("next", "chairman")), Action.APPROVE, "manager").state
    plan = step("both", "manager", decision=DecisionRule.ALL)
    outcome = _resolved(state, plan, actor="deputy")
    assert isinstance(outcome, Accepted)
    assert _states(outcome.state) == [StepState.APPROVED, StepState.OPEN]
    alone = _resolved(after(sent(*ALL_OF_TWO), Action.APPROVE, "manager").state, plan)
    assert isinstance(alone, Accepted)
    assert (alone.state.process_status, alone.crm_note) == (ProcessStatus.COMPLETED, True)


def test_a_step_that_would_wait_on_nobody_is_not_resolved() -> None:
    outcome = _resolved(sent(*ALL_OF_TWO), step("both", decision=DecisionRule.ALL))
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.params["step"]) == (Code.NO_ELIGIBLE_APPROVER, "both")


def test_a_resolution_for_an_earlier_round_does_not_reach_the_next_one() -> None:
    state = sent(state=after(sent(), Action.RECALL, "sales").state)
    what = decision(Action.RESOLVE_APPROVERS, "chairman")
    outcome = resolve_approvers(state, what, TWO_STEPS, LATER, is_admin=True, round_number=1)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.STEP_CLOSED


def test_whoever_is_replaced_is_asked_again_when_they_come_back() -> None:
    replaced = _resolved(sent(step("only", "manager", "director")), step("only", "director", "deputy"))
    assert isinstance(replaced, Accepted)
    refusal = decide(replaced.state, decision(Action.APPROVE, "manager"), LATER)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.NOT_YOUR_STEP
    back = _resolved(replaced.state, step("only", "manager"))
    assert isinstance(back, Accepted)
    assert [person.username for person in back.state.steps[0].waiting_on] == ["manager"]


def test_what_a_step_may_edit_comes_from_the_round_not_from_resolving() -> None:
    editable = (EditableField.PURPOSE,)
    outcome = _resolved(sent(), step("first", "chairman", may_edit=editable), step("second", "director"))
    assert isinstance(outcome, Accepted)
    assert outcome.state.steps[0].plan.may_edit == TWO_STEPS[0].may_edit
