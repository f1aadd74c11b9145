"""Substitution, rule by rule: processes.md, "Who decides when somebody is away"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from approval.effects import EventType
from approval.model import Action, Code, ProcessStatus, Refusal, RefusedError
from approval.process import RepeatApprover
from approval.run import decide, resolve_approvers
from approval.state import AssignmentState, RunState
from approval.substitution import Ceiling, NewSubstitution, StandIn, Substitution, begins, require_sound
from approval.transition import Accepted
from approval.votes import DecisionRule, Quorum
from tests.approval.company import ALL_OF_TWO, LINE, NOW, decision, person, sent, step, when

TOTAL = 132_900_000
"""Of the requests of tests.approval.company, in VND."""
HOUR = timedelta(hours=1)


def substitution(who: str, substitute: str, number: int = 1, **more: Any) -> Substitution:
    """From an hour ago for two hours."""
    values = {"starts_at": NOW - HOUR, "ends_at": NOW + HOUR} | more
    return Substitution(id=UUID(int=number), person=person(who), substitute=person(substitute), **values)


def ceiling(amount: int, currency: str = "VND") -> Ceiling:
    """So much."""
    return Ceiling(amount=Decimal(amount), currency=currency)


def stand_in(*substitutions: Substitution, said: datetime = NOW, **more: Any) -> StandIn:
    """What decides on a request of 132,900,000 VND of the sales department."""
    values: dict[str, Any] = {"department": "Kinh doanh", "amount": Decimal(TOTAL), "currency": "VND"} | more
    return StandIn(substitutions=substitutions, said=said, **values)


def act(
    state: RunState, actor: str, facts: StandIn, *, action: Action = Action.APPROVE, number: int = 0, **more: Any
) -> Accepted | Refusal:
    """What becomes of a decision."""
    return decide(state, decision(action, actor, number=number, **more), when(NOW), stand_in=facts)


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Case(NamedTuple):
    """A substitution of the manager by the deputy, and what becomes of the deputy's approval; None: it holds."""

    rule: str
    substitution: Mapping[str, Any] = NOTHING
    facts: Mapping[str, Any] = NOTHING
    code: Code | None = None


