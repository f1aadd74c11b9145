"""Holding a run while its order differs from what the request was made from, until the owner has answered or it goes back.

Source: processes.md, "When the order changes after the request was sent".
"""

from __future__ import annotations

from typing import Final
from uuid import uuid5

from approval.alarms import Pause
from approval.model import Action, Code, FieldError, ProcessStatus, RefusedError, RunStatus, StepState, refuse
from approval.order_changes import Hold, HoldChoice, Kept, OrderChanges, in_words, is_cancelled
from approval.pauses import ended_pause, scheduled
from approval.state import Assignment, AssignmentState, Decision, RunState, Step, When
from approval.steps import stopped
from approval.text import is_visible

REFUSED_WHILE_HELD: Final = (
    Action.APPROVE,
    Action.REJECT,
    Action.FORWARD,
    Action.CONSULT,
    Action.ADD_APPROVER,
    Action.REMIND,
)
"""What waits for the owner's answer. The owner can recall and cancel all the same, and answer what they were asked; an admin
can cancel, and see to it that the right people are asked."""


def unanswered(state: RunState) -> OrderChanges:
    """How the order differs beyond what the owner has kept the request in spite of; empty where nothing is to be answered.

    It is what the CRM says now, whether the run has been told of it or not.
    """
    return to_be_answered(state.process_status, state.order_changes, state.kept)


def to_be_answered(status: ProcessStatus, changes: OrderChanges, kept: Kept | None) -> OrderChanges:
    """How the order of a request that has this status differs, beyond what its owner has kept it in spite of."""
    if status is not ProcessStatus.IN_PROGRESS or (kept is not None and kept.changes == changes):
        return ()
    return changes


def require_reason(changes: OrderChanges, note: str) -> None:
    """Have whoever sends a request in spite of its cancelled order say why.

    Raises:
        RefusedError: ``note_required``.
    """
    if is_cancelled(changes) and not is_visible(note):
        error = FieldError(pointer="/note", message="note_required")
        raise refuse(Code.NOTE_REQUIRED, error, variant="order_cancelled")


def refuse_held(changes: OrderChanges) -> RefusedError:
    """The refusal of whatever is decided meanwhile; it says what the difference is."""
    variant = {"variant": "cancelled"} if is_cancelled(changes) else {}
    return refuse(Code.HELD, changes=in_words(changes), **variant)


def is_refused(state: RunState, after: RunState, action: Action) -> bool:
    """Whether a decision that holds otherwise is to wait: nothing is decided while a run is held, by whatever way."""
    if not unanswered(state):
        return False
    return action in REFUSED_WHILE_HELD or _approved(after) > _approved(state)


def _approved(state: RunState) -> int:
    return sum(step.state is StepState.APPROVED for step in state.steps)


def followed(state: RunState, when: When) -> RunState | None:
    """The run once it has heard what its order says now; None: it changes nothing.

    A hold begins, is about another difference now, or ends; the owner's word on a difference that is not there any more is over.
    """
    if state.process_status is not ProcessStatus.IN_PROGRESS:
        return None
    changes = unanswered(state)
    if changes:
        return held(state, changes, when) if state.hold is None or state.hold.changes != changes else None
    kept = state.kept if state.order_changes else None
    return released(state, when).evolve(kept=kept) if state.hold is not None or state.kept != kept else None


def held(state: RunState, changes: OrderChanges, when: When) -> RunState:
    """The run while it is held for a difference; its clocks stand."""
    before = state.hold
    identity = before.id if before is not None else uuid5(state.request_id, f"hold {state.sequence + 1}")
    since = before.since if before is not None else when.written
    return standing(state.evolve(hold=Hold(id=identity, since=since, changes=changes)), when)


def standing(state: RunState, when: When) -> RunState:
    """A run whose clocks all stand while it is held: also those of people who were asked meanwhile."""
    hold = state.hold
    if hold is None:
        return state

    def stands(one: Assignment, step: Step) -> Assignment:
        if one.state is not AssignmentState.OPEN or any(
            pause.waits_for == hold.id and pause.until is None for pause in one.pauses
        ):
            return one
        pauses = (*one.pauses, Pause(since=when.written, waits_for=hold.id))
        return scheduled(one.model_copy(update={"pauses": pauses}), step.plan, when)

    for step in state.open_steps:
        state = state.with_step(step.evolve(assignments=tuple(stands(one, step) for one in step.assignments)))
    return state


def released(state: RunState, when: When) -> RunState:
    """The run once nothing holds it any more; its clocks go on where they stood."""
    if state.hold is None:
        return state
    hold = state.hold.id
    for step in state.open_steps:
        places = tuple(ended_pause(one, hold, step.plan, when) for one in step.assignments)
        state = state.with_step(step.evolve(assignments=places))
    return state.evolve(hold=None)


def answered_by_owner(state: RunState, decision: Decision, when: When) -> RunState:
    """The run once the owner has answered a changed order: it goes on as it is, or comes back to be changed.

    Raises:
        RefusedError: ``forbidden``; ``step_closed``: nothing is to be answered; ``invalid``: no choice.
    """
    if decision.actor != state.owner.username:
        raise refuse(Code.FORBIDDEN, action=Action.RESOLVE_HOLD)
    changes = unanswered(state)
    if not changes:
        raise refuse(Code.STEP_CLOSED, variant="not_held")
    match decision.choice:
        case HoldChoice.KEEP:
            return released(state, when).evolve(kept=Kept(changes=changes, note=decision.note, at=when.said))
        case HoldChoice.AMEND:
            return stopped(state, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS, when)
        case _:
            raise refuse(Code.INVALID, FieldError(pointer="/choice", message="keep_or_amend"))


def settled_with(state: RunState, when: When) -> RunState:
    """The run after a transition: one that does not wait for anybody is not held, and whoever is asked anew in one that is
    held has a clock that stands. What the owner said of a difference is over when the request is back with them.
    """
    if state.process_status is ProcessStatus.IN_PROGRESS:
        return standing(state, when)
    kept = state.kept if state.process_status is not ProcessStatus.RETURNED else None
    return state.evolve(hold=None, kept=kept) if (state.hold, state.kept) != (None, kept) else state
