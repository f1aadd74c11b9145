"""Votes: how many approvals a step needs, and when it has them. Source: processes.md, "Votes"."""

from __future__ import annotations

from typing import Any

import pytest

from approval.model import Action, Code, ProcessStatus, Refusal, RefusedError, StepState
from approval.process import ByRole, ByUser, ProcessStep, PurchaseProcess
from approval.routing import plan_round, route
from approval.run import begin_round, decide, resolve_approvers
from approval.state import AssignmentState, Round
from approval.transition import Accepted
from approval.votes import DecisionRule, Quorum, VoteRule, needed
from tests.approval.company import AT, PEOPLE, VALUES, after, decision, facts, not_sent, sent, step

FOUR = ("chairman", "deputy", "director", "manager")


@pytest.mark.parametrize(
    ("rule", "of", "votes"),
    [
        (DecisionRule.ANY, 1, 1),
        (DecisionRule.ANY, 19, 1),
        (DecisionRule.ALL, 1, 1),
        (DecisionRule.ALL, 19, 19),
        (Quorum(quorum=2), 3, 2),
        (Quorum(quorum=2), 2, 2),
        (Quorum(quorum="50%"), 19, 10),
        (Quorum(quorum="50%"), 20, 10),
        (Quorum(quorum="60%"), 3, 2),
        (Quorum(quorum="60%"), 5, 3),
        (Quorum(quorum="1%"), 19, 1),
        (Quorum(quorum="100%"), 19, 19),
        (Quorum(quorum="29%"), 100, 29),
    ],
)
def test_a_rule_needs_so_many_votes(rule: VoteRule, of: int, votes: int) -> None:
    assert needed(rule, of) == votes


@pytest.mark.parametrize(
    ("rule", "voters"),
    [
        (DecisionRule.ANY, ["director"]),
        (DecisionRule.ALL, ["director", "manager", "chairman", "deputy"]),
        (Quorum(quorum=2), ["manager", "director"]),
        (Quorum(quorum=3), ["manager", "director", "chairman"]),
        (Quorum(quorum="60%"), ["manager", "director", "chairman"]),
    ],
)
def test_a_step_closes_with_the_vote_that_decides_it_and_nobody_else_is_asked(
    rule: VoteRule, voters: list[str]
) -> None:
    state = sent(step("board", *FOUR, decision=rule))
    for voter in voters[:-1]:
        state = after(state, Action.APPROVE, voter, step="board").state
        assert state.process_status is ProcessStatus.IN_PROGRESS
    state = after(state, Action.APPROVE, voters[-1], step="board").state
    assert state.process_status is ProcessStatus.COMPLETED
    (board,) = state.steps
    assert board.approved_by == tuple(voters)
    others = {one.person.username: one.state for one in board.assignments if one.person.username not in voters}
    assert set(others) == set(FOUR) - set(voters)
    assert set(others.values()) <= {AssignmentState.NOT_NEEDED}


@pytest.mark.parametrize("rule", [DecisionRule.ANY, DecisionRule.ALL, Quorum(quorum=2), Quorum(quorum="60%")])
@pytest.mark.parametrize(("end", "status"), [(False, ProcessStatus.RETURNED), (True, ProcessStatus.REJECTED)])
def test_one_return_or_rejection_decides_a_step_whatever_its_rule(
    rule: VoteRule, end: bool, status: ProcessStatus
) -> None:
    state = sent(step("board", *FOUR, decision=rule), step("last", "chairman"))
    if rule is not DecisionRule.ANY:
        state = after(state, Action.APPROVE, "director", step="board").state
    state = after(state, Action.REJECT, "manager", step="board", note="vì sao", end=end).state
    assert state.process_status is status
    assert not state.open_steps


def test_a_late_vote_is_told_who_decided_and_when() -> None:
    state = sent(step("board", *FOUR, decision=Quorum(quorum=2)), step("last", "chairman"))
    for voter in ("director", "manager"):
        state = after(state, Action.APPROVE, voter, step="board").state
    refusal = decide(state, decision(Action.APPROVE, "deputy", step="board"), AT)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.STEP_CLOSED
    assert refusal.params["actor"] == "manager"
    assert refusal.params["at"]


