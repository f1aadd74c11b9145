"""Giving everything that waits on somebody to others, because they have left or cannot do it: an act of an admin, on each request
by itself. Source: processes.md, "Who decides when somebody is away".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from approval.forwarding import moved, named, refusal_of
from approval.model import Action, Code, Frozen, Person, Reason, Refusal, RefusedError, StepState, refuse
from approval.resolving import people_moved, without_lost_escalations
from approval.routing import Directory, StepPlan
from approval.state import Assignment, AssignmentState, Decision, RunState, Step, When
from approval.steps import assignment_id, eligible, open_next, opened_in, require_enough, with_turns


class To(StrEnum):
    """Who gets the places, where it is nobody named."""

    MANAGER = "manager"
    """The first above the person who can be asked."""
    RESOLVE = "resolve"
    """Whom the process names today."""


class Move(Frozen):
    """What becomes of one place of somebody."""

    step: str
    place: Assignment
    """As it was."""
    to: tuple[Person, ...] = ()
    refusal: Refusal | None = None
    """Why it stays where it is."""


def places_of(state: RunState, username: str) -> tuple[tuple[Step, Assignment], ...]:
    """The places that wait on somebody, or will once their step's turn has come."""
    return tuple(
        (step, one)
        for step in state.steps
        if step.state in (StepState.OPEN, StepState.WAITING)
        for one in step.assignments
        if one.person.username == username and one.state.undecided
    )


def moves(
    state: RunState, whose: str, to: str, when: When, people: Directory, plans: Iterable[StepPlan] = ()
) -> tuple[RunState, tuple[Move, ...]]:
    """What becomes of somebody's places, and the run with it.

    Args:
        state: the run.
        whose: their username.
        to: a ``To``, or the username of whoever gets them.
        when: when it was said and takes effect.
        people: they, everybody above them, and whoever gets the places.
        plans: the steps as the process gives them today, where they are resolved again.
    """
    by_key = {plan.key: plan for plan in plans}
    done = []
    for step, place in places_of(state, whose):
        try:
            if to == To.RESOLVE:
                after = _resolved(state, step, place, by_key.get(step.plan.key), when)
                asked = {one.id for one in step.assignments if one.state.undecided}
                got = tuple(one.person for one in after.assignments if one.state.undecided and one.id not in asked)
            else:
                person = _above(state, step, whose, people) if to == To.MANAGER else _given(state, step, to, people)
                reason = Reason(code="reassigned_from", params={"name": place.person.name})
                after, got = moved(state, step, place, person, reason, when), (person,)
        except RefusedError as error:
            done.append(Move(step=step.plan.key, place=place, refusal=error.refusal))
            continue
        state = state.with_step(after)
        done.append(Move(step=step.plan.key, place=place, to=got))
    return state, tuple(done)


def reassigned(
    state: RunState, decision: Decision, when: When, people: Directory, plans: Iterable[StepPlan], *, is_admin: bool
) -> tuple[RunState, tuple[Move, ...]]:
    """The run once those of somebody's places were given away that can be.

    Raises:
        RefusedError: ``forbidden``: the actor is no admin; ``not_eligible``: nothing waits on them; or why the first of their
            places can be given to nobody, if none can.
    """
    if not is_admin:
        raise refuse(Code.FORBIDDEN, action=Action.REASSIGN)
    after, done = moves(state, decision.whose or "", decision.whom or "", when, people, plans)
    if not done:
        raise refuse(Code.NOT_ELIGIBLE, variant="asked_no_more")
    stays = next((move.refusal for move in done if move.refusal is not None), None)
    if stays is not None and all(move.refusal is not None for move in done):
        raise RefusedError(stays)
    return open_next(after, when), done


def in_words(done: Iterable[Move]) -> str:
    """Who got what, for the timeline: ``Minh (manager1) → Lan (manager2)``, once for all steps where it is the same."""
    return "; ".join(dict.fromkeys(_said(move) for move in done if move.refusal is None))


def _said(move: Move) -> str:
    to = ", ".join(f"{person.name} ({person.username})" for person in move.to)
    return f"{move.place.person.name} ({move.place.person.username}) → {to or '–'}"


def _resolved(state: RunState, step: Step, place: Assignment, plan: StepPlan | None, when: When) -> Step:
    """A step in which those whom its process names today and who are not in it are asked instead of somebody; all others keep
    what they have. It is approved by votes alone, and never by taking a place away."""
    named = eligible(state, plan) if plan is not None else ()
    by_people = place.escalated_from is not None or people_moved(place, step)
    if plan is None or not named or by_people or place.person in named:
        raise refuse(Code.NOT_ELIGIBLE, variant="still_named", person_name=place.person.name)
    given = place.model_copy(update={"state": AssignmentState.FORWARDED, "closed_at": when.written})
    kept = without_lost_escalations(tuple(given if one.id == place.id else one for one in step.assignments), when)
    new = tuple(
        Assignment(
            id=assignment_id(state, plan.key, step.visit, person),
            person=person,
            reasons=plan.reasons_for(person.username),
        )
        for person in named
        if refusal_of(state, step, person) is None
    )
    places = sorted((*kept, *(opened_in(one, step, when) for one in new)), key=lambda one: one.person.username)
    after = with_turns(step.evolve(assignments=tuple(places)), when)
    require_enough(after.plan, len(after.seats), after.added_seats)
    if after.approvals >= after.needed:
        raise refuse(Code.NOT_ELIGIBLE, variant="would_be_approved", person_name=place.person.name)
    return after


def _given(state: RunState, step: Step, to: str, people: Directory) -> Person:
    person = named(people, to)
    error = refusal_of(state, step, person)
    if error is not None:
        raise error
    return person


def _above(state: RunState, step: Step, whose: str, people: Directory) -> Person:
    """The first above somebody who can be asked: not the owner, nobody who has left or has a place in the step."""
    for person in _managers(whose, people):
        if refusal_of(state, step, person) is None:
            return person
    raise refuse(Code.NOT_ELIGIBLE, variant="no_manager")


def _managers(whose: str, people: Directory) -> Iterator[Person]:
    seen = {whose}
    member = people.get(whose)
    while member is not None and member.manager and member.manager not in seen:
        seen.add(member.manager)
        member = people.get(member.manager)
        if member is not None and member.active:
            yield Person(username=member.username, name=member.name)