NEW = ceiling(TOTAL)
CASES = (
    Case("between its beginning and its end"),
    Case("from the very moment it begins", {"starts_at": NOW}),
    Case("not before it begins", {"starts_at": NOW + timedelta(microseconds=1)}, code=Code.NOT_YOUR_STEP),
    Case("up to its end", {"ends_at": NOW + timedelta(microseconds=1)}),
    Case("not at its end any more", {"ends_at": NOW}, code=Code.NOT_YOUR_STEP),
    Case("what was said in time holds, though it is written later", {"ends_at": NOW}, {"said": NOW - HOUR / 2}),
    Case("what is said later than written does not", {}, {"said": NOW + HOUR}, Code.NOT_YOUR_STEP),
    Case("not once it is revoked", {"revoked_at": NOW - HOUR / 2}, code=Code.NOT_YOUR_STEP),
    Case(
        "a revocation counts for what was said before it, too",
        {"revoked_at": NOW},
        {"said": NOW - HOUR / 2},
        Code.NOT_YOUR_STEP,
    ),
    Case("in a process that it names", {"processes": ("purchase-approval", "other")}),
    Case("not in another process", {"processes": ("other",)}, code=Code.NOT_YOUR_STEP),
    Case("for a department that it names", {"departments": ("Kinh doanh",)}),
    Case("not for another department", {"departments": ("Kho",)}, code=Code.NOT_YOUR_STEP),
    Case("not for an owner without a department, if it names any", {"departments": ("Kho",)}, {"department": ""}, Code.NOT_YOUR_STEP),
    Case("up to its ceiling, that amount included", {"ceiling": NEW}),
    Case("not above its ceiling", {"ceiling": ceiling(TOTAL - 1)}, code=Code.CEILING_EXCEEDED),
    Case("the routing amount counts, if it is more", {"ceiling": NEW}, {"amount": Decimal(TOTAL + 1)}, Code.CEILING_EXCEEDED),
    Case("another currency is above every ceiling", {"ceiling": ceiling(10**15, "USD")}, code=Code.CEILING_EXCEEDED),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_substitute_decides(case: Case) -> None:
    state = sent(step("first", "manager"), step("second", "director"))
    outcome = act(state, "deputy", stand_in(substitution("manager", "deputy", **case.substitution), **case.facts))
    if case.code is None:
        assert isinstance(outcome, Accepted), outcome
        assert outcome.state.steps[0].approved_by == ("deputy",)
    else:
        assert isinstance(outcome, Refusal)
        assert outcome.code is case.code


def test_it_is_recorded_who_acted_for_whom_by_which_substitution_and_the_person_is_told() -> None:
    given = substitution("manager", "deputy", number=7)
    outcome = act(sent(), "deputy", stand_in(given), note="Đồng ý")
    assert isinstance(outcome, Accepted)
    (place,) = outcome.state.steps[0].assignments
    assert (place.person.username, place.state) == ("manager", AssignmentState.APPROVED)
    assert (place.acted_by, place.substitution_id) == ("deputy", given.id)
    assert outcome.place is not None
    assert outcome.place.substitution == given
    assert (outcome.state.last.actor, outcome.state.last.acted_for) == ("deputy", "manager")
    (told,) = (event for event in outcome.events if event.type is EventType.ASSIGNMENT_SUBSTITUTED)
    assert told.facts["person"] == "manager"
    assert told.facts["actor"] == "deputy"
    assert (told.facts["substitution_id"], told.facts["note"]) == (str(given.id), "Đồng ý")


def test_in_their_own_right_nobody_is_told_and_no_substitution_is_recorded() -> None:
    outcome = act(sent(), "manager", stand_in(substitution("director", "manager")))
    assert isinstance(outcome, Accepted)
    assert outcome.state.steps[0].assignments[0].substitution_id is None
    assert outcome.state.last.acted_for is None
    assert EventType.ASSIGNMENT_SUBSTITUTED not in {event.type for event in outcome.events}


@pytest.mark.parametrize("end", [False, True])
def test_a_substitute_returns_and_rejects_too(end: bool) -> None:
    facts = stand_in(substitution("manager", "deputy"))
    outcome = act(sent(), "deputy", facts, action=Action.REJECT, note="Thiếu báo giá", end=end)
    assert isinstance(outcome, Accepted)
    assert outcome.crm_note
    place = outcome.state.steps[0].assignments[0]
    assert place.state is (AssignmentState.REJECTED if end else AssignmentState.RETURNED)
    assert (place.acted_by, place.substitution_id) == ("deputy", UUID(int=1))
    assert outcome.state.process_status is (ProcessStatus.REJECTED if end else ProcessStatus.RETURNED)


@pytest.mark.parametrize("action", [Action.RECALL, Action.CANCEL])
def test_a_substitute_of_the_owner_does_not_do_what_only_owners_may(action: Action) -> None:
    outcome = act(sent(), "deputy", stand_in(substitution("sales", "deputy")), action=action, note="x")
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.FORBIDDEN


def test_the_person_keeps_the_right_and_whoever_comes_second_reads_who_came_first() -> None:
    facts = stand_in(substitution("director", "chairman"))
    state = sent(step("one", "director", "deputy", decision=DecisionRule.ALL))
    by_substitute = act(state, "chairman", facts)
    by_person = act(state, "director", facts)
    for first, late, name in ((by_substitute, "director", "chairman"), (by_person, "chairman", "director")):
        assert isinstance(first, Accepted)
        refused = act(first.state, late, facts, number=1)
        assert isinstance(refused, Refusal)
        assert refused.code is Code.STEP_CLOSED
        assert (refused.params["actor"], refused.params["action"]) == (name, "approve")


def test_nobody_approves_their_own_request_as_a_substitute() -> None:
    outcome = act(sent(), "sales", stand_in(substitution("manager", "sales")))
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.SELF_APPROVAL


def test_a_substitute_of_a_substitute_is_nobodys() -> None:
    facts = stand_in(substitution("deputy", "chairman", number=2))  # and the deputy stands in for the manager
    outcome = act(sent(), "chairman", facts)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.NOT_YOUR_STEP


def test_their_own_right_comes_first() -> None:
    facts = stand_in(substitution("director", "manager"))
    state = sent(step("board", "director", "manager", decision=DecisionRule.ALL))
    outcome = act(state, "manager", facts)
    assert isinstance(outcome, Accepted)
    places = {one.person.username: one for one in outcome.state.steps[0].assignments}
    assert (places["manager"].state, places["director"].state) == (AssignmentState.APPROVED, AssignmentState.OPEN)
    named = act(state, "manager", facts, acting_for="director")
    assert isinstance(named, Refusal)
    assert (named.code, named.params["variant"]) == (Code.NOT_ELIGIBLE, "own_first")


VOTED_ALREADY = [
    pytest.param(("director", "manager"), ("director",), "manager", id="an approver of the step, for another"),
    pytest.param(("director", "manager"), ("director", "manager"), "deputy", id="for two of a step"),
]


@pytest.mark.parametrize("rule", [DecisionRule.ALL, Quorum(quorum=2)], ids=["all", "quorum"])
@pytest.mark.parametrize(("asked", "away", "actor"), VOTED_ALREADY)
@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT])
def test_one_person_has_one_vote_in_a_step(
    asked: tuple[str, ...], away: tuple[str, ...], actor: str, rule: Any, action: Action
) -> None:
    facts = stand_in(*(substitution(who, actor, number) for number, who in enumerate(away, start=1)))
    first = act(sent(step("board", *asked, decision=rule)), actor, facts)
    assert isinstance(first, Accepted)
    again = act(first.state, actor, facts, number=1, action=action, note="x")
    assert isinstance(again, Refusal)
    assert (again.code, again.params["variant"]) == (Code.NOT_ELIGIBLE, "voted")


