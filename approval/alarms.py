"""When the clock of an assignment rings: reckoned from events, so that a time in which nobody could act never counts.

What was reckoned stays, whatever becomes of the calendar. Source: processes.md, "Deadlines that do something".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from approval.calendar import BusinessCalendar
from approval.durations import Duration, Part, Unit
from approval.model import Frozen
from approval.process import OnExpiry
from approval.routing import StepPlan


class Pause(Frozen):
    """A time in which somebody who is asked could not act: the clock stands. ``until`` is None while it does."""

    since: datetime
    until: datetime | None = None
    waits_for: UUID | None = None
    """The consultation, the place or the hold that it ends with; None: nobody in the step could act."""


class AlarmKind(StrEnum):
    """What the clock does."""

    REMIND = "remind"
    ESCALATE = "escalate"
    EXPIRE = "expire"


class Alarm(Frozen):
    """Something that the clock does at a time, once: ``done_at`` says that it has."""

    kind: AlarmKind
    at: datetime
    stage: int = 0
    """Which of the step's reminders or escalations it is."""
    done_at: datetime | None = None


class Schedule(NamedTuple):
    """Until when somebody should have decided, and what the clock does meanwhile and afterwards."""

    due_at: datetime | None
    alarms: tuple[Alarm, ...] = ()


def to_come(alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """What is still to be done, soonest first."""
    return tuple(sorted((alarm for alarm in alarms if alarm.done_at is None), key=lambda alarm: alarm.at))


def schedule(
    plan: StepPlan,
    since: datetime,
    pauses: tuple[Pause, ...],
    calendar: BusinessCalendar | None,
    before: Iterable[Alarm] = (),
) -> Schedule:
    """Reckon what is still to come for somebody who was asked.

    Args:
        plan: their step.
        since: when they were asked, UTC.
        pauses: when they could not act, in their order.
        calendar: the hours that durations count; None: nothing has a deadline.
        before: the alarms so far; what is done stays as it is.

    Returns:
        Nothing while the clock stands.
    """
    done = tuple(alarm for alarm in before if alarm.done_at is not None)
    if calendar is None:
        return Schedule(None, done)
    if plan.deadline is None:
        if plan.deadline_hours is None:
            return Schedule(None, done)
        hours = Part(Fraction(plan.deadline_hours), Unit.BUSINESS_HOURS)
        return Schedule(moment(since, hours, pauses, calendar), done)
    due_at = moment(since, plan.deadline.of(plan.deadline), pauses, calendar)
    known = {(alarm.kind, alarm.stage) for alarm in done}
    to_come = (
        Alarm(kind=kind, stage=stage, at=at)
        for kind, stage, start, duration in _planned(plan, plan.deadline, since, due_at, done)
        if (kind, stage) not in known and (at := moment(start, duration, pauses, calendar)) is not None
    )
    return Schedule(due_at, (*done, *to_come))


def _planned(
    plan: StepPlan, deadline: Duration, since: datetime, due_at: datetime | None, done: tuple[Alarm, ...]
) -> Iterator[tuple[AlarmKind, int, datetime, Part]]:
    """What the clock does: which of it, from when on, and after how long."""
    for stage, reminder in enumerate(plan.remind):
        yield AlarmKind.REMIND, stage, since, reminder.of(deadline)
    if due_at is None:
        return
    for stage, escalation in enumerate(plan.escalate):
        yield AlarmKind.ESCALATE, stage, due_at, escalation.after.of(deadline)
    if plan.on_expiry is OnExpiry.NONE or plan.expire_after is None:
        return
    # Whoever it was escalated to has all of that time, also if the clock was late.
    escalated = [alarm.done_at for alarm in done if alarm.kind is AlarmKind.ESCALATE and alarm.done_at is not None]
    if len(escalated) == len(plan.escalate):
        yield AlarmKind.EXPIRE, 0, max([due_at, *escalated]), plan.expire_after.of(deadline)


def moment(start: datetime, duration: Part, pauses: Iterable[Pause], calendar: BusinessCalendar) -> datetime | None:
    """The moment at which a duration has passed since ``start``, not counting the pauses; None while the clock stands."""
    left = duration.amount
    for begin, end in _running(start, pauses):
        if end is None:
            return calendar.after(begin, Part(left, duration.unit))
        passed = calendar.between(begin, end, duration.unit)
        if left <= passed:
            return calendar.after(begin, Part(left, duration.unit))
        left -= passed
    return None


def _running(since: datetime, pauses: Iterable[Pause]) -> Iterator[tuple[datetime, datetime | None]]:
    """When the clock runs: from, until; the last of them goes on, if it does not stand."""
    for pause in pauses:
        if since < pause.since:
            yield since, pause.since
        if pause.until is None:
            return
        since = max(since, pause.until)
    yield since, None
