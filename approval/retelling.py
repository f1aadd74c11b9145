"""What there was to tell of the last transition of a run, reckoned from how the run stands after it: for what was lost unsaid.

Whatever a transition opens or closes carries its time, so that the run before it is known as far as telling goes.
"""

from __future__ import annotations

from typing import Final

from approval.effects import Event, events_between
from approval.model import Action, StepState
from approval.state import Assignment, AssignmentState, Decision, RunState, Step, When

KNOWN: Final = frozenset({Action.SEND, Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL})
"""Actions of which it can be reckoned; not of a return to an earlier step, which leaves visits behind."""


def events_of_last(state: RunState, decision: Decision, when: When) -> tuple[Event, ...]:
    """What there was to tell, in its order.

    Args:
        state: after the transition.
        decision: what was done, of ``KNOWN``.
        when: when it was said and took effect.
    """
    if decision.action is Action.SEND:
        before = state.evolve(round=state.round - 1)
    else:
        before = state.evolve(steps=tuple(_before(step, when) for step in state.steps))
    return events_between(before, state, decision, when)


def _before(step: Step, when: When) -> Step:
    places = tuple(_place_before(one, when) for one in step.assignments)
    state = step.state
    if state is StepState.OPEN and step.opened_at == when.written:
        state = StepState.WAITING
    elif state is StepState.APPROVED and places != step.assignments:
        state = StepState.OPEN
    return step.evolve(state=state, assignments=places)


def _place_before(one: Assignment, when: When) -> Assignment:
    if one.opened_at == when.written:
        return one.model_copy(update={"state": AssignmentState.WAITING, "opened_at": None, "closed_at": None})
    if one.closed_at == when.written:
        state = AssignmentState.OPEN if one.opened_at is not None else AssignmentState.WAITING
        return one.model_copy(update={"state": state, "closed_at": None})
    return one