def test_whoever_voted_for_another_has_no_second_vote_when_they_are_asked_themselves_later() -> None:
    state = sent(step("board", "director", "manager", decision=DecisionRule.ALL))
    first = act(state, "deputy", stand_in(substitution("director", "deputy")))
    assert isinstance(first, Accepted)
    plans = (step("board", "director", "manager", "deputy", decision=DecisionRule.ALL),)
    resolved = resolve_approvers(
        first.state, decision(Action.RESOLVE_APPROVERS, "chairman"), plans, when(NOW), is_admin=True, round_number=1
    )
    assert isinstance(resolved, Accepted)
    again = act(resolved.state, "deputy", stand_in())
    assert isinstance(again, Refusal)
    assert (again.code, again.params["variant"]) == (Code.NOT_ELIGIBLE, "voted")


BOARD = step("board", "director", "manager", decision=DecisionRule.ALL)


@pytest.mark.parametrize(("named", "decided"), [(None, "director"), ("manager", "manager"), ("director", "director")])
def test_of_several_people_it_is_the_one_named_or_the_first_by_username(named: str | None, decided: str) -> None:
    facts = stand_in(substitution("manager", "deputy", 1), substitution("director", "deputy", 2))
    outcome = act(sent(BOARD), "deputy", facts, acting_for=named)
    assert isinstance(outcome, Accepted)
    assert outcome.state.last.acted_for == decided


@pytest.mark.parametrize("named", ["chairman", "deputy", "sales", "nobody", "manager"])
def test_naming_somebody_they_do_not_stand_in_for_is_refused(named: str) -> None:
    outcome = act(sent(BOARD), "deputy", stand_in(substitution("director", "deputy")), acting_for=named)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.NOT_YOUR_STEP


def test_naming_oneself_is_deciding_in_ones_own_right() -> None:
    outcome = act(sent(BOARD), "manager", stand_in(), acting_for="manager")
    assert isinstance(outcome, Accepted)
    assert outcome.state.last.acted_for is None


def test_without_a_step_it_is_one_of_their_own_before_one_of_somebody_else() -> None:
    both = sent(step("one", "director"), step("two", "deputy"))
    for state, actor, wanted in ((both, "deputy", "one"), (sent(step("one", "director")), "deputy", "one")):
        outcome = act(state, actor, stand_in(substitution("director", "deputy")))
        assert isinstance(outcome, Accepted)
        assert outcome.step == wanted


def test_of_overlapping_substitutions_the_most_generous_counts() -> None:
    facts = stand_in(
        substitution("manager", "deputy", 1, ceiling=ceiling(1)),
        substitution("manager", "deputy", 2, ceiling=ceiling(10**12, "USD")),
        substitution("manager", "deputy", 3, ceiling=ceiling(TOTAL)),
    )
    outcome = act(sent(), "deputy", facts)
    assert isinstance(outcome, Accepted)
    assert outcome.state.steps[0].assignments[0].substitution_id == UUID(int=3)


