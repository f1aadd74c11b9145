"""What the clock does to a step when something is due: remind, let others decide too, give up waiting.

All of it is recorded on the assignments, so that it happens once however often it is asked for, and however late.
Source: processes.md, "Deadlines that do something".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from approval.acting import has_voted
from approval.alarms import Alarm, AlarmKind, to_come
from approval.model import Person, Reason
from approval.pauses import scheduled
from approval.process import ByRole, ByUser, Escalation
from approval.routing import Directory, Member
from approval.state import MOST_REMINDERS, Assignment, AssignmentState, RunState, Step, When
from approval.steps import assignment_id

_MOST_NAMED: Final = 4000
"""Letters of a note that says who was reminded."""


class Due(NamedTuple):
    """Something that is due in a step."""

    step: Step
    kind: AlarmKind


class Escalated(NamedTuple):
    """A place that others may decide too; ``to`` is empty where there is nobody more to ask."""

    one: Assignment
    to: tuple[Person, ...]


def next_due(state: RunState) -> datetime | None:
    """When the clock of a run rings; None where nothing is due by the clock, as while the run is held."""
    if state.hold is not None:
        return None
    times = [alarm.at for step in state.open_steps for one in _asked(step) for alarm in _to_come(one, expiry=False)]
    times += [at for step in state.open_steps if (at := _expires_at(step)) is not None]
    return min(times, default=None)


SPREAD: Final = timedelta(minutes=5)
"""So much later a clock rings at most, so that deadlines which fall together do not ring together."""
_SPREAD_PART: Final = 100
"""And by no more than one part in so many of the time until then."""


def rings_at(state: RunState) -> datetime | None:
    """When a run's timer rings for what is due next: a little later, by another time for each request.

    Deadlines of many requests fall on the same moment, the end of a working day. What they do is worked off within minutes, and
    no decision waits behind all of it.
    """
    due_at = next_due(state)
    if due_at is None:
        return None
    since = min((step.opened_at for step in state.open_steps if step.opened_at is not None), default=due_at)
    most = min(SPREAD, max(due_at - since, timedelta()) / _SPREAD_PART)
    return due_at + most * ((state.request_id.int & 0xFFFF) / 0x10000)


def upcoming(one: Assignment) -> tuple[Alarm, ...]:
    """What the clock will do with somebody's place, soonest first."""
    return to_come(one.alarms) if one.state is AssignmentState.OPEN else ()


def upcoming_in(step: Step) -> list[Alarm]:
    """What the clock will do in a step, the next of each kind, soonest first."""
    found: dict[AlarmKind, Alarm] = {}
    for alarm in sorted(
        (alarm for one in _asked(step) for alarm in _to_come(one, expiry=False)), key=lambda one: one.at
    ):
        found.setdefault(alarm.kind, alarm)
    expires_at = _expires_at(step)
    if expires_at is not None:
        found[AlarmKind.EXPIRE] = Alarm(kind=AlarmKind.EXPIRE, at=expires_at)
    return sorted(found.values(), key=lambda alarm: alarm.at)


def due(state: RunState, now: datetime) -> Due | None:
    """What is to be done first of what is due. A step that expires does that; nobody is reminded of it any more."""
    if state.hold is not None:
        return None
    for step in state.open_steps:
        expires_at = _expires_at(step)
        if expires_at is not None and expires_at <= now:
            return Due(step, AlarmKind.EXPIRE)
    for kind in (AlarmKind.REMIND, AlarmKind.ESCALATE):
        for step in state.open_steps:
            if any(_is_due(one, kind, now) for one in _asked(step)):
                return Due(step, kind)
    return None


def targets(due: Due) -> tuple[Escalation, ...]:
    """Whom a step escalates to, all of them; none where that is not what is due."""
    return due.step.plan.escalate if due.kind is AlarmKind.ESCALATE else ()


def reminded(step: Step, when: When) -> tuple[Step, str]:
    """The step once those are reminded whose time it is, once however many reminders they have missed; and who, in words."""
    due_now = {one.id for one in _asked(step) if _is_due(one, AlarmKind.REMIND, when.written)}
    told = tuple(one for one in step.assignments if one.id in due_now)
    return step.evolve(
        assignments=tuple(
            _told(_done(one, AlarmKind.REMIND, when), when) if one.id in due_now else one for one in step.assignments
        )
    ), _named(one.person for one in told)


def reminded_by_hand(step: Step, when: When) -> tuple[Step, str]:
    """The step once everybody is reminded who can decide it; and who, in words."""
    asked = tuple(one for one in step.assignments if one.state is AssignmentState.OPEN)
    places = tuple(_told(one, when) if one in asked else one for one in step.assignments)
    return step.evolve(reminded_at=when.said, assignments=places), _named(one.person for one in asked)


