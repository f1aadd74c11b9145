"""What approvers do with others: forwarding, consulting, adding approvers; and what an admin does for somebody who has left."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from approval.durations import Duration, Unit
from approval.effects import EventType
from approval.model import Action, Code, Person, ProcessStatus, Refusal, StepState
from approval.routing import BlockRef, Member, StepPlan
from approval.run import begin_round, decide, resolve_approvers
from approval.state import Assignment, AssignmentState, Consultation, Round, RunState, When, Where
from approval.substitution import StandIn, Substitution
from approval.transition import Accepted
from approval.votes import DecisionRule, Quorum
from tests.approval.company import BUSINESS_HOURS, NOW, PEOPLE, REQUEST, VALUES, decision, not_sent, person, sent, step

OTHERS = {
    name: Member(username=name, name=name.title(), manager="manager")
    for name in ("anna", "binh", "chi", "dung", "lan", "minh")
}
DIRECTORY = {**PEOPLE, **OTHERS}
ANNA = (Person(username="anna", name="Anna"),)


def at(minutes: int = 0) -> When:
    moment = NOW + timedelta(minutes=minutes)
    return When(said=moment, written=moment, calendar=BUSINESS_HOURS)


def tried(
    state: RunState, action: Action, actor: str, *, minutes: int = 0, stand_in: StandIn | None = None, **more: Any
) -> Accepted | Refusal:
    what = decision(action, actor, number=state.sequence, **{"note": "vì vậy", **more})
    is_admin = actor == "chairman"
    return decide(state, what, at(minutes), is_admin=is_admin, stand_in=stand_in, people=DIRECTORY)


def done(state: RunState, action: Action, actor: str, **more: Any) -> RunState:
    outcome = tried(state, action, actor, **more)
    assert isinstance(outcome, Accepted), outcome
    return outcome.state


def refused(state: RunState, action: Action, actor: str, **more: Any) -> tuple[Code, str | None]:
    outcome = tried(state, action, actor, **more)
    assert isinstance(outcome, Refusal), outcome
    return outcome.code, outcome.params.get("variant")


def place(state: RunState, username: str, key: str | None = None) -> Assignment:
    found = state.step(key) if key else state.open_step
    assert found is not None
    one = found.assignment_of(username)
    assert one is not None
    return one


def states(state: RunState, key: str) -> dict[str, str]:
    found = state.step(key)
    assert found is not None
    return {one.person.username: str(one.state) for one in found.assignments}


def question(state: RunState) -> Consultation:
    (one,) = (one for found in state.steps for one in found.consultations if one.open)
    return one


def substitute(of: str, who: str, said: datetime) -> StandIn:
    one = Substitution(
        id=REQUEST,
        person=Person(username=of, name=of),
        substitute=Person(username=who, name=who),
        starts_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=10),
    )
    return StandIn(substitutions=(one,), said=said, department="", amount=Decimal(1), currency="VND")


CLOCK: dict[str, Any] = {"deadline": Duration(8, Unit.BUSINESS_HOURS), "remind": (Duration(50, Unit.PERCENT),)}
PLAIN = (step("first", "manager", **CLOCK), step("second", "director", "deputy"))


# Forwarding


def test_a_forwarded_place_moves_with_its_deadline() -> None:
    before = sent_with_clock()
    state = done(before, Action.FORWARD, "manager", whom="anna", minutes=60)
    old, new = place(state, "manager"), place(state, "anna")
    assert (old.state, old.closed_at) == (AssignmentState.FORWARDED, NOW + timedelta(minutes=60))
    assert (new.state, new.forwarded_from) == (AssignmentState.OPEN, old.id)
    assert (new.opened_at, new.due_at, new.alarms) == (old.opened_at, place(before, "manager").due_at, old.alarms)
    assert [(reason.code, reason.params) for reason in new.reasons] == [("forwarded_by", {"name": "Quản lý"})]
    assert refused(state, Action.APPROVE, "manager")[0] is Code.NOT_YOUR_STEP
    assert done(state, Action.APPROVE, "anna").step("first").state is StepState.APPROVED  # type: ignore[union-attr]


def sent_with_clock(*steps: StepPlan) -> RunState:
    outcome = begin_round(not_sent(), decision(Action.SEND, "sales"), Round(steps=steps or PLAIN, values=VALUES), at())
    assert isinstance(outcome, Accepted)
    return outcome.state


def test_whoever_got_a_place_is_told_from_whom_and_whoever_gave_it_is_not_told_that_it_is_gone() -> None:
    outcome = tried(sent(*PLAIN), Action.FORWARD, "manager", whom="anna")
    assert isinstance(outcome, Accepted)
    told = {str(event.type): event.facts for event in outcome.events}
    assert set(told) == {EventType.ASSIGNMENT_OPENED, EventType.ASSIGNMENT_FORWARDED}
    forwarded = told[EventType.ASSIGNMENT_FORWARDED]
    assert (forwarded["person"], forwarded["from"], forwarded["note"]) == ("anna", "manager", "vì vậy")


@pytest.mark.parametrize(
    ("actor", "more", "code"),
    [
        ("manager", {"whom": "sales"}, (Code.APPROVER_NOT_ELIGIBLE, "owner")),
        ("manager", {"whom": "manager"}, (Code.NOT_ELIGIBLE, "in_step")),
        ("manager", {"whom": "retired"}, (Code.INVALID, None)),
        ("manager", {"whom": "nobody"}, (Code.INVALID, None)),
        ("manager", {"whom": "anna", "note": " "}, (Code.NOTE_REQUIRED, None)),
        ("sales", {"whom": "anna"}, (Code.SELF_APPROVAL, None)),
        ("anna", {"whom": "binh"}, (Code.NOT_YOUR_STEP, None)),
        ("director", {"whom": "anna", "step": "second"}, (Code.STEP_CLOSED, "not_open_yet")),
    ],
)
def test_what_cannot_be_forwarded(actor: str, more: dict[str, Any], code: tuple[Code, str | None]) -> None:
    assert refused(sent(*PLAIN), Action.FORWARD, actor, **more) == code


def test_a_place_is_forwarded_three_times_and_never_back() -> None:
    state = sent(*PLAIN)
    for giver, getter in (("manager", "anna"), ("anna", "binh"), ("binh", "chi")):
        assert refused(state, Action.FORWARD, giver, whom="manager") == (Code.NOT_ELIGIBLE, "in_step")
        state = done(state, Action.FORWARD, giver, whom=getter)
    assert refused(state, Action.FORWARD, "chi", whom="dung")[0] is Code.TOO_MANY_FORWARDS
    assert states(done(state, Action.APPROVE, "chi"), "first")["chi"] == AssignmentState.APPROVED


def test_a_substitute_passes_nothing_on() -> None:
    stand_in = substitute("manager", "anna", NOW)
    state = sent(*PLAIN)
    assert refused(state, Action.FORWARD, "anna", whom="binh", stand_in=stand_in) == (Code.NOT_ELIGIBLE, "substitute")
    add = {"whom": "binh", "where": Where.BESIDE, "stand_in": stand_in}
    assert refused(state, Action.ADD_APPROVER, "anna", **add) == (Code.NOT_ELIGIBLE, "substitute")


def test_whoever_has_voted_as_a_substitute_is_given_no_second_vote() -> None:
    both = step("both", "manager", "director", decision=DecisionRule.ALL)
    state = done(sent(both), Action.APPROVE, "anna", stand_in=substitute("manager", "anna", NOW))
    assert refused(state, Action.FORWARD, "director", whom="anna") == (Code.NOT_ELIGIBLE, "in_step")


def test_approvers_that_are_resolved_again_leave_what_people_gave_each_other_while_they_are_there() -> None:
    state = done(sent(*PLAIN), Action.FORWARD, "manager", whom="anna")
    again = resolve_approvers(
        state, decision(Action.RESOLVE_APPROVERS, "chairman"), PLAIN, at(), is_admin=True, round_number=1
    )
    assert isinstance(again, Accepted)
    assert states(again.state, "first") == {"anna": "open", "manager": "forwarded"}
    gone = place(state, "anna").model_copy(update={"left": True})
    first = state.steps[0]
    left = state.with_step(
        first.evolve(assignments=tuple(gone if one.id == gone.id else one for one in first.assignments))
    )
    again = resolve_approvers(
        left, decision(Action.RESOLVE_APPROVERS, "chairman"), PLAIN, at(), is_admin=True, round_number=1
    )
    assert isinstance(again, Accepted)
    assert states(again.state, "first") == {"anna": "forwarded", "manager": "open"}


# Consulting


def test_whoever_asks_keeps_the_decision_and_the_answer_is_no_vote() -> None:
    state = done(sent(*PLAIN), Action.CONSULT, "manager", whom="anna", note="Giá này ổn chứ?")
    asked = question(state)
    assert (asked.by, asked.asked.username, asked.question) == (person("manager"), "anna", "Giá này ổn chứ?")
    assert states(state, "first") == {"manager": "open"}
    assert refused(state, Action.APPROVE, "anna")[0] is Code.NOT_YOUR_STEP
    state = done(state, Action.ANSWER, "anna", consultation_id=asked.id, note="Ổn", minutes=5)
    (answered,) = state.steps[0].consultations
    assert (answered.answer, answered.answered_at, answered.open) == ("Ổn", NOW + timedelta(minutes=5), False)
    assert state.steps[0].approvals == 0
    assert refused(state, Action.ANSWER, "anna", consultation_id=asked.id) == (Code.STEP_CLOSED, "answered")


def test_whoever_is_asked_is_told_the_question_and_whoever_asked_the_answer() -> None:
    asked = tried(sent(*PLAIN), Action.CONSULT, "manager", whom="sales", note="Khi nào?")
    assert isinstance(asked, Accepted)
    answered = tried(asked.state, Action.ANSWER, "sales", consultation_id=question(asked.state).id, note="Mai")
    assert isinstance(answered, Accepted)
    told = [(event.type, event.facts["person"], event.facts["note"]) for event in (*asked.events, *answered.events)]
    assert told == [
        (EventType.CONSULTATION_ASKED, "sales", "Khi nào?"),
        (EventType.CONSULTATION_ANSWERED, "manager", "Mai"),
    ]


def test_asking_the_owner_has_the_clock_stand_until_they_answer_and_asking_another_does_not() -> None:
    before = sent_with_clock()
    due = place(before, "manager").due_at
    assert due is not None
    assert place(done(before, Action.CONSULT, "manager", whom="anna"), "manager").due_at == due
    state = done(before, Action.CONSULT, "manager", whom="sales", minutes=60)
    assert (place(state, "manager").due_at, place(state, "manager").state) == (None, AssignmentState.OPEN)
    assert place(state, "manager").stands_since == NOW + timedelta(minutes=60)
    state = done(state, Action.ANSWER, "sales", consultation_id=question(state).id, minutes=61)
    assert place(state, "manager").due_at == due + timedelta(minutes=1)
    assert place(state, "manager").stands_since is None


@pytest.mark.parametrize(
    ("actor", "more", "code"),
    [
        ("manager", {"whom": "manager"}, (Code.NOT_ELIGIBLE, "oneself")),
        ("manager", {"whom": "retired"}, (Code.INVALID, None)),
        ("manager", {"whom": "anna", "note": ""}, (Code.NOTE_REQUIRED, None)),
        ("sales", {"whom": "anna"}, (Code.SELF_APPROVAL, None)),
        ("anna", {"whom": "binh"}, (Code.NOT_YOUR_STEP, None)),
    ],
)
def test_what_cannot_be_asked(actor: str, more: dict[str, Any], code: tuple[Code, str | None]) -> None:
    assert refused(sent(*PLAIN), Action.CONSULT, actor, **more) == code


def test_nobody_is_asked_twice_at_once_and_a_step_asks_ten_times() -> None:
    state = done(sent(*PLAIN), Action.CONSULT, "manager", whom="anna")
    assert refused(state, Action.CONSULT, "manager", whom="anna") == (Code.NOT_ELIGIBLE, "asked_already")
    for _ in range(9):
        state = done(state, Action.ANSWER, "anna", consultation_id=question(state).id)
        state = done(state, Action.CONSULT, "manager", whom="anna")
    assert refused(state, Action.CONSULT, "manager", whom="binh") == (Code.NOT_ELIGIBLE, "too_many_questions")


def test_a_question_ends_with_what_it_is_about() -> None:
    state = done(sent(*PLAIN), Action.CONSULT, "manager", whom="anna")
    asked = question(state)
    assert refused(state, Action.ANSWER, "binh", consultation_id=asked.id) == (Code.FORBIDDEN, None)
    assert refused(state, Action.ANSWER, "anna", consultation_id=REQUEST) == (Code.INVALID, None)
    decided = done(state, Action.APPROVE, "manager")
    (closed,) = decided.steps[0].consultations
    assert (closed.open, closed.answered_at) == (False, None)
    assert refused(decided, Action.ANSWER, "anna", consultation_id=asked.id) == (Code.STEP_CLOSED, "decided")


def test_a_question_goes_with_the_place_that_is_given_away() -> None:
    state = done(sent_with_clock(), Action.CONSULT, "manager", whom="sales", minutes=60)
    state = done(state, Action.FORWARD, "manager", whom="anna", minutes=70)
    assert question(state).assignment_id == place(state, "anna").id
    assert place(state, "anna").due_at is None
    state = done(state, Action.ANSWER, "sales", consultation_id=question(state).id, minutes=80)
    due = place(sent_with_clock(), "manager").due_at
    assert due is not None
    assert place(state, "anna").due_at == due + timedelta(minutes=20)


# Adding an approver


def test_whoever_is_heard_before_has_no_vote_in_the_step_and_the_clock_of_who_waits_stands() -> None:
    due = place(sent_with_clock(), "manager").due_at
    assert due is not None
    state = done(sent_with_clock(), Action.ADD_APPROVER, "manager", whom="anna", where=Where.BEFORE, minutes=60)
    assert states(state, "first") == {"anna": "open", "manager": "waiting"}
    assert (place(state, "manager").due_at, place(state, "anna").added_by) == (None, "manager")
    assert refused(state, Action.APPROVE, "manager") == (Code.STEP_CLOSED, "others_first")
    state = done(state, Action.APPROVE, "anna", minutes=90)
    assert states(state, "first") == {"anna": "approved", "manager": "open"}
    assert (state.steps[0].approvals, state.steps[0].needed) == (0, 1)
    assert place(state, "manager").due_at == due + timedelta(minutes=30)
    assert done(state, Action.APPROVE, "manager").steps[0].state is StepState.APPROVED


def test_whoever_is_heard_before_may_return_the_request() -> None:
    state = done(sent(*PLAIN), Action.ADD_APPROVER, "manager", whom="anna", where=Where.BEFORE)
    state = done(state, Action.REJECT, "anna")
    assert state.process_status is ProcessStatus.RETURNED
    assert states(state, "first") == {"anna": "returned", "manager": "not_needed"}


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        (DecisionRule.ANY, (1, 1)),
        (DecisionRule.ALL, (2, 3)),
        (Quorum(quorum=1), (1, 2)),
        (Quorum(quorum=2), (2, 3)),
        (Quorum(quorum="50%"), (1, 2)),
        (Quorum(quorum="60%"), (2, 3)),
        (Quorum(quorum="100%"), (2, 3)),
    ],
)
def test_whoever_is_added_beside_is_one_more_of_the_electorate(rule: Any, needed: tuple[int, int]) -> None:
    state = sent(step("first", "manager", "director", decision=rule))
    after = done(state, Action.ADD_APPROVER, "manager", whom="anna", where=Where.BESIDE)
    assert (state.steps[0].needed, after.steps[0].needed) == needed
    assert len(after.steps[0].seats) == 3
    assert done(after, Action.APPROVE, "anna").steps[0].approvals == 1


def test_nobody_meets_a_quorum_with_somebody_of_their_own_choosing() -> None:
    state = sent(step("first", "manager", "director", "deputy", decision=Quorum(quorum=2)))
    state = done(state, Action.ADD_APPROVER, "manager", whom="anna", where=Where.BESIDE)
    state = done(done(state, Action.APPROVE, "manager"), Action.APPROVE, "anna")
    assert state.steps[0].state is StepState.OPEN
    assert done(state, Action.APPROVE, "deputy").steps[0].state is StepState.APPROVED


def test_whoever_was_added_and_is_named_by_the_process_by_now_is_one_of_the_electorate() -> None:
    state = sent(step("first", "manager", "director", decision=Quorum(quorum=2)))
    state = done(state, Action.ADD_APPROVER, "manager", whom="anna", where=Where.BESIDE)
    anna_instead = step("first", "manager", approvers=(person("manager"), *ANNA), decision=Quorum(quorum=2))
    what = decision(Action.RESOLVE_APPROVERS, "chairman", number=88)
    outcome = resolve_approvers(state, what, (anna_instead,), at(), is_admin=True, round_number=1)
    assert isinstance(outcome, Accepted)
    assert (len(outcome.state.steps[0].seats), outcome.state.steps[0].needed) == (2, 2)


def test_who_was_added_does_not_make_up_for_somebody_who_has_left() -> None:
    state = sent(step("first", "manager", "director", decision=Quorum(quorum=2)))
    state = done(state, Action.ADD_APPROVER, "manager", whom="anna", where=Where.BESIDE)
    plans, what = (step("first", "manager", decision=Quorum(quorum=2)),), decision(Action.RESOLVE_APPROVERS, "chairman")
    outcome = resolve_approvers(state, what, plans, at(), is_admin=True, round_number=1)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.STEP_UNSATISFIABLE


def test_a_round_has_three_added_approvers_though_it_was_returned_to_an_earlier_step() -> None:
    may_return = step("second", "director", may_return_to=("first",))
    state = sent(step("first", "manager"), may_return)
    for whom in ("anna", "binh", "chi"):
        state = done(state, Action.ADD_APPROVER, "manager", whom=whom, where=Where.BEFORE)
        state = done(state, Action.APPROVE, whom)
    state = done(done(state, Action.APPROVE, "manager"), Action.REJECT, "director", to="first")
    more = {"whom": "dung", "where": Where.BESIDE}
    assert refused(state, Action.ADD_APPROVER, "manager", **more) == (Code.NOT_ELIGIBLE, "too_many_added")


def test_whoever_is_added_after_has_a_step_of_their_own_behind_the_block() -> None:
    block = BlockRef(key="together", name={"vi": "Cùng lúc", "en": "Together"})
    steps = (step("left", "manager", block=block), step("right", "director", block=block), step("last", "deputy"))
    state = done(sent(*steps), Action.ADD_APPROVER, "manager", whom="anna", where=Where.AFTER)
    assert [one.plan.key for one in state.steps] == ["left", "right", "left-added-1", "last"]
    assert state.steps[2].state is StepState.WAITING
    assert state.steps[2].plan.name["en"] == "Step left: added approver"
    state = done(done(state, Action.APPROVE, "manager"), Action.APPROVE, "director")
    assert states(state, "left-added-1") == {"anna": "open"}
    assert [one.plan.key for one in done(state, Action.APPROVE, "anna").open_steps] == ["last"]


def test_the_last_approval_ends_nothing_while_somebody_was_added_after_it() -> None:
    state = done(sent(step("only", "manager")), Action.ADD_APPROVER, "manager", whom="anna", where=Where.AFTER)
    state = done(state, Action.APPROVE, "manager")
    assert state.process_status is ProcessStatus.IN_PROGRESS
    assert done(state, Action.APPROVE, "anna").process_status is ProcessStatus.COMPLETED


def test_the_owner_adds_after_a_step_where_the_process_lets_them() -> None:
    closed, opened = sent(*PLAIN), sent(step("first", "manager", owner_may_add=True), PLAIN[1])
    after = {"whom": "anna", "where": Where.AFTER}
    assert refused(closed, Action.ADD_APPROVER, "sales", **after) == (Code.FORBIDDEN, None)
    assert refused(opened, Action.ADD_APPROVER, "sales", whom="anna", where=Where.BESIDE) == (Code.FORBIDDEN, None)
    assert refused(opened, Action.ADD_APPROVER, "sales", whom="sales", where=Where.AFTER) == (
        Code.APPROVER_NOT_ELIGIBLE,
        "owner",
    )
    state = done(opened, Action.ADD_APPROVER, "sales", **after)
    assert [one.plan.key for one in state.steps] == ["first", "first-added-1", "second"]


@pytest.mark.parametrize("where", Where)
@pytest.mark.parametrize(
    ("actor", "whom", "code"),
    [
        ("manager", "sales", (Code.APPROVER_NOT_ELIGIBLE, "owner")),
        ("manager", "retired", (Code.INVALID, None)),
        ("anna", "binh", (Code.NOT_YOUR_STEP, None)),
    ],
)
def test_who_cannot_be_added(where: Where, actor: str, whom: str, code: tuple[Code, str | None]) -> None:
    assert refused(sent(*PLAIN), Action.ADD_APPROVER, actor, whom=whom, where=where) == code


def test_an_added_approver_adds_nobody_and_a_round_has_three() -> None:
    state = sent(step("first", "manager"))
    for whom, where in (("anna", Where.BESIDE), ("binh", Where.AFTER), ("chi", Where.BESIDE)):
        state = done(state, Action.ADD_APPROVER, "manager", whom=whom, where=where)
        assert refused(state, Action.ADD_APPROVER, "anna", whom="lan", where=where) == (Code.NOT_ELIGIBLE, "was_added")
    more = {"whom": "dung", "where": Where.AFTER}
    assert refused(state, Action.ADD_APPROVER, "manager", **more) == (Code.NOT_ELIGIBLE, "too_many_added")
    given = done(state, Action.FORWARD, "anna", whom="minh")
    assert refused(given, Action.ADD_APPROVER, "minh", **more) == (Code.NOT_ELIGIBLE, "was_added")


# Reassigning


def test_what_waits_on_somebody_goes_to_their_manager_in_every_step() -> None:
    plans = (step("first", "manager"), step("second", "manager", "deputy", decision=DecisionRule.ALL))
    outcome = tried(sent(*plans), Action.REASSIGN, "chairman", whose="manager", whom="manager", note="")
    assert isinstance(outcome, Accepted)
    assert outcome.decision is not None
    assert outcome.decision.note == "Quản lý (manager) → Giám đốc (director)"
    assert states(outcome.state, "first") == {"director": "open", "manager": "forwarded"}
    assert states(outcome.state, "second") == {"deputy": "waiting", "director": "waiting", "manager": "forwarded"}
    assert place(outcome.state, "director").reasons[0].code == "reassigned_from"


def test_nobody_gets_their_own_request_when_it_is_reassigned() -> None:
    state = sent(step("first", approvers=ANNA))
    assert refused(state, Action.REASSIGN, "chairman", whose="anna", whom="sales")[0] is Code.APPROVER_NOT_ELIGIBLE
    boss = {**DIRECTORY, "anna": OTHERS["anna"].model_copy(update={"manager": "sales"})}
    what = decision(Action.REASSIGN, "chairman", whose="anna", whom="manager")
    outcome = decide(state, what, at(), is_admin=True, people=boss)
    assert isinstance(outcome, Accepted)
    assert states(outcome.state, "first") == {"anna": "forwarded", "manager": "open"}, "the owner is passed over"


@pytest.mark.parametrize(
    ("actor", "more", "code"),
    [
        ("manager", {"whose": "manager", "whom": "anna"}, (Code.FORBIDDEN, None)),
        ("sales", {"whose": "manager", "whom": "anna"}, (Code.FORBIDDEN, None)),
        ("chairman", {"whose": "anna", "whom": "binh"}, (Code.NOT_ELIGIBLE, "asked_no_more")),
        ("chairman", {"whose": "manager", "whom": "retired"}, (Code.INVALID, None)),
        ("chairman", {"whose": "manager", "whom": "resolve"}, (Code.NOT_ELIGIBLE, "still_named")),
    ],
)
def test_what_cannot_be_reassigned(actor: str, more: dict[str, Any], code: tuple[Code, str | None]) -> None:
    assert refused(sent(*PLAIN), Action.REASSIGN, actor, **more) == code


def test_a_place_stays_where_nobody_can_get_it_and_the_others_move() -> None:
    plans = (step("first", "manager", "director", decision=DecisionRule.ALL), step("second", "manager"))
    outcome = tried(sent(*plans), Action.REASSIGN, "chairman", whose="manager", whom="director")
    assert isinstance(outcome, Accepted)
    assert states(outcome.state, "first")["manager"] == "open"
    assert states(outcome.state, "second") == {"director": "waiting", "manager": "forwarded"}


def test_what_waits_on_somebody_is_resolved_again_in_those_steps_alone() -> None:
    state = sent(step("first", "manager"), step("second", "deputy"))
    today = (step("first", approvers=ANNA), step("second", approvers=ANNA))
    what = decision(Action.REASSIGN, "chairman", whose="manager", whom="resolve")
    outcome = decide(state, what, at(), is_admin=True, people=DIRECTORY, plans=today)
    assert isinstance(outcome, Accepted)
    assert states(outcome.state, "first") == {"anna": "open", "manager": "forwarded"}
    assert states(outcome.state, "second") == {"deputy": "waiting"}


def resolved(state: RunState, *today: StepPlan) -> Accepted | Refusal:
    """The places of the director, given to whom the process names today."""
    what = decision(Action.REASSIGN, "chairman", number=state.sequence, whose="director", whom="resolve")
    return decide(state, what, at(), is_admin=True, people=DIRECTORY, plans=today)


def test_the_others_of_a_step_keep_their_places_when_one_of_them_is_resolved_again() -> None:
    state = sent(step("first", "manager", "director", "deputy"))
    outcome = resolved(state, step("first", approvers=(person("deputy"), *ANNA)))
    assert isinstance(outcome, Accepted)
    assert states(outcome.state, "first") == {
        "anna": "open",
        "deputy": "open",
        "director": "forwarded",
        "manager": "open",
    }
    assert place(outcome.state, "manager") == place(state, "manager")


def test_a_step_is_approved_by_votes_and_never_by_giving_a_place_to_nobody() -> None:
    state = done(sent(step("first", "manager", "director", decision=DecisionRule.ALL)), Action.APPROVE, "manager")
    outcome = resolved(state, step("first", "manager", decision=DecisionRule.ALL))
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.params["variant"]) == (Code.NOT_ELIGIBLE, "would_be_approved")
    more = resolved(state, step("first", approvers=(person("manager"), *ANNA), decision=DecisionRule.ALL))
    assert isinstance(more, Accepted)
    assert states(more.state, "first") == {"anna": "open", "director": "forwarded", "manager": "approved"}
