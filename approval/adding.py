"""Adding an approver to a round: before, beside or after whoever adds them. Source: processes.md, "Who decides when somebody is
away".
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from approval.acting import acting_for_oneself, closed
from approval.alarms import Pause, schedule
from approval.forwarding import named, require_new_to, require_not_owner
from approval.model import Action, Code, FieldError, Person, Reason, StepState, refuse
from approval.pauses import scheduled
from approval.process import RepeatApprover
from approval.routing import Directory
from approval.state import Assignment, AssignmentState, Decision, RunState, Step, When, Where
from approval.steps import assignment_id, fresh
from approval.substitution import StandIn
from approval.votes import DecisionRule

MOST_ADDED: Final = 3
"""How many approvers are added in a round."""


def addable(state: RunState, decision: Decision, stand_in: StandIn | None) -> tuple[Step, Assignment | None]:
    """The step that somebody may add an approver to, and their place in it; the owner has none.

    Raises:
        RefusedError: ``not_eligible``: enough were added, or they were added themselves; ``forbidden``: the owner, where the
            process does not let them; or see ``acting``.
    """
    if decision.actor == state.owner.username:
        return _of_owner(state, decision), None
    place = acting_for_oneself(state, decision, stand_in)
    step, own = place.step, place.assignment
    seat = next((one for one in step.assignments if one.id == own.seat), own)
    if own.added_by is not None or seat.added_by is not None:
        raise refuse(Code.NOT_ELIGIBLE, variant="was_added")
    _require_few(state)
    return step, own


def added(
    state: RunState, decision: Decision, when: When, stand_in: StandIn | None, people: Directory
) -> tuple[RunState, Step]:
    """The run once somebody has added an approver, and the step as it was.

    Args:
        state: the run.
        decision: who adds, in which step, whom and where.
        when: when it was said and takes effect.
        stand_in: for whom else they may decide, which adds nobody.
        people: whom they add, if there is such a user.

    Raises:
        RefusedError: ``approver_not_eligible``: the owner; ``not_eligible``: they have a place in the step; ``invalid``: nobody
            active has this name; or see ``addable``.
    """
    if decision.where is None:
        raise refuse(Code.INVALID, FieldError(pointer="/where", message="value_required"))
    step, own = addable(state, decision, stand_in)
    person = named(people, decision.whom)
    if decision.where is Where.AFTER or own is None:
        require_not_owner(state, person)
        if person.username == decision.actor:
            raise refuse(Code.NOT_ELIGIBLE, variant="oneself")
        return _after(state, step, person, decision, when), step
    require_new_to(state, step, person)
    place = _place(state, step, person, decision, when)
    if decision.where is Where.BEFORE:
        place = place.model_copy(update={"heard_before": own.seat})
        step_then = _waits(step, own.seat, when)
    else:
        step_then = step
    places = sorted((*step_then.assignments, place), key=lambda one: one.person.username)
    return state.with_step(step_then.evolve(assignments=tuple(places))), step


def _of_owner(state: RunState, decision: Decision) -> Step:
    """The open step after which the owner has somebody decide, where the process lets them."""
    step = state.step(decision.step) if decision.step is not None else state.open_step
    if decision.step is not None and step is None:
        raise refuse(Code.INVALID, FieldError(pointer="/step", message="no_such_step"))
    if step is None or step.state is not StepState.OPEN:
        raise closed(state, step)
    if decision.where is not Where.AFTER or not step.plan.owner_may_add:
        raise refuse(Code.FORBIDDEN, action=Action.ADD_APPROVER)
    _require_few(state)
    return step


def _require_few(state: RunState) -> None:
    if sum(step.added for step in state.steps) >= MOST_ADDED:
        raise refuse(Code.NOT_ELIGIBLE, variant="too_many_added", most=MOST_ADDED)


def _place(state: RunState, step: Step, person: Person, decision: Decision, when: When) -> Assignment:
    """The place of somebody who is asked from now on, with a clock of their own."""
    due_at, alarms = schedule(step.plan, when.written, (), when.calendar)
    return Assignment(
        id=assignment_id(state, step.plan.key, step.visit, person),
        person=person,
        reasons=(_reason(state, decision),),
        state=AssignmentState.OPEN,
        opened_at=when.written,
        due_at=due_at,
        alarms=alarms,
        added_by=decision.actor,
    )


def _waits(step: Step, seat: UUID, when: When) -> Step:
    """A step in which those of one vote wait until somebody has been heard; their clock stands."""

    def waits(one: Assignment) -> Assignment:
        if one.seat != seat or one.state is not AssignmentState.OPEN:
            return one
        pauses = (*one.pauses, Pause(since=when.written, waits_for=one.seat))
        return scheduled(one.model_copy(update={"state": AssignmentState.WAITING, "pauses": pauses}), step.plan, when)

    return step.evolve(assignments=tuple(waits(one) for one in step.assignments))


def _after(state: RunState, step: Step, person: Person, decision: Decision, when: When) -> RunState:
    """The run with a step of somebody's own after another one, or after the block that it is in."""
    keys = {one.plan.key for one in state.steps}
    key = next(key for number in range(1, len(keys) + 2) if (key := f"{step.plan.key}-added-{number}") not in keys)
    plan = step.plan.model_copy(
        update={
            "key": key,
            "name": {
                language: _ADDED_NAME.get(language, "{name}").format(name=text)
                for language, text in step.plan.name.items()
            },
            "approvers": (person,),
            "reasons": {},
            "decision": DecisionRule.ANY,
            "block": None,
            "repeat_approver": RepeatApprover.ASK,
            "may_drop": False,
            "may_edit": (),
            "may_decide_lines": False,
            "why": (_reason(state, decision),),
            "owner_may_add": False,
        }
    )
    new = fresh(state, plan, when)
    new = new.evolve(assignments=tuple(one.model_copy(update={"added_by": decision.actor}) for one in new.assignments))
    last = max(
        place
        for place, one in enumerate(state.steps)
        if one is step or (step.plan.block is not None and one.plan.block == step.plan.block)
    )
    return state.evolve(steps=(*state.steps[: last + 1], new, *state.steps[last + 1 :]))


_ADDED_NAME: Final = {"vi": "{name}: duyệt thêm", "en": "{name}: added approver"}


def _reason(state: RunState, decision: Decision) -> Reason:
    """Who added them, by the name that the run knows them by."""
    known = {one.person.username: one.person for step in state.steps for one in step.assignments}
    by = known.get(decision.actor, state.owner)
    return Reason(code="added_by", params={"name": by.name})