def test_a_person_whose_ceiling_is_enough_comes_before_one_whose_is_not() -> None:
    facts = stand_in(substitution("director", "deputy", 1, ceiling=ceiling(1)), substitution("manager", "deputy", 2))
    outcome = act(sent(BOARD), "deputy", facts)
    assert isinstance(outcome, Accepted)
    assert outcome.state.last.acted_for == "manager"


def test_a_substitute_does_not_lift_a_request_over_their_own_ceiling() -> None:
    facts = stand_in(substitution("manager", "deputy", ceiling=ceiling(TOTAL)))
    changes = {"lines": [{"id": str(LINE), "quantity": "11"}]}
    refused = act(sent(), "deputy", facts, changes=changes)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.CEILING_EXCEEDED
    assert refused.params == {
        "person_name": "Quản lý",
        "ceiling": "132900000",
        "ceiling_currency": "VND",
        "amount": "145400000",
        "currency": "VND",
    }
    fewer = {"lines": [{"id": str(LINE), "quantity": "9"}]}
    assert isinstance(act(sent(), "deputy", facts, changes=fewer), Accepted)


def test_what_a_substitute_approved_is_not_carried_as_the_persons_own() -> None:
    carry = {"repeat_approver": RepeatApprover.CARRY}
    state = sent(step("one", "manager", **carry), step("two", "manager", **carry))
    by_person = act(state, "manager", stand_in())
    by_substitute = act(state, "deputy", stand_in(substitution("manager", "deputy")))
    assert isinstance(by_person, Accepted)
    assert isinstance(by_substitute, Accepted)
    assert by_person.state.process_status is ProcessStatus.COMPLETED
    assert by_substitute.state.process_status is ProcessStatus.IN_PROGRESS


def test_a_stranger_learns_no_more_than_before() -> None:
    outcome = act(sent(*ALL_OF_TWO), "chairman", stand_in(substitution("deputy", "chairman")))
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.NOT_YOUR_STEP


class Wanted(NamedTuple):
    """A substitution that somebody wants to make, and where it is wrong."""

    rule: str
    changes: dict[str, Any]
    wrong: tuple[str, ...] = ()
    by_admin: bool = False


WANTED = (
    Wanted("for a week", {}),
    Wanted("of 90 days", {"ends_at": NOW + timedelta(days=90)}),
    Wanted("of more than 90 days", {"ends_at": NOW + timedelta(days=90, seconds=1)}, ("/until",)),
    Wanted("of more than 90 days, by an admin", {"ends_at": NOW + timedelta(days=900)}, by_admin=True),
    Wanted("for oneself", {"substitute": "manager"}, ("/substitute",)),
    Wanted("to somebody who has left", {"substitute_active": False}, ("/substitute",)),
    Wanted("of somebody who has left", {"person_active": False}, ("/person",), by_admin=True),
    Wanted("that ends before it begins", {"starts_at": NOW + HOUR, "ends_at": NOW + HOUR / 2}, ("/until",)),
    Wanted("that ends as it begins", {"starts_at": NOW + HOUR, "ends_at": NOW + HOUR}, ("/until",)),
    Wanted("that is over", {"ends_at": NOW}, ("/until",)),
    Wanted("of which several things are wrong", {"substitute": "manager", "ends_at": NOW}, ("/substitute", "/until")),
)


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted.rule)
def test_a_substitution_is_made(wanted: Wanted) -> None:
    values: dict[str, Any] = {
        "person": "manager",
        "person_active": True,
        "substitute": "deputy",
        "substitute_active": True,
        "starts_at": NOW,
        "ends_at": NOW + timedelta(days=7),
    }
    new = NewSubstitution(**values | wanted.changes)
    if not wanted.wrong:
        require_sound(new, NOW, by_admin=wanted.by_admin)
        return
    with pytest.raises(RefusedError) as refused:
        require_sound(new, NOW, by_admin=wanted.by_admin)
    assert tuple(error.pointer for error in refused.value.refusal.errors) == wanted.wrong


def test_it_begins_when_it_is_made_at_the_earliest() -> None:
    assert begins(NOW - HOUR, NOW) == NOW
    assert begins(None, NOW) == NOW
    assert begins(NOW + HOUR, NOW) == NOW + HOUR