def escalated(state: RunState, step: Step, when: When, directory: Directory) -> tuple[Step, str]:
    """The step once others may decide too, in the stead of those whose time it is; and who, in words.

    Args:
        state: the run.
        step: one of its open steps.
        when: now.
        directory: those who are asked in the step, the managers above them, and whom it escalates to.
    """
    said = []
    for one in _asked(step):
        stages = [
            alarm.stage for alarm in _to_come(one) if alarm.kind is AlarmKind.ESCALATE and alarm.at <= when.written
        ]
        if not stages:
            continue
        step = _with_place(step, scheduled(_done(one, AlarmKind.ESCALATE, when), step.plan, when))
        to: list[Person] = []
        for stage in stages:
            for member in _found(step.plan.escalate[stage], one, state, step, directory):
                person = Person(username=member.username, name=member.name)
                step = _with_place(step, _too(state, step, one, person, when))
                to.append(person)
        said.append(f"{_named([one.person])} → {_named(to) or '–'}")
    return step, "; ".join(said)[:_MOST_NAMED]


def _asked(step: Step) -> tuple[Assignment, ...]:
    """Those who are waited on and whose clock it is: whoever decides in their stead has none of their own."""
    return tuple(one for one in step.given_to if one.state is AssignmentState.OPEN)


def _to_come(one: Assignment, *, expiry: bool = True) -> Iterator[Alarm]:
    return (alarm for alarm in one.alarms if alarm.done_at is None and (expiry or alarm.kind is not AlarmKind.EXPIRE))


def _is_due(one: Assignment, kind: AlarmKind, now: datetime) -> bool:
    return any(alarm.kind is kind and alarm.at <= now for alarm in _to_come(one))


def _expires_at(step: Step) -> datetime | None:
    """When everybody who is still waited on has had all of their time; None if that is not to be said yet, or never."""
    asked = _asked(step)
    times = [alarm.at for one in asked for alarm in _to_come(one) if alarm.kind is AlarmKind.EXPIRE]
    return max(times) if asked and len(times) == len(asked) else None


def _done(one: Assignment, kind: AlarmKind, when: When) -> Assignment:
    """A place of which everything of a kind that was due is done."""
    alarms = tuple(
        alarm.model_copy(update={"done_at": when.written})
        if alarm.kind is kind and alarm.done_at is None and alarm.at <= when.written
        else alarm
        for alarm in one.alarms
    )
    return one.model_copy(update={"alarms": alarms})


def _told(one: Assignment, when: When) -> Assignment:
    return one.model_copy(update={"reminded": (*one.reminded, when.written)[-MOST_REMINDERS:]})


def _too(state: RunState, step: Step, one: Assignment, person: Person, when: When) -> Assignment:
    """The place of somebody who may decide too: the same deadline, which is over, and the same vote."""
    return Assignment(
        id=assignment_id(state, step.plan.key, step.visit, person),
        person=person,
        reasons=(Reason(code="escalated_from", params={"name": one.person.name}),),
        state=AssignmentState.OPEN,
        opened_at=when.written,
        due_at=one.due_at,
        escalated_from=one.id,
    )


def _with_place(step: Step, place: Assignment) -> Step:
    others = (one for one in step.assignments if one.id != place.id)
    return step.evolve(assignments=tuple(sorted((*others, place), key=lambda one: one.person.username)))


def _found(
    escalation: Escalation, one: Assignment, state: RunState, step: Step, directory: Directory
) -> Iterator[Member]:
    """Who may decide too: never the owner, nobody who has left, and nobody who has a place in the step already."""
    match escalation.to:
        case ByUser(user=username):
            candidates = [directory[username]] if username in directory else []
        case ByRole(role=role):
            candidates = [member for member in directory.values() if role in member.roles]
        case _:
            manager = _manager_of(one, state, step, directory)
            candidates = [manager] if manager is not None else []
    for member in sorted(candidates, key=lambda member: member.username):
        place = step.assignment_of(member.username)
        voted = has_voted(step, member.username)
        if place is None and not voted and member.active and member.username != state.owner.username:
            yield member


def _manager_of(one: Assignment, state: RunState, step: Step, directory: Directory) -> Member | None:
    """The first above somebody who can be asked: not the owner, not somebody who has left or has a vote of their own."""
    seen = {one.person.username}
    member = _above(directory.get(one.person.username), directory)
    while member is not None and member.username not in seen:
        seen.add(member.username)
        place = step.assignment_of(member.username)
        has_own = (place is not None and place.escalated_from is None) or has_voted(step, member.username)
        if member.active and member.username != state.owner.username and not has_own:
            return member
        member = _above(member, directory)
    return None


def _above(member: Member | None, directory: Directory) -> Member | None:
    return directory.get(member.manager) if member is not None and member.manager else None


def _named(people: Iterable[Person]) -> str:
    return ", ".join(f"{person.name} ({person.username})" for person in people)[:_MOST_NAMED]
