"""The run as clients see it: ``run`` of a request in the API.

Everything here is made of values that were read and checked already; checking them again for each answer would cost as much
as reading them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from approval.alarms import AlarmKind
from approval.changes import ProposedChange
from approval.clock import upcoming
from approval.model import Channel, Frozen, Person, Reason, RunStatus, StepState
from approval.order_changes import OrderChanges
from approval.state import Assignment, AssignmentState, Consultation, Step, block_of, block_state, in_blocks
from approval.values import Stored
from approval.votes import DecisionRule, kind_of
from crm.records import RunRecord
from texts import explain


class ProcessRef(Frozen):
    """The process version that the run keeps."""

    key: str
    version: int


class OpenStepView(Frozen):
    """The step that is waited on."""

    key: str
    name: str
    approvers: tuple[Person, ...]
    """Who can still decide."""
    opened_at: datetime | None
    deadline: datetime | None
    may_edit: tuple[str, ...]


class VoteView(Frozen):
    """How many of a step's people must approve, and how many have."""

    rule: DecisionRule
    needed: int
    approved: int
    of: int


class AlarmView(Frozen):
    """Something that the clock will do."""

    kind: AlarmKind
    at: datetime


class AssignmentView(Frozen):
    """One person's place in a step."""

    id: UUID
    person: Person
    state: AssignmentState
    opened_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    acted_by: str | None
    escalated_from: UUID | None = None
    """The assignment that this person may decide too; together they have one vote."""
    reminded: tuple[datetime, ...] = ()
    """When the person was reminded, oldest first; the last twenty."""
    upcoming: tuple[AlarmView, ...] = ()
    """What the clock will do if nobody decides, soonest first."""
    substitution_id: UUID | None = None
    forwarded_from: UUID | None = None
    """The assignment that was given to this person, with its deadline."""
    added_by: str | None = None
    """The username of whoever added this person to the approvers."""
    heard_before: UUID | None = None
    """The assignment that waits for this one's approval, which is no vote in the step."""
    clock_stands_since: datetime | None = None
    """Since when the clock stands, as while the owner is asked something or an approver is heard first."""
    channel: Channel | None
    why: str


class ConsultationView(Frozen):
    """A question to somebody who has no vote by it, and their answer."""

    id: UUID
    assignment_id: UUID
    by: Person
    asked: Person
    question: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    closed_at: datetime | None
    """When it was answered, or when there was nothing to be decided any more."""


class StepView(Frozen):
    """One step of the round, or a parallel block, which has no approvers of its own and the steps that it holds."""

    key: str
    name: str
    kind: Literal["approval", "parallel"] = "approval"
    state: StepState
    visit: int = 1
    approvers: tuple[Person, ...] = ()
    approved_by: tuple[str, ...] = ()
    vote: VoteView | None = None
    assignments: tuple[AssignmentView, ...] = ()
    consultations: tuple[ConsultationView, ...] = ()
    why: str = ""
    compared: Mapping[str, str] = {}
    """The values of the request that the step's condition looked at when it was routed, such as ``request.total``."""
    steps: tuple[StepView, ...] = ()
    """Of a block: what it holds."""


class RunLineView(Frozen):
    """What purchasing reported for one line."""

    id: UUID
    quantity_received: Stored
    """Less than nothing where more was reported as sent back than as received."""


class HoldView(Frozen):
    """Nothing can be decided until the owner has answered how the order changed."""

    since: datetime
    order_changes: OrderChanges


class KeptView(Frozen):
    """What the owner said of a changed order: the request stays as it is."""

    at: datetime
    note: str
    order_changes: OrderChanges


class RunView(Frozen):
    """One request going through one process. ``step`` is the first open one."""

    id: UUID
    status: RunStatus
    process: ProcessRef
    round: int
    step: OpenStepView | None
    open_steps: tuple[str, ...]
    steps: tuple[StepView, ...]
    proposed_changes: tuple[ProposedChange, ...]
    purchase_status: str | None
    lines: tuple[RunLineView, ...]
    hold: HoldView | None = None
    """Why nothing can be decided for now: the order has changed, and the owner has yet to answer."""
    kept: KeptView | None = None
    """The difference of the order that the owner has kept the request in spite of, and why."""


