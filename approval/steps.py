"""What becomes of a round's steps and of those who are asked in them: opened, closed, given to others, added."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid5

from approval.model import Code, Person, ProcessStatus, Reason, RefusedError, RunStatus, StepState, refuse
from approval.process import DecisionRule
from approval.routing import RoutedStep, StepPlan
from approval.state import Assignment, AssignmentState, RunState, Step, When

_STAYS_TRUE = ("chosen_person_left", "condition_true", "added_by_change")
"""Reasons of a step that hold to the end of the round, whoever its approvers are."""


def fresh(state: RunState, plan: StepPlan) -> Step:
    """A step that waits for its turn. An owner among its approvers is taken out, whoever put them there.

    Raises:
        RefusedError: nobody is left who could approve it.
    """
    if plan.skipped:
        return Step(plan=plan, state=StepState.SKIPPED)
    approvers = _eligible(state, plan)
    if not approvers:
        raise _nobody_for(plan)
    return Step(
        plan=plan.model_copy(update={"approvers": (), "reasons": {}}),  # from now on the assignments say it
        state=StepState.WAITING,
        assignments=tuple(
            Assignment(
                id=_assignment_id(state, plan.key, 1, person), person=person, reasons=plan.reasons_for(person.username)
            )
            for person in approvers
        ),
    )


def _eligible(state: RunState, plan: StepPlan) -> tuple[Person, ...]:
    return tuple(person for person in plan.approvers if person.username != state.owner.username)


def _assignment_id(state: RunState, step: str, visit: int, person: Person) -> UUID:
    """The same for the same place in the same round: nothing here is drawn by chance."""
    return uuid5(state.request_id, f"{state.round}/{step}/{visit}/{person.username}")


def _nobody_for(plan: StepPlan) -> RefusedError:
    names = {f"step_name_{language}": text for language, text in plan.name.items()}
    return refuse(Code.NO_ELIGIBLE_APPROVER, step=plan.key, **names)


def now_needed(state: RunState, routed: tuple[RoutedStep, ...]) -> tuple[RoutedStep, ...]:
    """Of the steps as they would be routed now, those that the round skips and that the request now needs."""
    skipped = {step.plan.key for step in state.steps if step.state is StepState.SKIPPED}
    return tuple(step for step in routed if step.plan.key in skipped and not step.plan.skipped)


def with_added_steps(state: RunState, plans: tuple[StepPlan, ...]) -> RunState:
    """The run with steps that a change made necessary. None is ever dropped by a change.

    Raises:
        RefusedError: nobody could approve one of them.
    """
    for plan in plans:
        reasons = (*plan.why, Reason(code="added_by_change"))
        state = state.with_step(fresh(state, plan.model_copy(update={"why": reasons})))
    return state


def resolved_again(state: RunState, step: Step, plan: StepPlan | None, when: When) -> Step:
    """A step with new approvers, if it is still to be decided.

    Raises:
        RefusedError: nobody would be left to wait on, and with nobody to decide it the run would never go on.
    """
    if plan is None or plan.skipped or step.state not in (StepState.OPEN, StepState.WAITING):
        return step
    named = {person.username: person for person in _eligible(state, plan)}
    kept = tuple(_still_asked(one, one.person.username in named, step, plan, when) for one in step.assignments)
    known = {one.person.username for one in kept}
    added = tuple(
        _opened(
            Assignment(
                id=_assignment_id(state, plan.key, step.visit, person),
                person=person,
                reasons=plan.reasons_for(person.username),
            ),
            step,
            when,
        )
        for username, person in named.items()
        if username not in known
    )
    again = step.evolve(
        plan=step.plan.model_copy(update={"why": (*plan.why, *_still_true(step.plan.why, plan.why))}),
        assignments=tuple(sorted((*kept, *added), key=lambda one: one.person.username)),
    )
    if again.waiting_on:
        return again
    if step.plan.decision is DecisionRule.ALL and again.approved:
        return again.evolve(state=StepState.APPROVED)
    raise _nobody_for(step.plan)


def _still_true(before: tuple[Reason, ...], now: tuple[Reason, ...]) -> Iterator[Reason]:
    """Reasons that a step had and has whoever its approvers are, except those that are given anew."""
    return (reason for reason in before if reason.code in _STAYS_TRUE and reason not in now)


def _still_asked(one: Assignment, named: bool, step: Step, plan: StepPlan, when: When) -> Assignment:
    """Somebody's place after the approvers were resolved again: kept, given back, or taken away."""
    if named and one.state is AssignmentState.FORWARDED:
        back = {"state": AssignmentState.WAITING, "closed_at": None, "reasons": plan.reasons_for(one.person.username)}
        return _opened(one.model_copy(update=back), step, when)
    if not named and one.state.undecided:
        return one.model_copy(update={"state": AssignmentState.FORWARDED, "closed_at": when.written})
    return one


def open_next(state: RunState, when: When) -> RunState:
    """Open the first step that waits, unless one is open."""
    if state.open_step is not None:
        return state
    following = next((step for step in state.steps if step.state is StepState.WAITING), None)
    if following is None:
        return state
    opened = following.evolve(state=StepState.OPEN, opened_at=when.written)
    return state.with_step(
        opened.evolve(assignments=tuple(_opened(one, opened, when) for one in following.assignments))
    )


def _opened(one: Assignment, step: Step, when: When) -> Assignment:
    """A place whose time has come, if its step is open; its deadline counts from now."""
    if step.state is not StepState.OPEN or one.state is not AssignmentState.WAITING:
        return one
    due = _due(step.plan, when)
    return one.model_copy(update={"state": AssignmentState.OPEN, "opened_at": when.written, "due_at": due})


def _due(plan: StepPlan, when: When) -> datetime | None:
    if plan.deadline_hours is None or when.calendar is None:
        return None
    return when.calendar.add(when.written, plan.deadline_hours)


def closed_by(step: Step, own: Assignment, outcome: AssignmentState, when: When) -> Step:
    """A step in which somebody has decided."""
    update = {"state": outcome, "closed_at": when.written, "acted_by": own.person.username}
    decided = own.model_copy(update=update)
    return step.evolve(assignments=tuple(decided if one.id == own.id else one for one in step.assignments))


def over(step: Step, when: When) -> Step:
    """A step in which nobody is asked any more."""

    closed = {"state": AssignmentState.NOT_NEEDED, "closed_at": when.written}
    return step.evolve(
        assignments=tuple(one.model_copy(update=closed) if one.state.undecided else one for one in step.assignments)
    )


def stopped(state: RunState, process_status: ProcessStatus, run_status: RunStatus, when: When) -> RunState:
    """Stop waiting for anybody: open steps go back to waiting, and nobody is asked."""
    steps = tuple(
        over(step, when).evolve(state=StepState.WAITING, opened_at=None)
        if step.state in (StepState.OPEN, StepState.WAITING)
        else step
        for step in state.steps
    )
    return state.evolve(steps=steps, process_status=process_status, run_status=run_status)
