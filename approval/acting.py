"""In whose place somebody decides: their own, or that of a person they stand in for. Source: domain.md, decision 4, and
processes.md, "Who decides when somebody is away".
"""

from __future__ import annotations

from typing import Final

from approval.model import Action, Code, FieldError, Frozen, ProcessStatus, RefusedError, StepState, refuse
from approval.state import Assignment, AssignmentState, Decision, RunState, Step
from approval.substitution import StandIn, Substitution


class Acting(Frozen):
    """The place that somebody decides."""

    step: Step
    assignment: Assignment
    substitution: Substitution | None = None
    """What lets them, where the place is somebody else's."""

    @property
    def acting_for(self) -> str | None:
        """As whose substitute it is decided; None: it is their own."""
        return self.assignment.person.username if self.substitution is not None else None

    def is_meant(self, actor: str, step: str | None, acting_for: str | None) -> bool:
        """Whether a decision that waits until it takes effect is about this place.

        One that does not say whose place it decides is about its actor's own. One of which the step is not known yet, since its run
        has not come to it, counts as about each: whoever is told that they have decided already can take that back, while of two
        that were accepted for one place the second would come to nothing.
        """
        return step in (None, self.step.plan.key) and (acting_for or actor) == self.assignment.person.username


def acting(state: RunState, decision: Decision, stand_in: StandIn | None) -> Acting:
    """The open place that somebody decides, if they may decide one now.

    Their own comes first. Of several people they stand in for it is the one that the decision names, or else the first by
    username.

    Raises:
        RefusedError: who they are comes before what happened, so that a stranger learns nothing of the run.
    """
    if decision.actor == state.owner.username:
        raise refuse(Code.SELF_APPROVAL)
    step = _meant(state, decision, stand_in)
    if decision.step is not None and step is None:
        raise refuse(Code.INVALID, FieldError(pointer="/step", message="no_such_step"))
    if step is None:
        if any(_places(state, other, decision, stand_in) for other in state.steps):
            raise closed(state)
        raise refuse(Code.NOT_YOUR_STEP)
    places = _places(state, step, decision, stand_in)
    if not places:
        raise refuse(Code.NOT_YOUR_STEP, step=step.plan.key)
    if step.state is StepState.WAITING and state.open_step is not None:
        raise refuse(Code.STEP_CLOSED, variant="not_open_yet", step=state.open_step.plan.key)
    waiting = [place for place in places if place.assignment.state is AssignmentState.OPEN]
    if step.state is StepState.OPEN and not waiting and (first := heard_before(step, places[0].assignment)):
        raise refuse(Code.STEP_CLOSED, variant="others_first", person_name=first[0].person.name)
    if step.state is not StepState.OPEN or not waiting:
        raise closed(state, step, places[0].assignment, decision.actor)
    return _permitted(waiting, decision.actor, stand_in)


def _permitted(waiting: list[Acting], actor: str, stand_in: StandIn | None) -> Acting:
    """The first of some open places that somebody may decide."""
    first = waiting[0]
    if has_voted(first.step, actor):
        raise refuse(Code.NOT_ELIGIBLE, variant="voted")
    if first.substitution is None or stand_in is None:
        return first
    own = first.step.assignment_of(actor)
    if own is not None and own.state.undecided:
        raise refuse(Code.NOT_ELIGIBLE, variant="own_first")
    for place in waiting:
        if place.substitution is not None and stand_in.may_decide(place.substitution):
            return place
    raise stand_in.exceeded(first.substitution)


def has_voted(step: Step, username: str) -> bool:
    """Whether somebody has had their vote in a step: for themselves or for somebody else, or by an earlier one that holds."""
    return any(
        one.acted_by == username or (one.state is AssignmentState.CARRIED and one.person.username == username)
        for one in step.assignments
    )


def acting_for_oneself(state: RunState, decision: Decision, stand_in: StandIn | None) -> Acting:
    """The open place of somebody's own that they do something with, which no substitute does: one level.

    Raises:
        RefusedError: see ``acting``.
    """
    place = acting(state, decision, stand_in)
    if place.substitution is not None:
        raise refuse(Code.NOT_ELIGIBLE, variant="substitute")
    return place


def heard_before(step: Step, place: Assignment) -> tuple[Assignment, ...]:
    """Those who are still to be heard before a place is decided."""
    if place.state is not AssignmentState.WAITING:
        return ()
    return tuple(one for one in step.assignments if one.heard_before == place.seat and one.state.undecided)


def _places(state: RunState, step: Step, decision: Decision, stand_in: StandIn | None) -> list[Acting]:
    """The places in a step that are somebody's to decide, open or not: their own, or else those of people they stand in for."""
    actor, named = decision.actor, decision.acting_for
    own = step.assignment_of(actor)
    found = []
    if own is not None and own.state is not AssignmentState.FORWARDED and named in (None, actor):
        found.append(Acting(step=step, assignment=own))
        if own.state is AssignmentState.OPEN:
            return found
    by_name = sorted(step.assignments, key=lambda one: one.person.username) if stand_in is not None else ()
    for one in by_name:
        if one.state is AssignmentState.FORWARDED or named not in (None, one.person.username):
            continue
        by = next(iter(stand_in.of(one.person.username, state.process_key)), None) if stand_in is not None else None
        if by is not None:
            found.append(Acting(step=step, assignment=one, substitution=by))
    return found


def _meant(state: RunState, decision: Decision, stand_in: StandIn | None) -> Step | None:
    """The step that a decision names; without a name, the open one that waits on the actor or on somebody they stand in for,
    or one that they have a place in, or else the first."""
    if decision.step is not None:
        return state.step(decision.step)
    places = [place for step in state.open_steps for place in _places(state, step, decision, stand_in)]
    waiting = [
        place
        for place in places
        if place.assignment.state is AssignmentState.OPEN and not has_voted(place.step, decision.actor)
    ]
    own = (place for place in waiting if place.substitution is None)
    first = next(own, None) or next(iter(waiting or places), None)
    return first.step if first is not None else state.open_step


_ACTIONS: Final = {
    AssignmentState.APPROVED: Action.APPROVE,
    AssignmentState.RETURNED: Action.REJECT,
    AssignmentState.REJECTED: "reject_and_end",
}


def closed(
    state: RunState, step: Step | None = None, place: Assignment | None = None, actor: str | None = None
) -> RefusedError:
    """Somebody decided first; says who and what: who decided the very place, or that step's last approver, or what happened
    last."""
    if place is not None and place.acted_by not in (None, actor) and place.state in _ACTIONS:
        return _decided(place, _ACTIONS[place.state])
    if step is not None and step.approved and state.process_status is ProcessStatus.IN_PROGRESS:
        return _decided(step.approved[-1], Action.APPROVE)
    return refuse(Code.STEP_CLOSED, variant="decided", **state.last.params)


def _decided(place: Assignment, action: str) -> RefusedError:
    at = place.closed_at.isoformat() if place.closed_at else ""
    return refuse(Code.STEP_CLOSED, variant="decided", action=action, actor=place.acted_by or "", at=at)
