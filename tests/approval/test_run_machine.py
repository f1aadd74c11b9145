"""Whatever sequence of decisions by whatever people arrives, the invariants of domain.md hold.

The model beside the machine knows only the sync table: who may do what, and which statuses follow. The machine under
test must agree with it on every decision, and must keep what is said of every state.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from approval.changes import ProposedChange
from approval.effects import EventType
from approval.model import Action, Code, ProcessStatus, Refusal, RunStatus, StepState
from approval.process import RepeatApprover, Resume
from approval.routing import BlockRef, StepPlan
from approval.run import Accepted, begin_round, decide, resolve_approvers
from approval.state import LOG_LENGTH, AssignmentState, Decision, Round, RunState, Step, When
from approval.votes import DecisionRule, Quorum, VoteRule, needed
from tests.approval.company import LINE, NOW, VALUES, decision, not_sent, step, when

SYNC_TABLE = {
    (ProcessStatus.NOT_SENT, RunStatus.IN_PROGRESS),
    (ProcessStatus.IN_PROGRESS, RunStatus.IN_PROGRESS),
    (ProcessStatus.RETURNED, RunStatus.IN_PROGRESS),
    (ProcessStatus.REJECTED, RunStatus.REJECTED),
    (ProcessStatus.CANCELLED, RunStatus.CANCELLED),
    (ProcessStatus.COMPLETED, RunStatus.COMPLETED),
}
"""The only pairs of statuses there are; the third is where they differ on purpose."""

OWNER = "sales"
ADMIN = "chairman"
PEOPLE = ("sales", "manager", "director", "deputy", "chairman")
KEYS = ("one", "two", "three", "four", "five")

people = st.sampled_from(PEOPLE)
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
drawn_steps = st.tuples(approvers, rules, st.sampled_from([False, False, True]))
Drawn = tuple[list[list[tuple[list[str], VoteRule, bool]]], RepeatApprover]
rounds: st.SearchStrategy[Drawn] = st.tuples(
    st.lists(st.lists(drawn_steps, min_size=1, max_size=3), min_size=1, max_size=3), st.sampled_from(RepeatApprover)
)
"""What runs one after the other: a step, or two or three at once; and what becomes of people who are asked twice."""
notes = st.sampled_from(["", "  ", "vì sao"])
quantities = st.sampled_from([None, "8", "9", "10", "0"])


def _plans(drawn: Drawn) -> tuple[StepPlan, ...]:
    groups, repeat = drawn
    keys = iter(KEYS)
    plans: list[StepPlan] = []
    for number, group in enumerate(groups):
        earlier = tuple(plan.key for plan in plans)
        name = {"vi": f"Khối {number}", "en": f"Block {number}"}
        block = BlockRef(key=f"block-{number}", name=name) if len(group) > 1 else None
        for key, (names, vote, skipped) in zip(keys, group, strict=False):
            asked = [] if skipped else names
            plans.append(
                step(
                    key,
                    *asked,
                    decision=vote,
                    skipped=skipped,
                    block=block,
                    repeat_approver=repeat,
                    may_return_to=earlier,
                )
            )
    return tuple(plans)


def _enough(rule: VoteRule, people: set[str]) -> bool:
    return bool(people) and needed(rule, len(people)) <= len(people)


def _can_run(plans: tuple[StepPlan, ...]) -> bool:
    """Enough people other than the owner can approve each step, and there is a step at all."""
    run = [plan for plan in plans if not plan.skipped]
    return bool(run) and all(
        _enough(plan.decision, {person.username for person in plan.approvers} - {OWNER}) for plan in run
    )


def _group(one: Step) -> str:
    """What a step is open together with."""
    return one.plan.block.key if one.plan.block else one.plan.key


class RunMachine(RuleBasedStateMachine):
    """A run, and the list of what was accepted of it."""

    def __init__(self) -> None:
        super().__init__()
        self.state: RunState = not_sent()
        self.accepted: list[Decision] = []
        self.rounds = 0
        self.proposed: tuple[ProposedChange, ...] = ()
        self.tick = 0

    def _next(self, action: Action, actor: str, **more: Any) -> Decision:
        self.tick += 1
        return decision(action, actor, number=self.tick, **more)

    def _settle(self, what: Decision, outcome: Accepted | Refusal, before: str, *, expected: bool) -> Accepted | None:
        """Compare an outcome with the model's; take the state it led to."""
        assert self.state.model_dump_json() == before, "the state that was given has changed"
        assert isinstance(outcome, Accepted) is expected, (what, outcome)
        if isinstance(outcome, Refusal):
            return None
        assert not self.state.ended, "an ended run has changed"
        self.accepted.append(what)
        previous, self.state = self.state, outcome.state
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

    @property
    def _now(self) -> When:
        return when(NOW + timedelta(minutes=self.tick))

    @rule(actor=st.sampled_from([OWNER, OWNER, OWNER, "manager", ADMIN]), drawn=rounds)
    def send(self, actor: str, drawn: Drawn) -> None:
        plans = _plans(drawn)
        may = self.state.process_status in (ProcessStatus.NOT_SENT, ProcessStatus.RETURNED)
        before = self.state.model_dump_json()
        what = self._next(Action.SEND, actor)
        outcome = begin_round(self.state, what, Round(steps=plans, values=VALUES), self._now)
        accepted = self._settle(what, outcome, before, expected=actor == OWNER and may and _can_run(plans))
        if accepted is not None:
            self.rounds += 1
            self.proposed = ()
            assert self.state.proposed == ()
            assert not accepted.crm_note
            assert self.state.process_status is ProcessStatus.IN_PROGRESS

    @precondition(lambda self: self.rounds)
    @rule(actor=people, key=st.sampled_from([*KEYS, None, None]), note=notes, quantity=quantities)
    def approve(self, actor: str, key: str | None, note: str, quantity: str | None) -> None:
        changes = None if quantity is None else {"lines": [{"id": str(LINE), "quantity": quantity}]}
        what = self._next(Action.APPROVE, actor, step=key, note=note, changes=changes)
        before, opened = self.state.model_dump_json(), self._decidable(actor, key)
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN)
        fits = quantity != "0" and (opened is None or not self._changed_beside(opened, quantity))
        accepted = self._settle(what, outcome, before, expected=opened is not None and fits)
        if accepted is None:
            return
        assert opened is not None
        decided = self.state.step(opened.plan.key)
        assert decided is not None
        assert decided.approved_by == (*opened.approved_by, actor)
        assert (decided.state is StepState.APPROVED) is (
            decided.approvals >= needed(decided.plan.decision, len(decided.people))
        )
        assert accepted.crm_note is self.state.ended
        assert self.state.proposed[: len(self.proposed)] == self.proposed, "a proposal of the round was lost"
        self.proposed = self.state.proposed
        if self.state.ended:
            assert {change.pointer: change.after for change in accepted.write_back} == {
                change.pointer: change.after for change in self.proposed
            }

    @precondition(lambda self: self.rounds)
    @rule(actor=people, key=st.sampled_from([*KEYS, None, None]), note=notes, end=st.booleans())
    def reject(self, actor: str, key: str | None, note: str, end: bool) -> None:
        what = self._next(Action.REJECT, actor, step=key, note=note, end=end)
        before, opened = self.state.model_dump_json(), self._decidable(actor, key)
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN)
        expected = opened is not None and bool(note.strip())
        if accepted := self._settle(what, outcome, before, expected=expected):
            assert accepted.crm_note
            assert self.state.process_status is (ProcessStatus.REJECTED if end else ProcessStatus.RETURNED)

    @precondition(lambda self: self.rounds)
    @rule(actor=people, to=st.sampled_from(KEYS), note=notes, resume=st.sampled_from([None, *Resume]))
    def send_back(self, actor: str, to: str, note: str, resume: Resume | None) -> None:
        """Return to an earlier step."""
        what = self._next(Action.REJECT, actor, note=note, to=to, resume=resume)
        before, opened, target = self.state.model_dump_json(), self._decidable(actor, None), self.state.step(to)
        outcome = decide(self.state, what, self._now, is_admin=actor == ADMIN)
        may = opened is not None and to in opened.plan.may_return_to and bool(note.strip())
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
            _enough(
                one.plan.decision,
                new[one.plan.key] | {person.person.username for person in (*one.approved, *one.carried)},
            )
            for one in self.state.steps
            if one.state in (StepState.OPEN, StepState.WAITING) and one.plan.key in new
        )
        rounds_before, proposed_before = self.state.round, self.state.proposed
        expected = actor == ADMIN and opened is not None and enough
        if accepted := self._settle(what, outcome, before, expected=expected):
            assert accepted.crm_note is self.state.ended
            assert (self.state.round, self.state.proposed) == (rounds_before, proposed_before)

    def _decidable(self, actor: str, key: str | None) -> Step | None:
        """The open step that waits on somebody, and that they name, or the first such one."""
        if actor == OWNER:
            return None
        for one in self.state.steps:
            waiting = {place.person.username for place in one.assignments if place.state is AssignmentState.OPEN}
            if one.state is StepState.OPEN and key in (None, one.plan.key) and actor in waiting:
                return one
        return None

    def _changed_beside(self, opened: Step, quantity: str | None) -> bool:
        """Whether a step of the same block has changed the quantity to another one."""
        beside = {one.plan.key for one in self.state.steps if _group(one) == _group(opened)} - {opened.plan.key}
        last = self.state.proposed[-1] if self.state.proposed else None
        return quantity is not None and last is not None and last.step in beside and last.after != quantity

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
            votes, wanted = one.approvals, needed(one.plan.decision, len(one.people))
            if one.state is StepState.APPROVED:
                assert 0 < wanted <= votes
            if one.state is StepState.OPEN:
                assert votes < wanted <= votes + len(one.waiting_on)

    @invariant()
    def a_carried_approval_is_of_somebody_who_approved_just_that(self) -> None:
        for one in self.state.steps:
            for place in one.carried:
                assert place.acted_by is None
                held = one.earlier.approved_by if one.earlier is not None else ()
                assert place.person in held or any(
                    place.person.username in other.approved_by for other in self.state.steps if other is not one
                )

    @invariant()
    def nobody_approves_their_own_request(self) -> None:
        for one in self.state.steps:
            assert OWNER not in one.approved_by
            assert one.assignment_of(OWNER) is None

    @invariant()
    def who_is_asked_follows_from_the_steps(self) -> None:
        for asked in self.state.steps:
            states = {one.state for one in asked.assignments}
            assert len({one.person.username for one in asked.assignments}) == len(asked.assignments)
            if asked.state is StepState.OPEN:
                assert AssignmentState.OPEN in states
                assert AssignmentState.WAITING not in states
            else:
                assert AssignmentState.OPEN not in states
            if asked.state is StepState.APPROVED:
                assert states & {AssignmentState.APPROVED, AssignmentState.CARRIED}
            for one in asked.assignments:
                assert (one.closed_at is None) is one.state.undecided
                assert (one.opened_at is not None) or one.state is not AssignmentState.OPEN

    @invariant()
    def nobody_approves_a_step_twice(self) -> None:
        assert all(len(set(one.approved_by)) == len(one.approved_by) for one in self.state.steps)

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
