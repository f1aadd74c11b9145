"""The picture of a run: sent, its steps, its end; where it is, who is waited on, since when and until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import Final

from application.planning import Preview
from application.run_view import compared
from approval.alarms import Alarm
from approval.clock import upcoming_in
from approval.model import Action, Frozen, Person, ProcessStatus, Reason, StepState
from approval.order_changes import HoldChoice
from approval.process import OnExpiry
from approval.routing import StepPlan
from approval.state import AssignmentState, Consultation, Step
from approval.votes import DecisionRule, needed
from crm.records import RequestRecord
from crm.rounds import RoundRecord
from crm.timeline import Entry
from texts import explain

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Mark(StrEnum):
    """How a node looks."""

    DONE = "done"
    OPEN = "open"
    WAITING = "waiting"
    SKIPPED = "skipped"
    RETURNED = "returned"
    ENDED = "ended"


class Vote(Frozen):
    """How many approvals a step has of those that it needs, and how many people are asked."""

    approved: int
    needed: int
    of: int


class Passed(Frozen):
    """Somebody's place that others got."""

    before: Person
    after: Person
    by_admin: bool


class Added(Frozen):
    """Somebody whom another has added to the approvers."""

    person: Person
    by: str
    is_heard_first: bool


class Node(Frozen):
    """One node of the picture."""

    kind: str
    """``sent``, ``step``, ``block`` or ``end``."""
    mark: Mark
    title: str = ""
    """Of a step; the others are named by the template."""
    people: tuple[Person, ...] = ()
    """Who did it, who can do it now, or who will be asked."""
    action: str = ""
    """What was done here: ``send``, ``send_again``, ``approve``, ``carried``, ``reject``, ``reject_and_end``, ``expire``,
    ``expire_and_end``, ``recall``, ``resolve_hold``, ``cancel``."""
    at: datetime | None = None
    """When it was done, or since when it waits."""
    deadline: datetime | None = None
    upcoming: tuple[Alarm, ...] = ()
    """What the clock will do in an open step if nobody decides it, soonest first."""
    ends: bool = False
    """Whether it rejects the request in the end, and does not return it."""
    reminded_at: datetime | None = None
    """When the people of an open step were last reminded."""
    note: str = ""
    why: str = ""
    compared: Mapping[str, str] = {}
    """The values that its condition looked at."""
    vote: Vote | None = None
    """Of a step that needs more than one approval."""
    voted: tuple[Person, ...] = ()
    """Who has approved a step that is still open."""
    substitutes: Mapping[str, Person] = {}
    """Who decided for people in this step, by the username of whom they stood in for."""
    passed: tuple[Passed, ...] = ()
    added: tuple[Added, ...] = ()
    consultations: tuple[Consultation, ...] = ()
    branches: tuple[Node, ...] = ()
    """Of a block: its steps, side by side."""


def picture(
    record: RequestRecord, history: Iterable[Entry], language: str, preview: Preview | None = None
) -> list[Node]:
    """The nodes of a request's run, in their order.

    Args:
        record: the request.
        history: of its timeline, all that the run accepted, from which times, notes and names come.
        language: of names and reasons.
        preview: what a send would run, for a request that was never sent.
    """
    if record.run is None:
        steps = _planned(preview, language)
        sent = Node(kind="sent", mark=Mark.OPEN, people=(record.owner,), at=record.created_at)
        return [sent, *steps, Node(kind="end", mark=Mark.WAITING)]
    done = [entry for entry in history if entry.refusal is None and entry.round == record.run.round]
    return [
        _sent(record, done, record.run.round),
        *_steps(record.run.steps, record, done, language),
        _end(record, done),
    ]


def past_round(round_: RoundRecord, record: RequestRecord, history: Iterable[Entry], language: str) -> list[Node]:
    """The nodes of an earlier round: sent, and its steps as they were left."""
    done = [entry for entry in history if entry.refusal is None and entry.round == round_.number]
    return [_sent(record, done, round_.number), *_steps(round_.steps, record, done, language)]


