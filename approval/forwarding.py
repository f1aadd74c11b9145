"""Giving somebody's place in a step to somebody else, who gets its clock with it. Source: processes.md, "Who decides when somebody
is away".
"""

from __future__ import annotations

from typing import Final

from approval.acting import Acting, acting_for_oneself, has_voted
from approval.model import Code, FieldError, Person, Reason, RefusedError, refuse
from approval.routing import Directory, Member
from approval.state import Assignment, AssignmentState, Decision, RunState, Step, When
from approval.steps import assignment_id
from approval.substitution import StandIn

MOST_FORWARDS: Final = 3
"""How often people may give one place on."""
_FORWARDED: Final = "forwarded_by"


def forwardable(state: RunState, decision: Decision, stand_in: StandIn | None) -> Acting:
    """The place that somebody may forward.

    Raises:
        RefusedError: ``too_many_forwards``, or see ``acting``.
    """
    place = acting_for_oneself(state, decision, stand_in)
    if _forwards(place.step, place.assignment) >= MOST_FORWARDS:
        raise refuse(Code.TOO_MANY_FORWARDS, most=MOST_FORWARDS)
    return place


def forwarded(
    state: RunState, decision: Decision, when: When, stand_in: StandIn | None, people: Directory
) -> tuple[RunState, Acting]:
    """The run once somebody has given their place to another, and the place that they gave.

    Args:
        state: the run.
        decision: who forwards, in which step, and to whom.
        when: when it was said and takes effect.
        stand_in: for whom else they may decide, which they cannot forward.
        people: whom it is forwarded to, if there is such a user.

    Raises:
        RefusedError: ``approver_not_eligible``: the owner; ``not_eligible``: they have a place in the step, or a vote;
            ``invalid``: nobody active has this name; or see ``forwardable``.
    """
    place = forwardable(state, decision, stand_in)
    to = named(people, decision.whom)
    require_new_to(state, place.step, to)
    reason = Reason(code=_FORWARDED, params={"name": place.assignment.person.name})
    return state.with_step(moved(state, place.step, place.assignment, to, reason, when)), place


def named(people: Directory, username: str | None) -> Person:
    """The active user whom a decision names.

    Raises:
        RefusedError: ``invalid``.
    """
    member = people.get(username or "")
    if member is None or not member.active:
        raise refuse(Code.INVALID, FieldError(pointer="/to", message="no_such_user", params={"value": username or ""}))
    return _person(member)


def require_not_owner(state: RunState, person: Person) -> None:
    """Refuse to have a request decided by whoever made it.

    Raises:
        RefusedError: ``approver_not_eligible``.
    """
    if person.username == state.owner.username:
        raise refuse(Code.APPROVER_NOT_ELIGIBLE, variant="owner", person_name=person.name)


def require_new_to(state: RunState, step: Step, person: Person) -> None:
    """Refuse somebody who cannot be given a place in a step: one person has one vote in it, and none of their own request.

    Raises:
        RefusedError: ``approver_not_eligible``, ``not_eligible``.
    """
    require_not_owner(state, person)
    if step.assignment_of(person.username) is not None or has_voted(step, person.username):
        raise refuse(Code.NOT_ELIGIBLE, variant="in_step", person_name=person.name)


def moved(state: RunState, step: Step, place: Assignment, to: Person, reason: Reason, when: When) -> Step:
    """A step in which somebody else has a place, with its deadline, what the clock did with it, and what belongs to it."""
    new = assignment_id(state, step.plan.key, step.visit, to)
    taken = place.model_copy(
        update={
            "id": new,
            "person": to,
            "reasons": (reason,),
            "forwarded_from": place.id,
            "reminded": (),
            "left": False,
            "pauses": tuple(
                pause.model_copy(update={"waits_for": new}) if pause.waits_for == place.id else pause
                for pause in place.pauses
            ),
        }
    )
    given = place.model_copy(update={"state": AssignmentState.FORWARDED, "closed_at": when.written})

    def of_it(one: Assignment) -> Assignment:
        if one.id == place.id:
            return given
        links = {"escalated_from": one.escalated_from, "heard_before": one.heard_before}
        update = {name: new for name, to_whom in links.items() if to_whom == place.id}
        return one.model_copy(update=update) if update else one

    places = (*(of_it(one) for one in step.assignments), taken)
    return step.evolve(
        assignments=tuple(sorted(places, key=lambda one: one.person.username)),
        consultations=tuple(
            one.model_copy(update={"assignment_id": new}) if one.assignment_id == place.id else one
            for one in step.consultations
        ),
    )


def _forwards(step: Step, place: Assignment) -> int:
    """How often people have given a place on until it came to this one."""
    by_id = {one.id: one for one in step.assignments}
    count, current = 0, place
    while current.forwarded_from is not None and (before := by_id.get(current.forwarded_from)) is not None:
        count += any(reason.code == _FORWARDED for reason in current.reasons)
        current = before
    return count


def _person(member: Member) -> Person:
    return Person(username=member.username, name=member.name)


def refusal_of(state: RunState, step: Step, person: Person) -> RefusedError | None:
    """Why somebody cannot be given a place in a step; None: they can."""
    try:
        require_new_to(state, step, person)
    except RefusedError as error:
        return error
    return None