def run_view(run: RunRecord, language: str) -> RunView:
    """The run as the CRM has it, in a language."""
    opened = run.open_step
    return RunView.model_construct(
        id=run.id,
        status=run.status,
        process=ProcessRef.model_construct(key=run.process_key, version=run.process_version),
        round=run.round,
        step=_open_step(opened, language) if opened else None,
        open_steps=tuple(step.plan.key for step in run.open_steps),
        steps=tuple(_step_or_block(one, language) for one in in_blocks(run.steps)),
        proposed_changes=run.proposed,
        purchase_status=run.purchase_status,
        lines=tuple(
            RunLineView.model_construct(id=line, quantity_received=quantity) for line, quantity in run.received.items()
        ),
        hold=HoldView.model_construct(since=run.hold.since, order_changes=run.hold.changes) if run.hold else None,
        kept=KeptView.model_construct(at=run.kept.at, note=run.kept.note, order_changes=run.kept.changes)
        if run.kept
        else None,
    )


def _step_or_block(one: Step | tuple[Step, ...], language: str) -> StepView:
    if isinstance(one, Step):
        return _step(one, language)
    block = block_of(one)
    return StepView.model_construct(
        key=block.key,
        name=block.name[language],
        kind="parallel",
        state=block_state(one),
        steps=tuple(_step(step, language) for step in one),
    )


def _open_step(step: Step, language: str) -> OpenStepView:
    return OpenStepView.model_construct(
        key=step.plan.key,
        name=step.plan.name[language],
        approvers=step.waiting_on,
        opened_at=step.opened_at,
        deadline=step.due_at,
        may_edit=tuple(step.plan.may_edit),
    )


def _step(step: Step, language: str) -> StepView:
    of = len(step.seats)
    vote = VoteView.model_construct(
        rule=kind_of(step.plan.decision), needed=step.needed if of else 0, approved=step.approvals, of=of
    )
    return StepView.model_construct(
        key=step.plan.key,
        name=step.plan.name[language],
        state=step.state,
        visit=step.visit,
        approvers=step.people,
        approved_by=step.approved_by,
        vote=vote,
        assignments=tuple(_assignment(one, language) for one in step.assignments),
        consultations=tuple(_consultation(one) for one in step.consultations),
        why=_why(step.plan.why, language),
        compared=compared(step.plan.why),
    )


def compared(reasons: Iterable[Reason]) -> dict[str, str]:
    """The values that conditions among some reasons looked at, by the name that they have in a condition."""
    return {name: value for reason in reasons for name, value in reason.params.items() if name.startswith("request.")}


def _assignment(one: Assignment, language: str) -> AssignmentView:
    return AssignmentView.model_construct(
        id=one.id,
        person=one.person,
        state=one.state,
        opened_at=one.opened_at,
        due_at=one.due_at,
        closed_at=one.closed_at,
        acted_by=one.acted_by,
        substitution_id=one.substitution_id,
        channel=one.channel,
        escalated_from=one.escalated_from,
        reminded=one.reminded,
        upcoming=tuple(AlarmView.model_construct(kind=alarm.kind, at=alarm.at) for alarm in upcoming(one)),
        forwarded_from=one.forwarded_from,
        added_by=one.added_by,
        heard_before=one.heard_before,
        clock_stands_since=one.stands_since,
        why=_why(one.reasons, language),
    )


def _consultation(one: Consultation) -> ConsultationView:
    answer = one.answer if one.answered_at is not None else None
    same = {name: getattr(one, name) for name in ConsultationView.model_fields if name != "answer"}
    return ConsultationView.model_construct(**same, answer=answer)


def _why(reasons: Iterable[Reason], language: str) -> str:
    return "; ".join(explain(reason.code, reason.params, language) for reason in reasons)
