"""The clocks of those who are asked: reckoned anew, made to stand while nobody could act, and to go on where they stood."""

from __future__ import annotations

from uuid import UUID

from approval.alarms import schedule
from approval.routing import StepPlan
from approval.state import Assignment, When


def scheduled(one: Assignment, plan: StepPlan, when: When) -> Assignment:
    """A place with its clock reckoned anew: what was done stays done, and no pause counts. Whoever decides in somebody's stead
    has no clock of their own.
    """
    if one.escalated_from is not None:
        return one
    due_at, alarms = schedule(plan, one.opened_at or when.written, one.pauses, when.calendar, one.alarms)
    return one.model_copy(update={"due_at": due_at, "alarms": alarms})


def ended_pause(one: Assignment, waits_for: UUID, plan: StepPlan, when: When) -> Assignment:
    """A place whose clock goes on if it stood for this."""
    pauses = tuple(
        pause.model_copy(update={"until": when.written})
        if pause.waits_for == waits_for and pause.until is None
        else pause
        for pause in one.pauses
    )
    if pauses == one.pauses:
        return one
    goes_on = one.model_copy(update={"pauses": pauses})
    return scheduled(goes_on, plan, when) if one.state.undecided else goes_on
