"""Asking somebody before one decides (Xin ý kiến): they answer, and whoever asked keeps the decision. While the owner is asked, the
clock of the decision stands. Source: processes.md, "Who decides when somebody is away".
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from approval.acting import Acting, acting, closed
from approval.alarms import Pause
from approval.forwarding import named
from approval.model import Action, Code, FieldError, refuse
from approval.pauses import ended_pause, scheduled
from approval.routing import Directory
from approval.state import Assignment, Consultation, Decision, RunState, Step, When
from approval.substitution import StandIn

MOST_CONSULTATIONS: Final = 10
"""Questions that are asked in one step, answered ones included."""


def consultable(state: RunState, decision: Decision, stand_in: StandIn | None) -> Acting:
    """The place for whose decision somebody may ask another.

    Raises:
        RefusedError: ``not_eligible``: enough was asked; or see ``acting``.
    """
    place = acting(state, decision, stand_in)
    if len(place.step.consultations) >= MOST_CONSULTATIONS:
        raise refuse(Code.NOT_ELIGIBLE, variant="too_many_questions", most=MOST_CONSULTATIONS)
    return place


def consulted(
    state: RunState, decision: Decision, when: When, stand_in: StandIn | None, people: Directory
) -> tuple[RunState, Acting]:
    """The run once somebody has asked another, and the place whose decision it is for.

    Args:
        state: the run.
        decision: who asks, in which step, whom and what (its note).
        when: when it was said and takes effect.
        stand_in: for whom else they may decide.
        people: whom they ask, and themselves.

    Raises:
        RefusedError: ``not_eligible``: themselves, or somebody who has yet to answer them; ``invalid``: nobody active has this
            name; or see ``consultable``.
    """
    place = consultable(state, decision, stand_in)
    step, own = place.step, place.assignment
    asked, by = named(people, decision.whom), named(people, decision.actor)
    if asked == by:
        raise refuse(Code.NOT_ELIGIBLE, variant="oneself")
    if any(one.asked.username == asked.username and one.by == by for one in step.open_consultations):
        raise refuse(Code.NOT_ELIGIBLE, variant="asked_already", person_name=asked.name)
    question = Consultation(
        id=uuid5(state.request_id, f"consultation {decision.command_id}"),
        assignment_id=own.id,
        by=by,
        asked=asked,
        question=decision.note,
        asked_at=when.said,
    )
    if asked.username == state.owner.username:
        step = _stands(step, own.seat, question.id, when)
    return state.with_step(step.evolve(consultations=(*step.consultations, question))), place


def _stands(step: Step, seat: UUID, question: UUID, when: When) -> Step:
    """A step in which the clock of a place stands until a question is answered; it can be decided all the same."""

    def stands(one: Assignment) -> Assignment:
        if one.id != seat:
            return one
        pauses = (*one.pauses, Pause(since=when.written, waits_for=question))
        return scheduled(one.model_copy(update={"pauses": pauses}), step.plan, when)

    return step.evolve(assignments=tuple(stands(one) for one in step.assignments))


def answered(state: RunState, decision: Decision, when: When) -> tuple[RunState, Step]:
    """The run once somebody has answered what they were asked, and the step that it was about, as it was.

    Raises:
        RefusedError: ``invalid``: there is no such question; ``forbidden``: another was asked; ``step_closed``: there is nothing to
            be decided any more, or it was answered before.
    """
    found = [(step, one) for step in state.steps for one in step.consultations if one.id == decision.consultation_id]
    if not found:
        raise refuse(Code.INVALID, FieldError(pointer="/consultation_id", message="no_such_consultation"))
    step, question = found[0]
    if question.asked.username != decision.actor:
        raise refuse(Code.FORBIDDEN, action=Action.ANSWER)
    if not question.open:
        if question.answered_at is not None:
            raise refuse(Code.STEP_CLOSED, variant="answered", at=question.answered_at.isoformat())
        raise closed(state, step)
    update = {"answer": decision.note, "answered_at": when.said}
    return state.with_step(_over(step, question, when, **update)), step


def with_questions_closed(state: RunState, when: When) -> RunState:
    """The run without open questions about what is decided already."""
    for step in state.steps:
        for question in step.open_consultations:
            place = next((one for one in step.assignments if one.id == question.assignment_id), None)
            if place is None or not place.state.undecided:
                step = _over(step, question, when)
                state = state.with_step(step)
    return state


def _over(step: Step, question: Consultation, when: When, **update: object) -> Step:
    """A step in which a question waits for no answer any more; a clock that stood for it goes on."""
    closed_one = question.model_copy(update={"closed_at": when.written, **update})
    return step.evolve(
        consultations=tuple(closed_one if one.id == question.id else one for one in step.consultations),
        assignments=tuple(ended_pause(one, question.id, step.plan, when) for one in step.assignments),
    )


def asked_of(state: RunState, username: str) -> tuple[Consultation, ...]:
    """What somebody is asked and has yet to answer."""
    return tuple(one for step in state.steps for one in step.open_consultations if one.asked.username == username)
