"""What the clock does to a run, one case a row. Source: processes.md, "Deadlines that do something"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.alarms import AlarmKind
from approval.by_itself import tick
from approval.calendar import BusinessCalendar, read_spans
from approval.clock import SPREAD, due, next_due, rings_at
from approval.durations import Duration
from approval.effects import EventType
from approval.holding import held, released
from approval.model import SYSTEM, Action, Code, ProcessStatus, Refusal, RunStatus, StepState
from approval.order_changes import ChangeKind, OrderChange
from approval.process import ByRole, ByUser, Escalation, OnExpiry
from approval.routing import BlockRef, StepPlan
from approval.run import begin_round, decide, resolve_approvers
from approval.state import AssignmentState, Decision, Round, RunState, When
from approval.transition import Accepted
from approval.votes import DecisionRule, VoteRule
from tests.approval.company import PEOPLE, REQUEST, VALUES, decision, not_sent, person, step

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE = read_spans(("08:00-12:00", "13:00-17:00"))
CALENDAR = BusinessCalendar(VIETNAM, (OFFICE,) * 5 + ((), ()), {date(2026, 12, 24): ()}, "VN")
SENT = "2026-12-08T08:00"
"""A Tuesday; the deadline of 16 business hours is over on Wednesday at five."""

CANCELLED = (OrderChange(kind=ChangeKind.ORDER_CANCELLED),)
RING = UUID(int=5)
"""What made the clock ring."""


def at(text: str) -> When:
    """A time in Vietnam, said and written at once."""
    moment = datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    return When(said=moment, written=moment, calendar=CALENDAR)


def clocked(key: str, *approvers: str, deadline: str = "16bh", **changes: Any) -> StepPlan:
    """A step with a deadline."""
    return step(key, *approvers, deadline=Duration.parse(deadline), **changes)


def reminders(*written: str) -> tuple[Duration, ...]:
    """When to remind."""
    return tuple(Duration.parse(text) for text in written)


def stages(*written: tuple[str, Any]) -> tuple[Escalation, ...]:
    """When to escalate, and to whom."""
    return tuple(Escalation(after=Duration.parse(after), to=to) for after, to in written)


def sent(*steps: StepPlan, when: str = SENT, state: RunState | None = None) -> RunState:
    """A run whose round has just begun."""
    begun = begin_round(
        state or not_sent(), decision(Action.SEND, "sales"), Round(steps=steps, values=VALUES), at(when)
    )
    assert isinstance(begun, Accepted), begun
    return begun.state


def rung(state: RunState, when: str) -> tuple[RunState, list[Accepted]]:
    """The run once all is done that is due, and what was done."""
    done = []
    while (outcome := tick(state, at(when), PEOPLE, RING)) is not None:
        done.append(outcome)
        state = outcome.state
        assert len(done) < 20, "the clock never comes to an end"
    return state, done


def what(done: Sequence[Accepted]) -> list[tuple[Action, str]]:
    """What was done, and to whom."""
    return [(one.decision.action, one.decision.note) for one in done if one.decision is not None]


def asked(state: RunState, key: str = "one") -> set[str]:
    """Who can decide a step."""
    found = state.step(key)
    assert found is not None
    return {one.person.username for one in found.assignments if one.state is AssignmentState.OPEN}


def decided(state: RunState, action: Action, actor: str, when: str, **more: Any) -> RunState:
    """The run after a decision that must hold."""
    outcome = decide(state, decision(action, actor, number=state.sequence, **more), at(when))
    assert isinstance(outcome, Accepted), outcome
    return outcome.state


MANAGER = "Quản lý (manager)"
TO_DIRECTOR = f"{MANAGER} → Giám đốc (director)"


@pytest.mark.parametrize(
    ("plan", "rings"),
    [
        ({}, None),  # a deadline alone does nothing
        ({"remind": reminders("50%")}, "2026-12-08T17:00"),
        ({"remind": reminders("100%", "25%")}, "2026-12-08T12:00"),
        ({"remind": reminders("2h")}, "2026-12-08T10:00"),
        ({"escalate": stages(("8bh", "manager"))}, "2026-12-10T17:00"),
        ({"on_expiry": OnExpiry.RETURN, "expire_after": Duration.parse("1bd")}, "2026-12-10T17:00"),
        # until something was escalated nobody can say when whoever it is escalated to has had their time
        (
            {
                "escalate": stages(("8bh", "manager")),
                "on_expiry": OnExpiry.RETURN,
                "expire_after": Duration.parse("1h"),
            },
            "2026-12-10T17:00",
        ),
    ],
)
def test_the_clock_rings_when_the_first_thing_is_due(plan: dict[str, Any], rings: str | None) -> None:
    state = sent(clocked("one", "manager", **plan))
    assert next_due(state) == (at(rings).written if rings else None)


def test_a_deadline_of_version_1_is_shown_and_nothing_acts() -> None:
    state = sent(step("one", "manager", deadline_hours=16))
    (one,) = state.steps[0].assignments
    assert one.due_at == at("2026-12-09T17:00").written
    assert next_due(state) is None
    assert tick(state, at("2027-12-09T17:00"), PEOPLE, RING) is None


@pytest.mark.parametrize(
    ("now", "done"),
    [
        ("2026-12-08T16:59", []),
        ("2026-12-08T17:00", [(Action.REMIND, MANAGER)]),
        ("2026-12-09T17:00", [(Action.REMIND, MANAGER)]),  # late: once, not twice
        ("2026-12-10T16:59", [(Action.REMIND, MANAGER)]),
        ("2026-12-10T17:00", [(Action.REMIND, MANAGER), (Action.ESCALATE, TO_DIRECTOR)]),
        (
            "2027-02-01T08:00",  # the engine was away for weeks
            [(Action.REMIND, MANAGER), (Action.ESCALATE, f"{TO_DIRECTOR}, Chủ tịch (chairman)")],
        ),
    ],
)
def test_what_is_due_is_done_once_however_late(now: str, done: list[tuple[Action, str]]) -> None:
    plan = clocked(
        "one",
        "manager",
        remind=reminders("50%", "100%"),
        escalate=stages(("8bh", "manager"), ("16bh", ByRole(role="board"))),
        on_expiry=OnExpiry.RETURN,
        expire_after=Duration.parse("2bd"),
    )
    state, found = rung(sent(plan), now)
    assert what(found) == done
    assert rung(state, now) == (state, []), "it was done twice"
    assert all(one.decision is not None and one.decision.actor == SYSTEM for one in found)
    assert [one.state.sequence for one in found] == list(range(2, 2 + len(found)))
    assert state.process_status is ProcessStatus.IN_PROGRESS, "whoever it was escalated to had no time"


def test_a_reminder_tells_everybody_whose_time_it_is_and_nobody_else() -> None:
    plan = clocked("one", "manager", "director", "deputy", remind=reminders("50%"), decision=DecisionRule.ALL)
    state = decided(sent(plan), Action.APPROVE, "director", "2026-12-08T10:00")
    _, (reminded,) = rung(state, "2026-12-08T17:00")
    told = [event.facts["person"] for event in reminded.events if event.type is EventType.ASSIGNMENT_REMINDED]
    assert sorted(told) == ["deputy", "manager"]
    assert {event.type for event in reminded.events} == {EventType.ASSIGNMENT_REMINDED}


@pytest.mark.parametrize(
    ("approvers", "to", "found"),
    [
        (("manager",), "manager", {"director"}),
        (("manager",), ByRole(role="board"), {"chairman"}),
        (("manager",), ByRole(role="director"), {"director", "deputy"}),
        (("manager",), ByUser(user="deputy"), {"deputy"}),
        (("manager",), ByUser(user="retired"), set()),  # who has left
        (("manager",), ByUser(user="sales"), set()),  # nobody decides their own request
        (("manager",), ByRole(role="sales"), set()),
        (("manager",), ByUser(user="manager"), set()),  # nobody has two places
        (("manager", "director"), "manager", {"chairman"}),  # their manager has a vote of their own: the one above
        (("chairman",), "manager", set()),  # above whom there is nobody
    ],
)
def test_it_is_escalated_to_whoever_can_decide_and_has_no_place_yet(
    approvers: tuple[str, ...], to: Any, found: set[str]
) -> None:
    before = sent(clocked("one", *approvers, escalate=stages(("8bh", to))))
    state, done = rung(before, "2026-12-10T17:00")
    assert asked(state) == set(approvers) | found
    opened = {
        event.facts["person"] for one in done for event in one.events if event.type is EventType.ASSIGNMENT_ESCALATED
    }
    assert opened == found
    assert len(done) == 1, "it is on the timeline also where there is nobody more to ask"
    assert state.steps[0].needed == before.steps[0].needed, "an escalation changes how many must approve"


@pytest.mark.parametrize("first", ["manager", "director"])
@pytest.mark.parametrize(("rule", "closed"), [(DecisionRule.ANY, True), (DecisionRule.ALL, False)])
def test_whoever_of_the_two_decides_first_keeps_it_and_it_is_one_vote(first: str, rule: VoteRule, closed: bool) -> None:
    plan = clocked("one", "manager", "deputy", decision=rule, escalate=stages(("8bh", ByUser(user="director"))))
    state, _ = rung(sent(plan), "2026-12-10T17:00")
    # Of the deputy's place, too, the director would decide: they are asked once, in the stead of the first.
    stead = next(one for one in state.steps[0].assignments if one.person.username == "director").escalated_from
    seat = next(one for one in state.steps[0].assignments if one.id == stead).person.username
    first = seat if first == "manager" else "director"
    other = "director" if first == seat else seat
    state = decided(state, Action.APPROVE, first, "2026-12-10T18:00", step="one")
    after = state.steps[0]
    assert after.approvals == 1
    assert (after.state is StepState.APPROVED) is closed
    late = decide(state, decision(Action.APPROVE, other, step="one", number=9), at("2026-12-10T18:01"))
    assert isinstance(late, Refusal)
    assert late.code is (Code.RUN_ENDED if closed else Code.STEP_CLOSED)
    assert late.params["actor"] == first
    if not closed:
        left = ({"manager", "deputy"} - {seat}).pop()
        state = decided(state, Action.APPROVE, left, "2026-12-10T18:02", step="one")
        assert state.run_status is RunStatus.COMPLETED
        assert set(state.steps[0].approved_by) == {first, left}


@pytest.mark.parametrize("end", [False, True])
def test_whoever_was_escalated_to_can_return_and_reject(end: bool) -> None:
    state, _ = rung(sent(clocked("one", "manager", escalate=stages(("8bh", "manager")))), "2026-12-10T17:00")
    state = decided(state, Action.REJECT, "director", "2026-12-10T18:00", step="one", note="không", end=end)
    assert state.process_status is (ProcessStatus.REJECTED if end else ProcessStatus.RETURNED)
    assert next_due(state) is None


@pytest.mark.parametrize(
    ("on_expiry", "status", "run_status", "event"),
    [
        (OnExpiry.RETURN, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS, EventType.REQUEST_RETURNED),
        (OnExpiry.REJECT, ProcessStatus.REJECTED, RunStatus.REJECTED, EventType.REQUEST_REJECTED),
    ],
)
def test_what_nobody_decides_expires(
    on_expiry: OnExpiry, status: ProcessStatus, run_status: RunStatus, event: EventType
) -> None:
    plan = clocked("one", "manager", on_expiry=on_expiry, expire_after=Duration.parse("1bd"), remind=reminders("900%"))
    state, done = rung(sent(plan), "2026-12-10T16:59")
    assert done == []
    state, (expired,) = rung(state, "2026-12-30T17:00")  # nobody is reminded of what expires
    assert what([expired]) == [(Action.EXPIRE, "")]
    assert (state.process_status, state.run_status) == (status, run_status)
    assert expired.crm_note
    assert next(found.type for found in expired.events) is event
    assert state.steps[0].approvals == 0, "silence has approved"
    assert (next_due(state), due(state, at("2030-01-01T00:00").written)) == (None, None)
    refused = decide(state, decision(Action.APPROVE, "manager", step="one"), at("2026-12-30T18:00"))
    assert isinstance(refused, Refusal)
    assert refused.params["actor"] == SYSTEM


def test_it_expires_so_long_after_it_was_really_escalated() -> None:
    plan = clocked(
        "one",
        "manager",
        escalate=stages(("8bh", "manager")),
        on_expiry=OnExpiry.RETURN,
        expire_after=Duration.parse("8bh"),
    )
    state, _ = rung(sent(plan), "2026-12-14T08:00")  # two days late
    assert next_due(state) == at("2026-12-14T17:00").written
    state, _ = rung(state, "2026-12-14T17:00")
    assert state.process_status is ProcessStatus.RETURNED


def test_a_step_expires_when_everybody_has_had_their_time() -> None:
    plan = clocked("one", "manager", on_expiry=OnExpiry.RETURN, expire_after=Duration.parse("8bh"))
    state = sent(plan)
    again = plan.model_copy(update={"approvers": (person("manager"), person("deputy"))})
    outcome = resolve_approvers(
        state,
        decision(Action.RESOLVE_APPROVERS, "chairman"),
        (again,),
        at("2026-12-09T08:00"),
        is_admin=True,
        round_number=1,
    )
    assert isinstance(outcome, Accepted)
    assert next_due(outcome.state) == at("2026-12-11T17:00").written


def test_somebody_who_lost_their_place_and_is_given_it_back_goes_on_where_their_clock_stood() -> None:
    plan = clocked("one", "manager", remind=reminders("50%"))
    state = sent(plan)
    for approvers, when in ((("deputy",), "2026-12-08T10:00"), (("manager",), "2026-12-10T08:00")):
        outcome = resolve_approvers(
            state,
            decision(Action.RESOLVE_APPROVERS, "chairman", number=state.sequence),
            (plan.model_copy(update={"approvers": tuple(map(person, approvers))}),),
            at(when),
            is_admin=True,
            round_number=1,
        )
        assert isinstance(outcome, Accepted)
        state = outcome.state
    one = state.steps[0].assignment_of("manager")
    assert one is not None
    assert (one.opened_at, one.due_at) == (at(SENT).written, at("2026-12-11T15:00").written)
    assert next_due(state) == at("2026-12-10T15:00").written


def test_nobody_decides_in_the_stead_of_somebody_whose_place_is_gone() -> None:
    plan = clocked("one", "manager", escalate=stages(("8bh", "manager")))
    state, _ = rung(sent(plan), "2026-12-10T17:00")
    again = plan.model_copy(update={"approvers": (person("deputy"),)})
    what_for = decision(Action.RESOLVE_APPROVERS, "chairman")
    outcome = resolve_approvers(state, what_for, (again,), at("2026-12-11T08:00"), is_admin=True, round_number=1)
    assert isinstance(outcome, Accepted)
    assert asked(outcome.state) == {"deputy"}
    assert outcome.state.steps[0].needed == 1


def test_a_request_that_waited_over_a_pause_has_its_times_moved_by_it() -> None:
    """It stood from Wednesday noon over the weekend to Monday noon: three working days."""
    plan = clocked("one", "manager", remind=reminders("50%", "100%"), escalate=stages(("8bh", "manager")))
    state, done = rung(sent(plan), "2026-12-08T17:00")
    assert len(done) == 1
    stands = held(state, CANCELLED, at("2026-12-09T12:00"))
    assert next_due(stands) is None
    assert rung(stands, "2026-12-12T12:00") == (stands, [])
    (one,) = stands.steps[0].assignments
    assert (one.state, one.due_at) == (AssignmentState.OPEN, None)
    runs = released(stands, at("2026-12-14T12:00"))
    (one,) = runs.steps[0].assignments
    assert (one.state, one.due_at) == (AssignmentState.OPEN, at("2026-12-14T17:00").written)
    assert next_due(runs) == at("2026-12-14T17:00").written
    state, done = rung(runs, "2026-12-14T17:00")
    assert what(done) == [(Action.REMIND, MANAGER)], "what was told before the pause is not told again"
    assert next_due(state) == at("2026-12-15T17:00").written


def test_what_was_reckoned_stays_whatever_becomes_of_the_calendar() -> None:
    state = sent(clocked("one", "manager", remind=reminders("50%")))
    today_off = BusinessCalendar(VIETNAM, ((),) * 6 + (OFFICE,))
    later = When(said=at(SENT).said, written=at("2026-12-08T17:00").written, calendar=today_off)
    assert tick(state, later, PEOPLE, RING) is not None


def test_parallel_steps_have_each_their_own_clock() -> None:
    block = BlockRef(key="both", name={"vi": "Cả hai", "en": "Both"})
    state = sent(
        clocked("one", "manager", block=block, remind=reminders("50%")),
        clocked("two", "director", block=block, deadline="8bh", remind=reminders("50%")),
    )
    assert next_due(state) == at("2026-12-08T12:00").written
    state, done = rung(state, "2026-12-08T17:00")
    assert [one.step for one in done] == ["one", "two"]
    state = decided(state, Action.APPROVE, "director", "2026-12-08T17:30", step="two")
    assert next_due(state) is None


def test_an_approval_that_is_carried_closes_what_was_escalated() -> None:
    block = BlockRef(key="both", name={"vi": "Cả hai", "en": "Both"})
    carry: dict[str, Any] = {"block": block, "repeat_approver": "carry", "decision": DecisionRule.ALL}
    state = sent(
        clocked("one", "manager", "deputy", escalate=stages(("8bh", "manager")), **carry),
        step("two", "manager", "chairman", **carry),
    )
    state, _ = rung(state, "2026-12-10T17:00")
    assert asked(state) == {"manager", "deputy", "director", "chairman"}
    state = decided(state, Action.APPROVE, "manager", "2026-12-10T18:00", step="two")
    first = state.steps[0]
    assert [one.person.username for one in first.carried] == ["manager"]
    assert "director" not in asked(state)
    assert first.state is StepState.OPEN


REMIND = Decision(command_id=REQUEST, action=Action.REMIND, actor="sales", step="one")


@pytest.mark.parametrize(
    ("actor", "is_admin", "key", "code"),
    [
        ("sales", False, "one", None),
        ("chairman", True, "one", None),
        ("sales", False, None, None),
        ("manager", False, "one", Code.FORBIDDEN),
        ("chairman", False, "one", Code.FORBIDDEN),
        ("sales", False, "two", Code.STEP_CLOSED),
        ("sales", False, "three", Code.INVALID),
    ],
)
def test_the_owner_and_admins_can_have_people_reminded(
    actor: str, is_admin: bool, key: str | None, code: Code | None
) -> None:
    state = sent(step("one", "manager", "deputy"), step("two", "director"))
    asked_for = REMIND.model_copy(update={"actor": actor, "step": key})
    outcome = decide(state, asked_for, at(SENT), is_admin=is_admin)
    if code is not None:
        assert isinstance(outcome, Refusal)
        assert outcome.code is code
        return
    assert isinstance(outcome, Accepted)
    assert outcome.decision is not None
    assert set(outcome.decision.note.split(", ")) == {"Phó giám đốc (deputy)", MANAGER}
    told = [event.facts["person"] for event in outcome.events if event.type is EventType.ASSIGNMENT_REMINDED]
    assert sorted(told) == ["deputy", "manager"]


@pytest.mark.parametrize(("minutes", "left"), [(0, 14400), (239, 60), (240, None)])
def test_by_hand_people_are_reminded_once_in_four_hours(minutes: int, left: int | None) -> None:
    state = sent(step("one", "manager"))
    first = decide(state, REMIND, at(SENT))
    assert isinstance(first, Accepted)
    later = at(SENT).said + timedelta(minutes=minutes)
    again = decide(first.state, REMIND, When(said=later, written=later))
    if left is None:
        assert isinstance(again, Accepted)
        return
    assert isinstance(again, Refusal)
    assert (again.code, again.params["seconds"]) == (Code.REMINDED_RECENTLY, str(left))


def test_what_the_clock_says_does_not_keep_people_from_being_reminded_by_hand() -> None:
    state, _ = rung(sent(clocked("one", "manager", remind=reminders("50%"))), "2026-12-08T17:00")
    assert isinstance(decide(state, REMIND, at("2026-12-08T17:01")), Accepted)


def test_kinds_of_alarms_have_an_action_each() -> None:
    assert {kind.value for kind in AlarmKind} <= {action.value for action in Action}


def test_what_the_clock_does_is_known_by_what_made_it_ring_and_by_nothing_that_people_can_choose() -> None:
    state = sent(clocked("one", "manager", remind=reminders("50%", "100%")))
    _, done = rung(state, "2027-12-31T17:00")
    ids = [accepted.decision.command_id for accepted in done if accepted.decision is not None]
    assert len(set(ids)) == len(done) > 0
    other = tick(state, at("2027-12-31T17:00"), PEOPLE, UUID(int=6))
    assert other is not None
    assert other.decision is not None
    assert other.decision.command_id not in ids


@given(ids=st.lists(st.uuids(version=4), min_size=2, max_size=50, unique=True), days=st.integers(1, 60))
def test_what_is_due_at_one_moment_rings_within_minutes_and_not_at_once(ids: list[UUID], days: int) -> None:
    state = sent(clocked("one", "manager", deadline=f"{days * 24}h", remind=reminders("100%")))
    due_at = next_due(state)
    assert due_at is not None
    rings = [rings_at(state.evolve(request_id=one)) for one in ids]
    assert all(ring is not None and due_at <= ring < due_at + SPREAD for ring in rings)
    assert all(ring is not None and ring - due_at < timedelta(days=days) / 100 for ring in rings)
    different = {one.int & 0xFFFF for one in ids}
    assert len(set(rings)) == len(different)