def test_nobody_votes_twice() -> None:
    state = after(sent(step("board", *FOUR, decision=Quorum(quorum=2))), Action.APPROVE, "director").state
    again = decide(state, decision(Action.APPROVE, "director", number=2, step="board"), AT)
    assert isinstance(again, Refusal)
    assert again.code is Code.STEP_CLOSED
    assert state.steps[0].approvals == 1


def _process(rule: VoteRule, *approvers: ByUser | ByRole) -> PurchaseProcess:
    steps = (ProcessStep(key="board", name={"vi": "Hội đồng", "en": "Board"}, approvers=approvers, decision=rule),)
    return PurchaseProcess(schema_version=2, key="votes", name={"vi": "x", "en": "x"}, steps=steps)


def test_the_electorate_is_without_owner_and_leavers_and_has_everybody_once() -> None:
    process = _process(
        Quorum(quorum="60%"),
        ByUser(user="director"),
        ByRole(role="director"),
        ByUser(user="sales"),
        ByUser(user="retired"),
        ByUser(user="manager"),
    )
    (routed,) = route(process, facts(), PEOPLE)
    assert [person.username for person in routed.plan.approvers] == ["deputy", "director", "manager"]
    assert [reason.code for reason in routed.plan.reasons_for("director")] == ["named_user", "role"]
    assert sent(routed.plan).steps[0].needed == 2


def test_a_quorum_that_cannot_be_met_refuses_the_send_and_is_never_lowered() -> None:
    routed = route(_process(Quorum(quorum=3), ByRole(role="director")), facts(), PEOPLE)
    with pytest.raises(RefusedError) as refused:
        plan_round(routed, {})
    assert refused.value.refusal.code is Code.STEP_UNSATISFIABLE
    wanted = {"step": "board", "needed": "3", "there": "2", "step_name_en": "Board"}
    assert wanted.items() <= refused.value.refusal.params.items()
    plan = routed[0].plan
    outcome = begin_round(not_sent(), decision(Action.SEND, "sales"), Round(steps=(plan,), values=VALUES), AT)
    assert isinstance(outcome, Refusal), "the machine itself takes no such round either"
    assert outcome.code is Code.STEP_UNSATISFIABLE


def _resolved(state: Any, *approvers: str) -> Accepted | Refusal:
    plans = (step("board", *approvers, decision=state.steps[0].plan.decision),)
    what = decision(Action.RESOLVE_APPROVERS, "admin")
    return resolve_approvers(state, what, plans, AT, is_admin=True, round_number=state.round)


@pytest.mark.parametrize(
    ("rule", "approvers", "becomes"),
    [
        (DecisionRule.ALL, ("director",), StepState.APPROVED),
        (DecisionRule.ALL, ("director", "manager"), StepState.OPEN),
        (Quorum(quorum=2), ("director", "manager"), StepState.OPEN),
        (Quorum(quorum=2), ("manager",), StepState.OPEN),
        (Quorum(quorum=2), ("director",), Code.STEP_UNSATISFIABLE),
        (Quorum(quorum="60%"), ("director",), StepState.APPROVED),
        (Quorum(quorum="60%"), ("director", "manager"), StepState.OPEN),
    ],
)
def test_when_people_have_left_a_step_still_needs_what_its_rule_says(
    rule: VoteRule, approvers: tuple[str, ...], becomes: StepState | Code
) -> None:
    """``director`` has approved; the others are those that the directory gives now."""
    state = after(sent(step("board", *FOUR, decision=rule)), Action.APPROVE, "director", step="board").state
    outcome = _resolved(state, *approvers)
    if isinstance(becomes, Code):
        assert isinstance(outcome, Refusal)
        assert outcome.code is becomes
    else:
        assert isinstance(outcome, Accepted), outcome
        assert outcome.state.steps[0].state is becomes


def test_a_step_with_nobody_is_never_approved() -> None:
    outcome = _resolved(sent(step("board", *FOUR, decision=DecisionRule.ALL)), "sales")
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.NO_ELIGIBLE_APPROVER