def stopped_in(nodes: Iterable[Node]) -> list[Node]:
    """Where an earlier round was stopped: the nodes, or the branches of them, that sent the request back or ended it."""
    each = (one for node in nodes for one in (node.branches or (node,)))
    return [one for one in each if one.mark in (Mark.RETURNED, Mark.ENDED) and one.action]


def _planned(preview: Preview | None, language: str) -> list[Node]:
    planned = [
        (
            step.plan,
            Node(
                kind="step",
                mark=Mark.SKIPPED if step.plan.skipped else Mark.WAITING,
                title=step.plan.name[language],
                people=step.plan.approvers,
                why=_why(step.plan.why, language),
                compared=compared(step.plan.why),
                vote=_vote(
                    step.plan,
                    approved=0,
                    votes=needed(step.plan.decision, len(step.plan.approvers)),
                    of=len(step.plan.approvers),
                ),
            ),
        )
        for step in (preview.steps if preview else ())
    ]
    return _in_blocks(planned, language)


def _steps(steps: Iterable[Step], record: RequestRecord, done: list[Entry], language: str) -> list[Node]:
    return _in_blocks([(step.plan, _step(step, record, done, language)) for step in steps], language)


def _in_blocks(nodes: Iterable[tuple[StepPlan, Node]], language: str) -> list[Node]:
    """The nodes of steps, those of one block within a node of it."""
    found: list[Node] = []
    for block, together in groupby(nodes, key=lambda planned: planned[0].block):
        branches = tuple(node for _, node in together)
        if block is None:
            found += branches
        else:
            found.append(Node(kind="block", mark=_mark_of(branches), title=block.name[language], branches=branches))
    return found


def _mark_of(branches: Iterable[Node]) -> Mark:
    """How a block looks: as what in it decides where the run is."""
    marks = {branch.mark for branch in branches}
    order = (Mark.ENDED, Mark.RETURNED, Mark.OPEN, Mark.WAITING, Mark.DONE, Mark.SKIPPED)
    return next(mark for mark in order if mark in marks)


def _vote(plan: StepPlan, *, approved: int, votes: int, of: int) -> Vote | None:
    if plan.decision is DecisionRule.ANY or plan.skipped or not of:
        return None
    return Vote(approved=approved, needed=votes, of=of)


def _sent(record: RequestRecord, done: list[Entry], number: int) -> Node:
    entry = next((entry for entry in done if entry.action is Action.SEND), None)
    return Node(
        kind="sent",
        mark=Mark.DONE,
        action="send_again" if number > 1 else Action.SEND,
        people=(record.owner,),
        at=entry.at if entry else record.created_at,
        note=entry.note if entry else "",
    )


