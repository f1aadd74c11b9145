"""What there is to tell after a transition: events as data, found by comparing the run before it with the run after it.

Nobody calls anybody from the rules: whoever adds a notice adds an event. The transaction writes them to the outbox.
Source: notices.md, "One way out".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from approval.model import Action, Frozen, ProcessStatus, StepState
from approval.order_changes import OrderChanges, in_words, is_cancelled
from approval.state import Assignment, AssignmentState, Decision, RunState, Step, When


class EventType(StrEnum):
    """Stable names of what happens to a request."""

    REQUEST_SENT = "request.sent"
    REQUEST_RETURNED = "request.returned"
    REQUEST_RECALLED = "request.recalled"
    REQUEST_REJECTED = "request.rejected"
    REQUEST_CANCELLED = "request.cancelled"
    REQUEST_COMPLETED = "request.completed"
    REQUEST_HELD = "request.held"
    """Its order has changed, and nothing can be decided until the owner has answered: ``asked``, who is waited on; ``changes``."""
    REQUEST_RESUMED = "request.resumed"
    """It is held no more: ``note``, what the owner said, if they kept it; ``asked``, who can decide again."""
    ORDER_CHANGED = "order.changed"
    """The order of a request that nobody decides now has changed, or gone back: ``status``, of the request; ``changes``;
    ``buyers``, who buys what was approved already."""
    STEP_OPENED = "step.opened"
    STEP_APPROVED = "step.approved"
    STEP_CARRIED = "step.carried"
    ASSIGNMENT_OPENED = "assignment.opened"
    ASSIGNMENT_SUBSTITUTED = "assignment.substituted"
    """A substitute has decided for somebody, who is told: ``person``, for whom; ``actor``, who."""
    ASSIGNMENT_NOT_NEEDED = "assignment.not_needed"
    """Somebody who was asked need not decide any more: ``person``, who; ``action`` and ``status``, what the request came to by it,
    say why."""
    ASSIGNMENT_REMINDED = "assignment.reminded"
    ASSIGNMENT_ESCALATED = "assignment.escalated"
    ASSIGNMENT_FORWARDED = "assignment.forwarded"
    """Somebody got the place of another: ``person``, who; ``from``, whose; ``actor``, who gave it."""
    DECISION_REFUSED = "decision.refused"
    """What somebody had decided, and could take back for some seconds, did not take effect: ``person``, who; ``code`` and ``params``,
    why."""
    CONSULTATION_ASKED = "consultation.asked"
    """Somebody is asked before another decides: ``person``, who; ``actor``, by whom; ``note``, what."""
    CONSULTATION_ANSWERED = "consultation.answered"
    """Whoever asked has an answer: ``person``, who asked; ``actor``, who answered; ``note``, what."""
    PURCHASING_UPDATED = "purchasing.updated"
    PURCHASE_ORDER_PLACED = "purchase_order.placed"
    """Goods of the request are bought by an order, or otherwise by it than before: ``order``, its number; ``lines``."""
    PURCHASE_ORDER_CANCELLED = "purchase_order.cancelled"
    """They are not bought by it any more."""
    COMMENT_ADDED = "comment.added"


class Event(Frozen):
    """Something to be told, with the facts as they were then."""

    type: EventType
    facts: Mapping[str, Any]


def events_between(
    before: RunState, after: RunState, decision: Decision, when: When, ended_visits: tuple[Step, ...] = ()
) -> tuple[Event, ...]:
    """What there is to tell of a transition, in the order in which it is told.

    Args:
        before: the run as it was.
        after: the run as it is.
        decision: what was done.
        when: when it was said and takes effect.
        ended_visits: steps as they were left, of which the run has new visits.
    """
    facts = {
        "number": after.number,
        "owner": after.owner.username,
        "round": after.round,
        "action": decision.action,
        "actor": decision.actor,
        "note": decision.note,
        "at": when.said.isoformat(),
    }
    of_request = _of_request(after, decision)
    events = [Event(type=of_request, facts=facts)] if of_request is not None else []
    events += _of_hold(before, after, facts)
    known = {step.plan.key: step for step in before.steps} if before.round == after.round else {}
    for step in (*ended_visits, *after.steps):
        events += _of_step(known.get(step.plan.key), step, facts, after.process_status)
    return tuple(events)


def _of_request(after: RunState, decision: Decision) -> EventType | None:
    match after.process_status:
        case ProcessStatus.COMPLETED:
            return EventType.REQUEST_COMPLETED
        case ProcessStatus.REJECTED:
            return EventType.REQUEST_REJECTED
        case ProcessStatus.CANCELLED:
            return EventType.REQUEST_CANCELLED
        case ProcessStatus.RETURNED:
            recalled = decision.action in (Action.RECALL, Action.RESOLVE_HOLD)
            return EventType.REQUEST_RECALLED if recalled else EventType.REQUEST_RETURNED
        case _:
            return EventType.REQUEST_SENT if decision.action is Action.SEND else None


def _of_hold(before: RunState, after: RunState, facts: Mapping[str, Any]) -> Iterator[Event]:
    if after.process_status is not ProcessStatus.IN_PROGRESS or after.hold == before.hold:
        return
    asked = sorted({person.username for step in after.open_steps for person in step.waiting_on})
    if after.hold is not None:
        yield Event(type=EventType.REQUEST_HELD, facts={**facts, **of_changes(after.hold.changes), "asked": asked})
    elif before.hold is not None:
        yield Event(type=EventType.REQUEST_RESUMED, facts={**facts, "asked": asked})


def of_changes(changes: OrderChanges) -> dict[str, Any]:
    """How an order differs, as facts of an event."""
    return {"changes": in_words(changes), "order_cancelled": is_cancelled(changes)}


_NOT_ASKED = (AssignmentState.NOT_NEEDED, AssignmentState.FORWARDED)
_OF_STEP = {StepState.OPEN: EventType.STEP_OPENED, StepState.APPROVED: EventType.STEP_APPROVED}


def _of_step(before: Step | None, after: Step, facts: Mapping[str, Any], status: ProcessStatus) -> Iterator[Event]:
    name = after.plan.name
    named = {
        **facts,
        "step": after.plan.key,
        "step_name_vi": name["vi"],
        "step_name_en": name["en"],
        "visit": after.visit,
    }
    was = before.state if before is not None and before.visit == after.visit else None
    if after.state is not was and after.state in _OF_STEP:
        carried = after.state is StepState.APPROVED and not after.approved
        yield Event(type=EventType.STEP_CARRIED if carried else _OF_STEP[after.state], facts=named)
    places = {one.id: one for one in before.assignments} if before is not None else {}
    known = {one.id: one.state for one in places.values()}
    people = {one.id: one.person.username for one in after.assignments}
    yield from _substituted(known, after, named)
    yield from _of_consultations(before, after, named)
    yield from _given_on(known, after, named)
    named.pop("note")  # of thousands who are asked, each would carry its thousands of letters
    for one in after.assignments:
        asked = {**named, "assignment_id": str(one.id), "person": one.person.username}
        if one.state is AssignmentState.OPEN and known.get(one.id) is not AssignmentState.OPEN:
            due = one.due_at.isoformat() if one.due_at else None
            yield Event(type=EventType.ASSIGNMENT_OPENED, facts={**asked, "due_at": due})
            if one.escalated_from is not None and one.id not in known:
                from_whom = {"escalated_from": str(one.escalated_from), "from": people[one.escalated_from]}
                yield Event(type=EventType.ASSIGNMENT_ESCALATED, facts={**asked, **from_whom})
        elif one.id in places and one.reminded[-1:] != places[one.id].reminded[-1:]:
            yield Event(type=EventType.ASSIGNMENT_REMINDED, facts=asked)
        elif one.state in _NOT_ASKED and _was_asked(places.get(one.id)) and facts["actor"] != one.person.username:
            yield Event(type=EventType.ASSIGNMENT_NOT_NEEDED, facts={**asked, "status": status})


def _was_asked(place: Assignment | None) -> bool:
    return place is not None and place.state.undecided and place.opened_at is not None


def _given_on(known: Mapping[UUID, AssignmentState], after: Step, named: Mapping[str, Any]) -> Iterator[Event]:
    """Whoever got somebody's place is told from whom, with the note."""
    people = {one.id: one.person.username for one in after.assignments}
    for one in after.assignments:
        if one.forwarded_from is not None and one.id not in known and one.state.undecided:
            by = {"assignment_id": str(one.id), "from": people.get(one.forwarded_from, "")}
            yield Event(type=EventType.ASSIGNMENT_FORWARDED, facts={**named, "person": one.person.username, **by})


def _of_consultations(before: Step | None, after: Step, named: Mapping[str, Any]) -> Iterator[Event]:
    """Whoever is asked is told, and whoever asked is told the answer."""
    known = {one.id: one for one in before.consultations} if before is not None else {}
    for one in after.consultations:
        facts = {**named, "consultation_id": str(one.id)}
        if one.id not in known:
            yield Event(type=EventType.CONSULTATION_ASKED, facts={**facts, "person": one.asked.username})
        elif one.answered_at is not None and known[one.id].answered_at is None:
            yield Event(type=EventType.CONSULTATION_ANSWERED, facts={**facts, "person": one.by.username})


def _substituted(known: Mapping[UUID, AssignmentState], after: Step, named: Mapping[str, Any]) -> Iterator[Event]:
    """Whoever was decided for is told, with the note, since it was said in their place."""
    for one in after.assignments:
        if one.substitution_id is not None and known.get(one.id) is AssignmentState.OPEN:
            by = {"assignment_id": str(one.id), "substitution_id": str(one.substitution_id), "outcome": one.state}
            yield Event(type=EventType.ASSIGNMENT_SUBSTITUTED, facts={**named, "person": one.person.username, **by})
