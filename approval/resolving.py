"""Giving a step that is still to be decided the approvers that its process gives today."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from approval.alarms import Pause
from approval.model import Reason, StepState
from approval.pauses import ended_pause, scheduled
from approval.routing import StepPlan
from approval.state import Assignment, AssignmentState, RunState, Step, When
from approval.steps import assignment_id, eligible, opened_in, require_enough, settled, with_turns

_STAYS_TRUE: Final = ("chosen_person_left", "condition_true", "added_by_change")
"""Reasons of a step that hold to the end of the round, whoever its approvers are."""


def resolved_again(state: RunState, step: Step, plan: StepPlan | None, when: When) -> Step:
    """A step with new approvers, if it is still to be decided.

    Raises:
        RefusedError: too few would be left to decide it, and the run would never go on.
    """
    if plan is None or plan.skipped or step.state not in (StepState.OPEN, StepState.WAITING):
        return step
    named = {person.username: person for person in eligible(state, plan)}
    step = _without_added(step, plan, named).evolve(plan=step.plan.by_rows_of(plan))
    kept = without_lost_escalations(
        tuple(
            one if people_moved(one, step) else _still_asked(one, one.person.username in named, step, plan, when)
            for one in step.assignments
        ),
        when,
    )
    known = {one.person.username for one in kept}
    added = tuple(
        opened_in(
            Assignment(
                id=assignment_id(state, plan.key, step.visit, person),
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
    require_enough(step.plan, len(again.seats), again.added_seats)
    return settled(with_turns(again, when), when)


def _still_true(before: tuple[Reason, ...], now: tuple[Reason, ...]) -> Iterator[Reason]:
    """Reasons that a step had and has whoever its approvers are, except those that are given anew."""
    return (reason for reason in before if reason.code in _STAYS_TRUE and reason not in now)


def _without_added(step: Step, plan: StepPlan, named: Container[str]) -> Step:
    """A step in which those whom its process names have their place by it, though somebody had added them beside."""

    def by_process(one: Assignment) -> bool:
        return one.added_by is not None and one.heard_before is None and one.person.username in named

    places = tuple(
        one.model_copy(update={"added_by": None, "reasons": plan.reasons_for(one.person.username)})
        if by_process(one)
        else one
        for one in step.assignments
    )
    again = step.evolve(assignments=places)
    return again.evolve(added_earlier=step.added_earlier + step.added - again.added)


def people_moved(one: Assignment, step: Step) -> bool:
    """Whether people have given a place to somebody, or added one, so that it is not the directory's to say who has it: as
    long as whoever got it is there."""
    if one.state is AssignmentState.FORWARDED:
        return any(other.forwarded_from == one.id and people_moved(other, step) for other in step.assignments)
    return (one.forwarded_from is not None or one.added_by is not None) and not (one.left and one.state.undecided)


def _still_asked(one: Assignment, named: bool, step: Step, plan: StepPlan, when: When) -> Assignment:
    """Somebody's place after the approvers were resolved again: kept, given back, or taken away."""
    left_out = one.state is AssignmentState.NOT_NEEDED and one.escalated_from is not None
    if named and (left_out or one.state is AssignmentState.FORWARDED):
        back = {"closed_at": None, "reasons": plan.reasons_for(one.person.username), "escalated_from": None}
        if one.opened_at is None or step.state is not StepState.OPEN:
            return opened_in(one.model_copy(update={**back, "state": AssignmentState.WAITING}), step, when)
        one = ended_pause(one, one.id, step.plan, when)
        away = Pause(since=one.closed_at or when.written, until=when.written)  # forwarding does not reset the clock
        returned = one.model_copy(update={**back, "state": AssignmentState.OPEN, "pauses": (*one.pauses, away)})
        return scheduled(returned, step.plan, when)
    if named and one.escalated_from is not None and one.state.undecided:
        own = one.model_copy(update={"escalated_from": None, "reasons": plan.reasons_for(one.person.username)})
        return scheduled(own, step.plan, when)
    if not named and one.state.undecided and one.escalated_from is None:
        return one.model_copy(update={"state": AssignmentState.FORWARDED, "closed_at": when.written})
    return one


def without_lost_escalations(places: tuple[Assignment, ...], when: When) -> tuple[Assignment, ...]:
    """Nobody decides in the stead of those whose place was taken away, and nobody is heard before them."""
    lost = {one.id for one in places if one.state is AssignmentState.FORWARDED}

    def closed(one: Assignment) -> Assignment:
        if not one.state.undecided or not {one.escalated_from, one.heard_before} & lost:
            return one
        state = AssignmentState.FORWARDED if one.escalated_from in lost else AssignmentState.NOT_NEEDED
        return one.model_copy(update={"state": state, "closed_at": when.written})

    return tuple(closed(one) for one in places)