def _step(step: Step, record: RequestRecord, done: list[Entry], language: str) -> Node:
    node = Node(
        kind="step",
        mark=Mark.WAITING,
        title=step.plan.name[language],
        people=step.people,
        why=_why(step.plan.why, language),
        compared=compared(step.plan.why),
        vote=_vote(step.plan, approved=step.approvals, votes=step.needed, of=len(step.seats)),
    )
    node = node.model_copy(
        update={"passed": tuple(_passed(step)), "added": tuple(_added(step, done)), "consultations": step.consultations}
    )
    mine = [entry for entry in done if entry.step == step.plan.key]
    ways_back = (Action.REJECT, Action.RECALL, Action.CANCEL, Action.EXPIRE)
    node = node.model_copy(update={"substitutes": _substitutes(step, mine)})
    stopped = next(
        (
            entry
            for entry in mine
            if (entry.action in ways_back and entry.returned_to is None) or entry.choice is HoldChoice.AMEND
        ),
        None,
    )
    rejected = any(one.state is AssignmentState.REJECTED for one in step.assignments)
    if stopped is None and (rejected or any(one.state is AssignmentState.RETURNED for one in step.assignments)):
        stopped = next((entry for entry in reversed(mine) if entry.action is Action.APPROVE), None)  # of no line
    if step.state is StepState.SKIPPED:
        return node.model_copy(update={"mark": Mark.SKIPPED})
    if step.state is StepState.OPEN:
        opened = {"mark": Mark.OPEN, "people": step.waiting_on, "at": step.opened_at, "deadline": step.due_at}
        voted = tuple(one.person for one in (*step.approved, *step.carried))
        told = [at for one in step.assignments for at in one.reminded]
        clock = {
            "upcoming": tuple(upcoming_in(step)),
            "ends": step.plan.on_expiry is OnExpiry.REJECT,
            "reminded_at": max(told, default=None),
        }
        return node.model_copy(update={**opened, **clock, "voted": voted})
    if stopped is not None:
        ended = stopped.end or rejected or stopped.action is Action.CANCEL
        why = (
            node.why if stopped.action in (Action.REJECT, Action.APPROVE) else ""
        )  # of the approvers; not of others who stop it
        mark = Mark.ENDED if ended else Mark.RETURNED
        how = {"action": "approve_by_line"} if stopped.action is Action.APPROVE else {}
        return node.model_copy(update=_done_by(stopped) | how | {"mark": mark, "why": why})
    if step.state is StepState.APPROVED:
        approvals = [entry for entry in mine if entry.action is Action.APPROVE]
        by = tuple(one.person for one in (*step.approved, *step.carried))
        if not step.approved or not approvals:  # by approvals of another step alone, which hold in this one too
            held = tuple(one.person for one in step.carried)
            at = step.carried[0].closed_at if step.carried else None
            return node.model_copy(update={"mark": Mark.DONE, "action": "carried", "people": held, "at": at})
        return node.model_copy(update=_done_by(approvals[-1]) | {"mark": Mark.DONE, "people": by})
    return node


def _passed(step: Step) -> Iterator[Passed]:
    """Who got whose place, in the order in which it went on."""
    places = {one.id: one for one in step.assignments}
    given = [one for one in step.assignments if one.forwarded_from in places]
    for one in sorted(given, key=lambda one: places[one.forwarded_from or one.id].closed_at or _LONG_AGO):
        by_admin = any(reason.code == "reassigned_from" for reason in one.reasons)
        yield Passed(before=places[one.forwarded_from or one.id].person, after=one.person, by_admin=by_admin)


def _added(step: Step, done: list[Entry]) -> Iterator[Added]:
    names = {entry.actor: entry.actor_name for entry in done}
    for one in step.given_to:
        if one.added_by is not None:
            by = names.get(one.added_by, one.added_by)
            yield Added(person=one.person, by=by, is_heard_first=one.heard_before is not None)


def _end(record: RequestRecord, done: list[Entry]) -> Node:
    if record.process_status is ProcessStatus.COMPLETED:
        approvals = [entry for entry in done if entry.action is Action.APPROVE]
        return Node(kind="end", mark=Mark.DONE, at=approvals[-1].at if approvals else None)
    if record.process_status in (ProcessStatus.REJECTED, ProcessStatus.CANCELLED):
        last = done[-1] if done else None
        note = last.note if last and last.step is None else ""  # a step's node shows its own
        return Node(kind="end", mark=Mark.ENDED, at=last.at if last else None, note=note)
    return Node(kind="end", mark=Mark.WAITING)


def _done_by(entry: Entry) -> dict[str, object]:
    return {
        "people": (entry.acted_for or Person(username=entry.actor, name=entry.actor_name),),
        "action": f"{entry.action}_and_end" if entry.end else entry.action,
        "at": entry.at,
        "note": entry.note,
    }


def _substitutes(step: Step, mine: list[Entry]) -> dict[str, Person]:
    """Who decided for people in a step, by the username of whom they stood in for."""
    names = {entry.actor: entry.actor_name for entry in mine}
    return {
        one.person.username: Person(username=one.acted_by, name=names.get(one.acted_by, one.acted_by))
        for one in step.assignments
        if one.substitution_id is not None and one.acted_by is not None
    }


def _why(reasons: Iterable[Reason], language: str) -> str:
    return "; ".join(explain(reason.code, reason.params, language) for reason in reasons)
