"""Whatever sequence of decisions by whatever people arrives, the invariants of domain.md hold.

The model beside the machine knows only the sync table: who may do what, and which statuses follow. The machine under
test must agree with it on every decision, and must keep what is said of every state.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from approval.alarms import AlarmKind
from approval.by_itself import follow_order, tick
from approval.changes import ProposedChange
from approval.clock import next_due
from approval.durations import Duration, Unit
from approval.effects import EventType
from approval.holding import REFUSED_WHILE_HELD
from approval.line_decisions import LineDecision, out_of
from approval.model import Action, Code, ProcessStatus, Refusal, RunStatus, StepState
from approval.order_changes import ChangeKind, Goods, HoldChoice, OrderChange, OrderChanges
from approval.process import ByRole, Escalation, OnExpiry, RepeatApprover, Resume
from approval.routing import BlockRef, Replanned, StepPlan
from approval.run import REMIND_AGAIN, begin_round, decide, resolve_approvers
from approval.state import LOG_LENGTH, Assignment, AssignmentState, Decision, Round, RunState, Step, When, Where
from approval.substitution import Ceiling, StandIn, Substitution
from approval.transition import Accepted
from approval.votes import DecisionRule, Quorum, VoteRule, needed
from tests.approval.company import BUSINESS_HOURS, LINE, NOW, OTHER_LINE, VALUES, decision, not_sent, person, step
from tests.approval.company import PEOPLE as DIRECTORY

pytestmark = pytest.mark.timeout(400)

SYNC_TABLE = {
    (ProcessStatus.NOT_SENT, RunStatus.IN_PROGRESS),
    (ProcessStatus.IN_PROGRESS, RunStatus.IN_PROGRESS),
    (ProcessStatus.RETURNED, RunStatus.IN_PROGRESS),
    (ProcessStatus.REJECTED, RunStatus.REJECTED),
    (ProcessStatus.CANCELLED, RunStatus.CANCELLED),
    (ProcessStatus.COMPLETED, RunStatus.COMPLETED),
}
"""The only pairs of statuses there are; the third is where they differ on purpose."""

_TEN = Goods(product_code="LT-T14", unit="Chiếc", quantity=Decimal(10))
ORDERS: tuple[OrderChanges, ...] = (
    (),
    (
        OrderChange(
            kind=ChangeKind.LINE_CHANGED, line_id=LINE, was=_TEN, now=_TEN.model_copy(update={"quantity": Decimal(12)})
        ),
    ),
    (OrderChange(kind=ChangeKind.LINE_GONE, line_id=LINE, was=_TEN),),
    (OrderChange(kind=ChangeKind.ORDER_CANCELLED),),
)
"""How the order may differ from what the request was made from."""

Clock = dict[str, Any]

OWNER = "sales"
ADMIN = "chairman"
PEOPLE = ("sales", "manager", "director", "deputy", "chairman")
OTHERS = PEOPLE[1:]
KEYS = ("one", "two", "three", "four", "five")

BY_LINE = KEYS[::2]
"""Steps that decide single lines."""

people = st.sampled_from(PEOPLE)
named_people = st.sampled_from([None, None, None, *PEOPLE])
approvers = st.lists(people, max_size=3, unique=True)
rules: st.SearchStrategy[VoteRule] = st.sampled_from(
    [
        DecisionRule.ANY,
        DecisionRule.ALL,
        Quorum(quorum=1),
        Quorum(quorum=2),
        Quorum(quorum="60%"),
        Quorum(quorum="100%"),
    ]
)
CLOCKS: tuple[Clock, ...] = (
    {},
    {},
    {"deadline_hours": 4},
    {"deadline": Duration(4, Unit.BUSINESS_HOURS), "remind": (Duration(50, Unit.PERCENT), Duration(1, Unit.HOURS))},
    {
        "deadline": Duration(1, Unit.BUSINESS_DAYS),
        "remind": (Duration(100, Unit.PERCENT),),
        "escalate": (
            Escalation(after=Duration(2, Unit.BUSINESS_HOURS), to="manager"),
            Escalation(after=Duration(4, Unit.BUSINESS_HOURS), to=ByRole(role="director")),
        ),
        "on_expiry": OnExpiry.RETURN,
        "expire_after": Duration(1, Unit.BUSINESS_DAYS),
    },
    {"deadline": Duration(6, Unit.HOURS), "on_expiry": OnExpiry.REJECT, "expire_after": Duration(30, Unit.HOURS)},
)
"""What steps say of their clocks."""
DrawnStep = tuple[list[str], VoteRule, bool, Clock]
Drawn = tuple[list[list[DrawnStep]], RepeatApprover]

RING = UUID(int=5)
"""What made the clock ring."""


def _rounds_of(drawn: st.SearchStrategy[DrawnStep]) -> st.SearchStrategy[Drawn]:
    """What runs one after the other: a step, or two or three at once; and what becomes of people who are asked twice."""
    blocks = st.lists(st.lists(drawn, min_size=1, max_size=3), min_size=1, max_size=3)
    return st.tuples(blocks, st.sampled_from(RepeatApprover))


clocks = st.sampled_from(CLOCKS)
rounds = _rounds_of(st.tuples(approvers, rules, st.sampled_from([False, False, True]), clocks))
enough_others = st.lists(st.sampled_from(OTHERS), min_size=2, max_size=4, unique=True)
rounds_that_run = _rounds_of(st.tuples(enough_others, rules, st.just(False), clocks))
minutes = st.sampled_from([-5, 0, 0, 3])
lasting = st.sampled_from([1, 10, 60, 600])
ceilings = st.sampled_from([None, None, 110_000_000, 125_000_000, 200_000_000])
notes = st.sampled_from(["", "  ", "vì sao"])
quantities = st.sampled_from([None, "8", "9", "10", "0"])
of_lines = st.dictionaries(st.sampled_from([LINE, OTHER_LINE]), st.sampled_from(LineDecision), min_size=1)


def _plans(drawn: Drawn) -> tuple[StepPlan, ...]:
    groups, repeat = drawn
    keys = iter(KEYS)
    plans: list[StepPlan] = []
    for number, group in enumerate(groups):
        earlier = tuple(plan.key for plan in plans)
        name = {"vi": f"Khối {number}", "en": f"Block {number}"}
        block = BlockRef(key=f"block-{number}", name=name) if len(group) > 1 else None
        for key, (names, vote, skipped, clock) in zip(keys, group, strict=False):
            asked = [] if skipped else names
            more = {"block": block, "repeat_approver": repeat, "may_return_to": earlier, **clock}
            more["may_decide_lines"] = key in BY_LINE
            plans.append(step(key, *asked, decision=vote, skipped=skipped, **more))
    return tuple(plans)


def _votes_of(one: Step) -> int:
    """How many approvals a step needs: of those whom its process asks, and, with a quorum, of everybody who was added."""
    added = [seat for seat in one.seats if seat.added_by is not None]
    if isinstance(one.plan.decision, Quorum):
        return needed(one.plan.decision, len(one.seats) - len(added)) + len(added)
    return needed(one.plan.decision, len(one.seats))


def _enough(rule: VoteRule, people: set[str], added: int = 0) -> bool:
    """Whether so many people, some of them added on top of a quorum, can approve a step."""
    of = len(people) - added if isinstance(rule, Quorum) else len(people)
    return bool(people) and needed(rule, of) <= of


def _can_run(plans: tuple[StepPlan, ...]) -> bool:
    """Enough people other than the owner can approve each step, and there is a step at all."""
    run = [plan for plan in plans if not plan.skipped]
    return bool(run) and all(
        _enough(plan.decision, {person.username for person in plan.approvers} - {OWNER}) for plan in run
    )


def _electorate(one: Step, named: set[str]) -> set[str]:
    """Whose votes a step has once it was given to people anew: theirs, and those that were given already."""
    given = {
        seat.person.username
        for seat in one.seats
        if not seat.state.undecided or seat.forwarded_from is not None or seat.added_by is not None
    }
    named -= {place.person.username for place in one.assignments if _given_on(one, place)}
    named -= {place.person.username for place in one.assignments if place.heard_before is not None}
    voted = {place.person.username for place in one.approved if place.escalated_from is not None}
    return (named - voted) | given


def _added_besides(one: Step, named: set[str]) -> int:
    """How many votes are of people whom somebody has added and whom the process does not name."""
    return sum(seat.added_by is not None and seat.person.username not in named for seat in one.seats)


def _given_on(one: Step, place: Assignment) -> bool:
    """Whether somebody has given their place to others, who have it."""
    return place.state is AssignmentState.FORWARDED and any(
        other.forwarded_from == place.id
        and (other.state is not AssignmentState.FORWARDED or other.added_by is not None or _given_on(one, other))
        for other in one.assignments
    )


def _group(one: Step) -> str:
    """What a step is open together with."""
    return one.plan.block.key if one.plan.block else one.plan.key


def _approved(state: RunState) -> int:
    return sum(one.state is StepState.APPROVED for one in state.steps)


class RunMachine(RuleBasedStateMachine):
    """A run, and the list of what was accepted of it."""

    def __init__(self) -> None:
        super().__init__()
        self.state: RunState = not_sent()
        self.accepted: list[Decision] = []
        self.rounds = 0
        self.added = 0
        self.proposed: tuple[ProposedChange, ...] = ()
        self.tick = 0
        self.substitutions: list[Substitution] = []
        self.moment = NOW
        self.stood: dict[UUID, list[tuple[datetime, datetime]]] = {}
        self.away: dict[UUID, datetime] = {}
        self.done: dict[tuple[UUID, AlarmKind, int], datetime] = {}
        self.kept: OrderChanges = ()

    @property
    def _is_held(self) -> bool:
        """Whether the owner has something to answer."""
        differs = self.state.order_changes not in ((), self.kept)
        return differs and self.state.process_status is ProcessStatus.IN_PROGRESS

    def _next(self, action: Action, actor: str, **more: Any) -> Decision:
        self.tick += 1
        self.moment += timedelta(minutes=1)
        return decision(action, actor, number=self.tick, **more)

    def _settle(self, what: Decision, outcome: Accepted | Refusal, before: str, *, expected: bool) -> Accepted | None:
        """Compare an outcome with the model's; take the state it led to."""
        assert self.state.model_dump_json() == before, "the state that was given has changed"
        waits = self._is_held and what.action in REFUSED_WHILE_HELD
        assert isinstance(outcome, Accepted) is (expected and not waits), (what, outcome)
        if waits and expected:
            assert isinstance(outcome, Refusal)
            assert outcome.code is Code.HELD
        if isinstance(outcome, Refusal):
            return None
        assert not self.state.ended, "an ended run has changed"
        self.accepted.append(what)
        previous = self.state
        self._take(outcome.state)
        assert self.state.sequence == previous.sequence + 1
        self._events_tell_of(previous, outcome)
        assert bool(outcome.write_back) <= (self.state.process_status is ProcessStatus.COMPLETED)
        return outcome

    def _events_tell_of(self, previous: RunState, outcome: Accepted) -> None:
        """Whoever is asked now and was not before is told, once, and nobody else."""

        def asked(state: RunState) -> set[str]:
            opened = (one for step in state.steps for one in step.assignments if one.state is AssignmentState.OPEN)
            return {str(one.id) for one in opened}

        told = [e.facts["assignment_id"] for e in outcome.events if e.type is EventType.ASSIGNMENT_OPENED]
        assert len(told) == len(set(told))
        assert set(told) == asked(outcome.state) - asked(previous)

    def _take(self, state: RunState) -> None:
        """Go on from a state; write down since when those who were asked could not act, or had a question to the owner."""
        before = {one.id: one for asked in self.state.steps for one in asked.assignments}

        def runs(one: Assignment, state: RunState) -> bool:
            asked = (question for step in state.steps for question in step.open_consultations)
            places = {place.id: place.seat for step in state.steps for place in step.assignments}
            owner_is_asked = any(q.asked.username == OWNER and places[q.assignment_id] == one.id for q in asked)
            return one.state is AssignmentState.OPEN and not owner_is_asked and state.hold is None

        for one in (one for asked in state.steps for one in asked.assignments):
            if one.forwarded_from is not None and one.id not in before:
                self.stood[one.id] = list(self.stood.get(one.forwarded_from, []))
                if one.forwarded_from in self.away:
                    self.away[one.id] = self.away[one.forwarded_from]
            was = before.get(one.id)
            if was is None and one.state is AssignmentState.OPEN and not runs(one, state):
                self.away.setdefault(one.id, self.moment)
            elif was is not None and runs(was, self.state) and not runs(one, state):
                self.away[one.id] = self.moment
            elif runs(one, state) and one.id in self.away:
                self.stood.setdefault(one.id, []).append((self.away.pop(one.id), self.moment))
        self.state = state

    @property
    def _now(self) -> When:
        return When(said=self.moment, written=self.moment, calendar=BUSINESS_HOURS)

    @initialize(drawn=rounds_that_run, away=st.lists(st.tuples(people, people, ceilings), max_size=8))
    def send_while_people_are_away(self, drawn: Drawn, away: list[tuple[str, str, int | None]]) -> None:
        for who, substitute, ceiling in away:
            self.go_away(who, substitute, 0, 600, ceiling)
        self.send(OWNER, drawn)

    @rule(
        actor=st.sampled_from([OWNER, OWNER, OWNER, "manager", ADMIN]),
        drawn=st.one_of(rounds, rounds_that_run),
        known=st.booleans(),
    )
    def send(self, actor: str, drawn: Drawn, known: bool = True) -> None:
        """Send or resend; the order may have changed since the owner looked at it."""
        seen = self.state.order_changes if known else ()
        plans = _plans(drawn)
        may = self.state.process_status in (ProcessStatus.NOT_SENT, ProcessStatus.RETURNED)
        before = self.state.model_dump_json()
        what = self._next(Action.SEND, actor)
        outcome = begin_round(self.state, what, Round(steps=plans, values=VALUES, order_changes=seen), self._now)
        accepted = self._settle(what, outcome, before, expected=actor == OWNER and may and _can_run(plans))
        if accepted is not None:
            self.rounds += 1
            self.added = 0
            self.proposed = ()
            self.kept = seen
            assert (self.state.hold is not None) is self._is_held
            assert self.state.proposed == ()
            assert not accepted.crm_note
            assert self.state.process_status is ProcessStatus.IN_PROGRESS

    @precondition(lambda self: self.rounds)
    @rule(
        actor=people,
        key=st.sampled_from([*KEYS, None, None]),
        named=named_people,
        note=notes,
        quantity=quantities,
    )
    def approve_in_general(
        self, actor: str, key: str | None, named: str | None, note: str, quantity: str | None
    ) -> None:
        self.approve(actor, key, named, note, quantity)

    def approve(self, actor: str, key: str | None, named: str | None, note: str, quantity: str | None) -> None:
        """Somebody approves, or tries to."""
        changes = None if quantity is None else {"lines": [{"id": str(LINE), "quantity": quantity}]}
        what = self._next(Action.APPROVE, actor, step=key, note=note, changes=changes, acting_for=named)
        before, found = self.state.model_dump_json(), self._decidable(actor, key, named, quantity)
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN, stand_in=self._stand_in(actor))
        fits = quantity != "0" and (found is None or not self._changed_beside(found[0], quantity))
        fits = fits and (quantity is None or found is None or bool(found[0].plan.may_edit))
        accepted = self._settle(what, outcome, before, expected=found is not None and fits)
        if accepted is None:
            return
        assert found is not None
        opened = found[0]
        self._decided(actor, found, AssignmentState.APPROVED)
        decided = self.state.step(opened.plan.key)
        assert decided is not None
        assert decided.approved_by == (*opened.approved_by, actor)
        assert (decided.state is StepState.APPROVED) is (decided.approvals >= _votes_of(decided))
        assert accepted.crm_note is self.state.ended
        assert self.state.proposed[: len(self.proposed)] == self.proposed, "a proposal of the round was lost"
        self.proposed = self.state.proposed
        if self.state.ended:
            assert {change.pointer: change.after for change in accepted.write_back} == {
                change.pointer: change.after for change in self.proposed
            }

    @precondition(lambda self: self.state.open_steps)
    @rule(data=st.data(), said=of_lines)
    def leave_lines_out(self, data: st.DataObject, said: dict[UUID, LineDecision]) -> None:
        """Somebody decides single lines, or tries to: one that is out stays as it is, and without a line nothing is approved."""
        opened = data.draw(st.sampled_from(self.state.open_steps))
        actor = data.draw(st.sampled_from(sorted(one.person.username for one in opened.assignments)))
        lines = {str(line): {"decision": decision, "note": "vì sao"} for line, decision in said.items()}
        what = self._next(Action.APPROVE, actor, step=opened.plan.key, lines=lines)
        before, found = self.state.model_dump_json(), self._decidable(actor, opened.plan.key, None)
        out = {line: change.after for line, change in out_of(self.state.proposed).items()}
        fits = opened.plan.may_decide_lines and all(out.get(line, one) == one for line, one in said.items())
        outcome = decide(self.state, what, self._now, stand_in=self._stand_in(actor))
        accepted = self._settle(what, outcome, before, expected=found is not None and fits)
        if accepted is None:
            return
        assert found is not None
        out |= {line: one for line, one in said.items() if one is not LineDecision.APPROVE}
        assert {line: change.after for line, change in out_of(self.state.proposed).items()} == out
        assert self.state.proposed[: len(self.proposed)] == self.proposed, "a proposal of the round was lost"
        self.proposed = self.state.proposed
        if len(out) < len(VALUES.lines):
            self._decided(actor, found, AssignmentState.APPROVED)
        elif set(out.values()) == {LineDecision.REJECT}:
            self._decided(actor, found, AssignmentState.REJECTED)
            assert self.state.process_status is ProcessStatus.REJECTED
        else:
            self._decided(actor, found, AssignmentState.RETURNED)
            assert self.state.process_status is ProcessStatus.RETURNED

    @precondition(lambda self: self.rounds)
    @rule(actor=people, key=st.sampled_from([*KEYS, None, None]), named=named_people, note=notes, end=st.booleans())
    def reject(self, actor: str, key: str | None, named: str | None, note: str, end: bool) -> None:
        what = self._next(Action.REJECT, actor, step=key, note=note, end=end, acting_for=named)
        before, found = self.state.model_dump_json(), self._decidable(actor, key, named)
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN, stand_in=self._stand_in(actor))
        expected = found is not None and bool(note.strip())
        if accepted := self._settle(what, outcome, before, expected=expected):
            assert found is not None
            self._decided(actor, found, AssignmentState.REJECTED if end else AssignmentState.RETURNED)
            assert accepted.crm_note
            assert self.state.process_status is (ProcessStatus.REJECTED if end else ProcessStatus.RETURNED)

    @precondition(lambda self: self.rounds)
    @rule(actor=people, to=st.sampled_from(KEYS), note=notes, resume=st.sampled_from([None, *Resume]))
    def send_back(self, actor: str, to: str, note: str, resume: Resume | None) -> None:
        """Return to an earlier step."""
        what = self._next(Action.REJECT, actor, note=note, to=to, resume=resume)
        before, found, target = self.state.model_dump_json(), self._decidable(actor, None, None), self.state.step(to)
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN, stand_in=self._stand_in(actor))
        may = found is not None and to in found[0].plan.may_return_to and bool(note.strip())
        expected = may and target is not None and target.state is StepState.APPROVED
        if accepted := self._settle(what, outcome, before, expected=expected):
            assert target is not None
            again = self.state.step(to)
            assert again is not None
            assert (again.state, again.visit) == (StepState.OPEN, target.visit + 1)
            assert accepted.crm_note
            assert self.state.process_status is ProcessStatus.IN_PROGRESS
            assert self.state.proposed == self.proposed
            left = [place for ended in accepted.ended_visits for place in ended.assignments]
            assert not any(place.state.undecided for place in left), "somebody is asked in a visit that has ended"

    @precondition(lambda self: self.rounds)
    @rule(actor=people, note=notes)
    def recall(self, actor: str, note: str) -> None:
        what = self._next(Action.RECALL, actor, note=note)
        before, opened = self.state.model_dump_json(), self.state.open_step
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN)
        if accepted := self._settle(what, outcome, before, expected=actor == OWNER and opened is not None):
            assert accepted.crm_note
            assert self.state.process_status is ProcessStatus.RETURNED

    @precondition(lambda self: self.rounds)
    @rule(actor=people, note=notes)
    def cancel(self, actor: str, note: str) -> None:
        what = self._next(Action.CANCEL, actor, note=note)
        before, ended = self.state.model_dump_json(), self.state.ended
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN)
        expected = actor in (OWNER, ADMIN) and bool(note.strip()) and not ended
        if accepted := self._settle(what, outcome, before, expected=expected):
            assert accepted.crm_note
            assert self.state.process_status is ProcessStatus.CANCELLED

    @precondition(lambda self: self.rounds)
    @rule(actor=st.sampled_from([ADMIN, ADMIN, OWNER, "manager"]), drawn=rounds)
    def resolve(self, actor: str, drawn: Drawn) -> None:
        plans = _plans(drawn)
        what = self._next(Action.RESOLVE_APPROVERS, actor)
        before, opened = self.state.model_dump_json(), self.state.open_step
        outcome = resolve_approvers(
            self.state, what, plans, self._now, is_admin=actor == ADMIN, round_number=self.state.round
        )
        new = {plan.key: {person.username for person in plan.approvers} - {OWNER} for plan in plans if not plan.skipped}
        enough = all(
            _enough(one.plan.decision, _electorate(one, new[one.plan.key]), _added_besides(one, new[one.plan.key]))
            for one in self.state.steps
            if one.state in (StepState.OPEN, StepState.WAITING) and one.plan.key in new
        )
        rounds_before, proposed_before = self.state.round, self.state.proposed
        would = resolve_approvers(
            self.state.evolve(order_changes=()),
            what,
            plans,
            self._now,
            is_admin=actor == ADMIN,
            round_number=self.state.round,
        )
        decides = isinstance(would, Accepted) and _approved(would.state) > _approved(self.state)
        expected = actor == ADMIN and opened is not None and enough and not (decides and self._is_held)
        if accepted := self._settle(what, outcome, before, expected=expected):
            assert accepted.crm_note is self.state.ended
            assert (self.state.round, self.state.proposed) == (rounds_before, proposed_before)

    @rule(who=people, substitute=people, begins=minutes, lasts=lasting, ceiling=ceilings)
    def go_away(self, who: str, substitute: str, begins: int, lasts: int, ceiling: int | None) -> None:
        starts_at = self._now.said + timedelta(minutes=begins)
        substitution = Substitution(
            id=UUID(int=len(self.substitutions) + 1),
            person=person(who),
            substitute=person(substitute),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=lasts),
            ceiling=None if ceiling is None else Ceiling(amount=Decimal(ceiling), currency="VND"),
        )
        self.substitutions.append(substitution)

    @precondition(lambda self: self.state.open_steps)
    @rule(data=st.data(), votes=st.integers(1, 6))
    def vote_where_it_waits(self, data: st.DataObject, votes: int) -> None:
        for _ in range(votes):
            if not self.state.open_steps:
                return
            opened = data.draw(st.sampled_from(self.state.open_steps))
            who = data.draw(st.sampled_from(sorted(one.person.username for one in opened.assignments)))
            substitutes = [one.substitute.username for one in self.substitutions if one.person.username == who]
            actor = data.draw(st.sampled_from([*substitutes, who]))
            named = data.draw(st.sampled_from([None, who]))
            self.approve(actor, opened.plan.key, named, "", data.draw(quantities))

    @precondition(lambda self: self.substitutions)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.substitutions) - 1))
        update = {"revoked_at": self._now.said}
        self.substitutions[place] = self.substitutions[place].model_copy(update=update)

    def _named(self, actor: str, action: Action, **more: Any) -> tuple[Decision, Accepted | Refusal, str]:
        what = self._next(action, actor, **more)
        before = self.state.model_dump_json()
        outcome = decide(
            self.state,
            what,
            self._now,
            is_admin=actor == ADMIN,
            stand_in=self._stand_in(actor),
            people=DIRECTORY,
            by_version=Replanned(steps=more.get("plans", ())),
        )
        return what, outcome, before

    def _own(self, actor: str, key: str | None) -> tuple[Step, Assignment] | None:
        """The place of their own that somebody can do something with."""
        found = self._decidable(actor, key, None)
        return found if found is not None and found[1].person.username == actor else None

    @precondition(lambda self: self.rounds)
    @rule(actor=people, key=st.sampled_from([*KEYS, None, None]), to=people, note=notes)
    def forward(self, actor: str, key: str | None, to: str, note: str) -> None:
        what, outcome, before = self._named(actor, Action.FORWARD, step=key, whom=to, note=note)
        found = self._own(actor, key)
        expected = found is not None and bool(note.strip()) and self._can_get(found[0], to)
        expected = expected and found is not None and self._chain(*found) < 3
        due = found[1].due_at if found is not None else None
        if self._settle(what, outcome, before, expected=expected):
            assert found is not None
            step = self.state.step(found[0].plan.key)
            given, got = (step.assignment_of(actor), step.assignment_of(to)) if step is not None else (None, None)
            assert given is not None
            assert got is not None
            assert (given.state, got.state) == (AssignmentState.FORWARDED, AssignmentState.OPEN)
            assert (got.due_at, got.forwarded_from) == (due, given.id)

    @precondition(lambda self: self.rounds)
    @rule(actor=people, key=st.sampled_from([*KEYS, None, None]), to=people, note=notes)
    def consult(self, actor: str, key: str | None, to: str, note: str) -> None:
        what, outcome, before = self._named(actor, Action.CONSULT, step=key, whom=to, note=note)
        found = self._decidable(actor, key, None)
        expected = found is not None and bool(note.strip()) and to != actor and len(found[0].consultations) < 10
        expected = (
            expected
            and found is not None
            and not any((one.by.username, one.asked.username) == (actor, to) for one in found[0].open_consultations)
        )
        self._settle(what, outcome, before, expected=expected)

    @precondition(lambda self: self.state.open_steps)
    @rule(data=st.data(), what=st.sampled_from(["forward", "consult", "add"]), where=st.sampled_from(Where))
    def with_others_where_it_waits(self, data: st.DataObject, what: str, where: Where) -> None:
        opened = data.draw(st.sampled_from(self.state.open_steps))
        actor = data.draw(st.sampled_from(sorted(one.person.username for one in opened.assignments)))
        others = [who for who in PEOPLE if self._can_get(opened, who)]
        to = data.draw(st.sampled_from([*others, *PEOPLE]))
        if what == "forward":
            self.forward(actor, opened.plan.key, to, "vì sao")
        elif what == "consult":
            self.consult(actor, opened.plan.key, data.draw(people), "vì sao")
        else:
            self.add_approver(actor, opened.plan.key, to, where, "vì sao")

    @precondition(lambda self: any(one.consultations for one in self.state.steps))
    @rule(actor=people, data=st.data(), note=notes)
    def answer(self, actor: str, data: st.DataObject, note: str) -> None:
        asked = data.draw(st.sampled_from([one for step in self.state.steps for one in step.consultations]))
        who = data.draw(st.sampled_from([actor, asked.asked.username]))
        what, outcome, before = self._named(who, Action.ANSWER, consultation_id=asked.id, note=note)
        votes = [one.approvals for one in self.state.steps]
        expected = asked.open and who == asked.asked.username and bool(note.strip())
        if self._settle(what, outcome, before, expected=expected):
            assert [one.approvals for one in self.state.steps] == votes, "an answer is no vote"

    @precondition(lambda self: self.rounds)
    @rule(actor=people, key=st.sampled_from([*KEYS, None, None]), to=people, where=st.sampled_from(Where), note=notes)
    def add_approver(self, actor: str, key: str | None, to: str, where: Where, note: str) -> None:
        what, outcome, before = self._named(actor, Action.ADD_APPROVER, step=key, whom=to, where=where, note=note)
        found = self._own(actor, key)
        expected = found is not None and bool(note.strip()) and self.added < 3
        if found is not None:
            places = {one.id: one for one in found[0].assignments}
            expected = expected and not any(one.added_by for one in (found[1], places[found[1].seat]))
            fits = to not in (OWNER, actor) if where is Where.AFTER else self._can_get(found[0], to)
            expected = expected and fits
        opened = found[0] if found is not None else None
        if self._settle(what, outcome, before, expected=expected):
            assert opened is not None
            self.added += 1
            step = self.state.step(opened.plan.key)
            assert step is not None
            more = {Where.BEFORE: 0, Where.BESIDE: 1, Where.AFTER: 0}[where]
            assert len(step.seats) == len(opened.seats) + more
            assert len(self.state.steps) == len(self._before_of(before).steps) + (where is Where.AFTER)

    @staticmethod
    def _before_of(dumped: str) -> RunState:
        return RunState.model_validate_json(dumped)

    @precondition(lambda self: self.rounds)
    @rule(
        actor=st.sampled_from([ADMIN, ADMIN, OWNER, "manager"]),
        whose=people,
        to=st.sampled_from([*PEOPLE, "retired", "manager"]),
    )
    def reassign(self, actor: str, whose: str, to: str) -> None:
        what, outcome, before = self._named(actor, Action.REASSIGN, whose=whose, whom=to)
        waits = [
            (step, one)
            for step in self.state.steps
            if step.state in (StepState.OPEN, StepState.WAITING)
            for one in step.assignments
            if one.person.username == whose and one.state.undecided
        ]
        above = {"manager": ["director", "chairman"], "director": ["chairman"], "deputy": ["chairman"], "chairman": []}
        above[OWNER] = ["manager", *above["manager"]]
        takers = above[whose] if to == "manager" else [to] if to != "retired" else []
        moves = [place for step, place in waits if any(self._can_get(step, who) for who in takers)]
        if self._settle(what, outcome, before, expected=actor == ADMIN and bool(moves)):
            states = {one.id: one.state for step in self.state.steps for one in step.assignments}
            assert all(states[place.id] is AssignmentState.FORWARDED for place in moves)
            assert sum(states[place.id].undecided for _, place in waits) == len(waits) - len(moves)

    @precondition(lambda self: self.rounds)
    @rule(actor=st.sampled_from([ADMIN, ADMIN, *PEOPLE]), drawn=rounds_that_run | rounds, version=st.integers(1, 4))
    def move(self, actor: str, drawn: Drawn, version: int) -> None:
        plans = _plans(drawn)
        what, outcome, before = self._named(actor, Action.MOVE_RUN, to_version=version, plans=plans)
        may = actor == ADMIN and not self.state.ended and version != self.state.process_version
        previous = self._before_of(before)
        accepted = self._settle(what, outcome, before, expected=may and isinstance(outcome, Accepted))
        if accepted is None:
            return
        decided = [step for step in previous.steps if step.state is StepState.APPROVED]
        assert all(self.state.step(step.plan.key) == step for step in decided), "what was decided stands"
        assert self.state.process_status is previous.process_status, "a move ends nothing"
        assert bool(self.state.open_steps) is bool(previous.open_steps)
        assert self.state.process_version == version

    def _can_get(self, step: Step, who: str) -> bool:
        """Whether somebody may be given a place in a step."""
        there = {one.person.username for one in step.assignments} | set(self._voters(step))
        return who != OWNER and who not in there

    @staticmethod
    def _chain(step: Step, place: Assignment) -> int:
        by_id = {one.id: one for one in step.assignments}
        count = 0
        while place.forwarded_from in by_id:
            count += place.reasons[0].code == "forwarded_by"
            place = by_id[place.forwarded_from]
        return count

    @property
    def _amount(self) -> int:
        return self._amount_of(self._last_quantity.after if self._last_quantity is not None else "10")

    @property
    def _last_quantity(self) -> ProposedChange | None:
        return next((change for change in reversed(self.state.proposed) if change.field == "quantity"), None)

    @staticmethod
    def _amount_of(quantity: str | None) -> int:
        return int(quantity or 0) * 12_500_000 + 7_900_000

    def _stand_in(self, actor: str) -> StandIn:
        return StandIn(
            substitutions=tuple(one for one in self.substitutions if one.substitute.username == actor),
            said=self._now.said,
            department="",
            amount=Decimal(self._amount),
            currency="VND",
        )

    def _most(self, actor: str, who: str, said: datetime) -> float | None:
        """Up to which amount somebody may decide for somebody now; None: they may not."""
        ceilings = [
            float(one.ceiling.amount) if one.ceiling else float("inf")
            for one in self.substitutions
            if (one.person.username, one.substitute.username) == (who, actor)
            and one.starts_at <= said < one.ends_at
            and one.revoked_at is None
        ]
        return max(ceilings, default=None)

    @precondition(lambda self: self.rounds)
    @rule(hours=st.sampled_from([1, 3, 10, 30, 100]))
    def time_passes_and_the_clock_rings(self, hours: int) -> None:
        self.moment += timedelta(hours=hours)
        if self._is_held:
            assert tick(self.state, self._now, DIRECTORY, RING) is None
            self.the_run_hears_of_the_order()
        while True:
            before = self.state
            outcome = tick(self.state, self._now, DIRECTORY, RING)
            if outcome is None:
                break
            assert outcome.decision is not None
            rings = next_due(before)
            assert rings is not None
            assert rings <= self.moment, "the clock did something before its time"
            self._settle(outcome.decision, outcome, before.model_dump_json(), expected=True)
            self._reminded_once(before, outcome)
            stopped = outcome.decision.action is Action.EXPIRE
            assert outcome.crm_note is stopped
            assert (self.state.process_status is ProcessStatus.IN_PROGRESS) is not stopped
        rings = next_due(self.state)
        assert rings is None or rings > self.moment, "something that is due was not done"

    @rule(order=st.sampled_from(ORDERS))
    def the_order_changes(self, order: OrderChanges) -> None:
        """It is so from now on, whether the run has heard or not."""
        self.state = self.state.evolve(order_changes=order)

    @rule()
    def the_run_hears_of_the_order(self) -> None:
        self.moment += timedelta(minutes=1)
        before, held = self.state, self._is_held
        goes = before.process_status is ProcessStatus.IN_PROGRESS
        went_back = goes and bool(self.kept) and not before.order_changes
        about = before.hold.changes if before.hold is not None else ()
        outcome = follow_order(before, self._now, RING)
        expected = about != before.order_changes if held else goes and (bool(about) or went_back)
        assert (outcome is not None) is expected
        if outcome is not None:
            assert outcome.decision is not None
            assert outcome.decision.action is (Action.HOLD if held else Action.RESUME)
            self._settle(outcome.decision, outcome, before.model_dump_json(), expected=True)
            assert not outcome.crm_note
            assert self.state.steps == before.steps or self.state.hold != before.hold, "it touches nothing but clocks"
        assert (self.state.hold is not None) is held
        assert self.state.process_status is before.process_status
        if went_back:
            self.kept = ()
        assert follow_order(self.state, self._now, RING) is None, "once"

    @precondition(lambda self: self.rounds)
    @rule(
        actor=st.sampled_from([OWNER, OWNER, "manager", ADMIN]),
        choice=st.sampled_from([None, HoldChoice.KEEP, HoldChoice.KEEP, HoldChoice.AMEND]),
        note=notes,
    )
    def answer_the_order(self, actor: str, choice: HoldChoice | None, note: str) -> None:
        what = self._next(Action.RESOLVE_HOLD, actor, choice=choice, note=note)
        before, order = self.state, self.state.order_changes
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN)
        fits = choice is HoldChoice.AMEND or (choice is HoldChoice.KEEP and bool(note.strip()))
        accepted = self._settle(
            what, outcome, before.model_dump_json(), expected=actor == OWNER and self._is_held and fits
        )
        if accepted is None:
            return
        assert self.state.hold is None
        assert accepted.crm_note is (choice is HoldChoice.AMEND)
        if choice is HoldChoice.KEEP:
            self.kept = order
            assert self.state.process_status is ProcessStatus.IN_PROGRESS
        else:
            assert self.state.process_status is ProcessStatus.RETURNED

    @precondition(lambda self: self.state.open_steps and self.state.hold is None)
    @rule(hours=st.sampled_from([1, 30, 100]), actor=st.sampled_from(PEOPLE))
    def everything_stands_while_it_is_held(self, hours: int, actor: str) -> None:
        self.the_order_changes(next(order for order in ORDERS if order not in ((), self.kept)))
        self.the_run_hears_of_the_order()
        self.moment += timedelta(hours=hours)
        assert next_due(self.state) is None
        assert tick(self.state, self._now, DIRECTORY, RING) is None
        assert isinstance(decide(self.state, self._next(Action.APPROVE, actor), self._now), Refusal)
        self.the_order_changes(self.kept)
        self.the_run_hears_of_the_order()

    @precondition(lambda self: self.rounds)
    @rule(actor=st.sampled_from([OWNER, ADMIN, "manager"]), key=st.sampled_from([*KEYS, None]))
    def remind(self, actor: str, key: str | None) -> None:
        what = self._next(Action.REMIND, actor, step=key)
        before, opened = self.state, [one for one in self.state.open_steps if key in (None, one.plan.key)]
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN)
        told = opened[0].reminded_at if opened else None
        again = told is None or self.moment >= told + REMIND_AGAIN
        expected = actor in (OWNER, ADMIN) and bool(opened) and again
        if accepted := self._settle(what, outcome, before.model_dump_json(), expected=expected):
            people = {e.facts["person"] for e in accepted.events if e.type is EventType.ASSIGNMENT_REMINDED}
            assert people == set(self._waiting(opened[0]))

    def _reminded_once(self, before: RunState, outcome: Accepted) -> None:
        """Whoever the clock reminds had a reminder to come that is done now, and nobody else had."""
        told = [e.facts["assignment_id"] for e in outcome.events if e.type is EventType.ASSIGNMENT_REMINDED]
        assert len(told) == len(set(told))

        def done(state: RunState) -> set[tuple[str, int]]:
            return {
                (str(one.id), alarm.stage)
                for asked in state.steps
                for one in asked.assignments
                for alarm in one.alarms
                if alarm.kind is AlarmKind.REMIND and alarm.done_at is not None
            }

        assert {one for one, _ in done(outcome.state) - done(before)} == set(told)

    def _decidable(
        self, actor: str, key: str | None, named: str | None, quantity: str | None = None
    ) -> tuple[Step, Assignment] | None:
        """The place that somebody may decide: their own in the step that they name, or in the first that waits on them; or
        else that of the first person they stand in for, or of whom they name."""
        if actor == OWNER:
            return None
        steps = [
            one
            for one in self.state.steps
            if one.state is StepState.OPEN and key in (None, one.plan.key) and actor not in self._voters(one)
        ]
        own = [(one, place) for one in steps if (place := self._waiting(one).get(actor))]
        if own and named in (None, actor):
            return own[0]
        for one in steps:
            asked = {
                who: most
                for who in self._waiting(one)
                if named in (None, who) and who != actor
                if (most := self._most(actor, who, self._now.said)) is not None
            }
            if not asked:
                continue
            enough = [who for who in sorted(asked) if asked[who] >= self._amount]
            mine = one.assignment_of(actor)
            if not enough or (mine is not None and mine.state.undecided):
                return None
            lifted = max(self._amount, self._amount_of(quantity) if quantity else 0)
            return (one, self._waiting(one)[enough[0]]) if asked[enough[0]] >= lifted else None
        return None

    @staticmethod
    def _waiting(one: Step) -> dict[str, Assignment]:
        return {place.person.username: place for place in one.assignments if place.state is AssignmentState.OPEN}

    @staticmethod
    def _voters(one: Step) -> list[str]:
        """Who has had a vote in a step, as often as they have had it."""
        cast = [place.acted_by for place in one.assignments if place.acted_by is not None]
        return [*cast, *(place.person.username for place in one.carried)]

    def _decided(self, actor: str, found: tuple[Step, Assignment], outcome: AssignmentState) -> None:
        """It is recorded who acted, for whom, and by which substitution."""
        step, place = self.state.step(found[0].plan.key), found[1]
        decided = step.assignment_of(place.person.username) if step is not None else None
        assert decided is not None
        assert (decided.state, decided.acted_by) == (outcome, actor)
        assert (decided.substitution_id is not None) is (actor != place.person.username)
        assert self.state.last.acted_for == (None if actor == place.person.username else place.person.username)

    def _changed_beside(self, opened: Step, quantity: str | None) -> bool:
        """Whether a step of the same block has changed the quantity to another one."""
        beside = {one.plan.key for one in self.state.steps if _group(one) == _group(opened)} - {opened.plan.key}
        last = self._last_quantity
        return quantity is not None and last is not None and last.step in beside and last.after != quantity

    @invariant()
    def a_run_is_held_while_somebody_is_asked_and_then_every_clock_stands(self) -> None:
        if self.state.hold is None:
            return
        assert self.state.process_status is ProcessStatus.IN_PROGRESS
        asked = (one for step in self.state.open_steps for one in step.assignments)
        assert all(one.stands_since for one in asked if one.state is AssignmentState.OPEN)

    @invariant()
    def nothing_is_asked_about_what_is_decided(self) -> None:
        for asked in self.state.steps:
            undecided = {one.id for one in asked.assignments if one.state.undecided}
            assert {one.assignment_id for one in asked.open_consultations} <= undecided

    @invariant()
    def at_most_three_approvers_are_added_in_a_round(self) -> None:
        there = [one for asked in self.state.steps for one in asked.given_to if one.added_by is not None]
        assert len(there) <= self.added <= 3

    @invariant()
    def statuses_never_mix(self) -> None:
        assert (self.state.process_status, self.state.run_status) in SYNC_TABLE

    @invariant()
    def what_is_open_is_one_step_or_one_block(self) -> None:
        opened = [one for one in self.state.steps if one.state is StepState.OPEN]
        assert bool(opened) is (self.state.process_status is ProcessStatus.IN_PROGRESS)
        assert all(one.waiting_on for one in opened), "a step waits on nobody"
        assert all(one.opened_at for one in opened)
        assert len({_group(one) for one in opened}) <= 1
        for one in self.state.steps:
            if opened and _group(one) == _group(opened[0]):
                assert one.state is not StepState.WAITING, "a step of an open block waits for its turn"

    @invariant()
    def steps_are_decided_in_order(self) -> None:
        groups: dict[str, list[StepState]] = {}
        for one in self.state.steps:
            if one.state is not StepState.SKIPPED:
                groups.setdefault(_group(one), []).append(one.state)
        order = [StepState.APPROVED, StepState.OPEN, StepState.WAITING]
        states = [
            max(group, key=order.index) if StepState.OPEN not in group else StepState.OPEN for group in groups.values()
        ]
        assert states == sorted(states, key=order.index)

    @invariant()
    def a_step_is_approved_by_its_rule_alone(self) -> None:
        for one in self.state.steps:
            votes, wanted = one.approvals, _votes_of(one)
            if one.state is StepState.APPROVED:
                assert 0 < wanted <= votes
            if one.state is StepState.OPEN:
                assert votes < wanted <= votes + len([seat for seat in one.seats if seat.state.undecided])

    @invariant()
    def a_clock_never_counts_a_pause(self) -> None:
        for asked in self.state.open_steps:
            deadline = asked.plan.deadline
            for one in asked.seats:
                if deadline is None or one.state is not AssignmentState.OPEN:
                    continue
                if one.stands_since is not None:
                    assert one.due_at is None or one.due_at <= one.stands_since, "it was over before"
                    continue
                assert one.due_at is not None
                assert abs(self._ran(one, one.due_at, deadline.unit) - deadline.amount) < Fraction(1, 10**9)

    def _ran(self, one: Assignment, until: datetime, unit: Unit) -> Fraction:
        """How long a clock has run, by what was written down here."""
        begin, ran = one.opened_at, Fraction(0)
        assert begin is not None
        for since, again in self.stood.get(one.id, []):
            ran += BUSINESS_HOURS.between(begin, min(since, until), unit)
            begin = again
        return ran + BUSINESS_HOURS.between(begin, until, unit)

    @invariant()
    def what_the_clock_has_done_is_done_once(self) -> None:
        for one in (one for asked in self.state.steps for one in asked.assignments):
            places = [(alarm.kind, alarm.stage) for alarm in one.alarms]
            assert len(places) == len(set(places))
            for alarm in one.alarms:
                if alarm.done_at is not None:
                    assert self.done.setdefault((one.id, alarm.kind, alarm.stage), alarm.done_at) == alarm.done_at

    @invariant()
    def of_those_who_have_one_vote_together_one_gives_it(self) -> None:
        for asked in self.state.steps:
            for seat in asked.seats:
                together = [one for one in asked.assignments if one.seat == seat.id]
                given = [one for one in together if one.state in (AssignmentState.APPROVED, AssignmentState.CARRIED)]
                assert len(given) <= 1
                assert not given or not any(one.state.undecided for one in together)

    @invariant()
    def a_carried_approval_is_of_somebody_who_approved_just_that(self) -> None:
        for one in self.state.steps:
            for place in one.carried:
                assert place.acted_by is None
                held = one.earlier.approved_by if one.earlier is not None else ()
                others = [other.assignment_of(place.person.username) for other in self.state.steps if other is not one]
                assert place.person in held or any(
                    other and other.acted_by == place.person.username for other in others
                )

    @invariant()
    def nobody_approves_their_own_request(self) -> None:
        for one in self.state.steps:
            assert OWNER not in one.approved_by
            assert OWNER not in self._voters(one)
            assert one.assignment_of(OWNER) is None

    @invariant()
    def who_is_asked_follows_from_the_steps(self) -> None:
        for asked in self.state.steps:
            states = {one.state for one in asked.assignments}
            assert len({one.person.username for one in asked.assignments}) == len(asked.assignments)
            if asked.state is StepState.OPEN:
                assert AssignmentState.OPEN in states
                heard = {one.heard_before for one in asked.assignments if one.state.undecided}
                for one in asked.assignments:
                    assert (one.state is AssignmentState.WAITING) is (one.state.undecided and one.seat in heard)
            else:
                assert AssignmentState.OPEN not in states
            if asked.state is StepState.APPROVED:
                assert states & {AssignmentState.APPROVED, AssignmentState.CARRIED}
            for one in asked.assignments:
                assert (one.closed_at is None) is one.state.undecided
                assert (one.opened_at is not None) or one.state is not AssignmentState.OPEN

    @invariant()
    def one_person_has_one_vote_in_a_step(self) -> None:
        for one in self.state.steps:
            voters = self._voters(one)
            assert len(set(voters)) == len(voters), voters

    @invariant()
    def whoever_decided_for_somebody_was_their_substitute(self) -> None:
        by_id = {one.id: one for one in self.substitutions}
        for step_ in self.state.steps:
            for place in step_.assignments:
                if place.acted_by not in (None, place.person.username):
                    assert place.substitution_id is not None
                    by = by_id[place.substitution_id]
                    assert (by.person.username, by.substitute.username) == (place.person.username, place.acted_by)
                    assert place.closed_at is not None
                    assert by.starts_at <= place.closed_at < by.ends_at
                    assert by.revoked_at is None or by.revoked_at >= place.closed_at

    @invariant()
    def every_accepted_decision_counts_exactly_once(self) -> None:
        assert self.state.sequence == len(self.accepted)
        assert self.state.round == self.rounds
        expected = [(what.action, what.actor, what.end) for what in self.accepted]
        logged = [(past.action, past.actor, past.end) for past in self.state.log if past.action is not Action.CREATE]
        assert logged == expected[-LOG_LENGTH:]

    @invariant()
    def an_ended_run_refuses_everything_and_says_who_ended_it(self) -> None:
        if not self.state.ended:
            return
        for action in (Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL):
            refusal = decide(self.state, decision(action, ADMIN, note="-"), self._now, is_admin=True)
            assert isinstance(refusal, Refusal)
            assert refusal.code is Code.RUN_ENDED
            assert refusal.params["actor"] == self.accepted[-1].actor


TestRunMachine = RunMachine.TestCase
TestRunMachine.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
