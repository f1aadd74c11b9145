"""The run as clients see it: ``run`` of a request in the API and the answer of the workflow's query ``state``.

Everything here is made of values that were read and checked already; checking them again for each answer would cost as much
as reading them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

from approval.changes import ProposedChange
from approval.model import Frozen, Person, Reason, RunStatus, StepState
from approval.process import DecisionRule
from approval.state import Assignment, AssignmentState, RunState, Step
from approval.values import ReceivedQuantity
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


class AssignmentView(Frozen):
    """One person's place in a step."""

    id: UUID
    person: Person
    state: AssignmentState
    opened_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    acted_by: str | None
    why: str


class StepView(Frozen):
    """One step of the round."""

    key: str
    name: str
    kind: Literal["approval"] = "approval"
    state: StepState
    visit: int
    approvers: tuple[Person, ...]
    approved_by: tuple[str, ...]
    vote: VoteView
    assignments: tuple[AssignmentView, ...]
    why: str


class RunLineView(Frozen):
    """What purchasing reported for one line."""

    id: UUID
    quantity_received: ReceivedQuantity


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


def run_view(run: RunRecord, language: str) -> RunView:
    """The run as the CRM has it, in a language."""
    process = ProcessRef.model_construct(key=run.process_key, version=run.process_version)
    known = _Known(run.id, run.status, process, run.round, run.steps, run.proposed, run.purchase_status, run.received)
    return _view(known, language)


def state_view(state: RunState, language: str) -> RunView:
    """The run as the rules know it, in a language. What purchasing reports comes after its end and is not in it."""
    process = ProcessRef.model_construct(key=state.process_key, version=state.process_version)
    received = dict.fromkeys((line.id for line in state.values.lines), Decimal(0))
    known = _Known(state.run_id, state.run_status, process, state.round, state.steps, state.proposed, None, received)
    return _view(known, language)


class _Known(NamedTuple):
    """What a view is made of."""

    run_id: UUID
    status: RunStatus
    process: ProcessRef
    round: int
    steps: tuple[Step, ...]
    proposed: tuple[ProposedChange, ...]
    purchase_status: str | None
    received: Mapping[UUID, Decimal]


def _view(known: _Known, language: str) -> RunView:
    opened = tuple(step for step in known.steps if step.state is StepState.OPEN)
    return RunView.model_construct(
        id=known.run_id,
        status=known.status,
        process=known.process,
        round=known.round,
        step=_open_step(opened[0], language) if opened else None,
        open_steps=tuple(step.plan.key for step in opened),
        steps=tuple(_step(step, language) for step in known.steps),
        proposed_changes=known.proposed,
        purchase_status=known.purchase_status,
        lines=tuple(
            RunLineView.model_construct(id=line, quantity_received=quantity)
            for line, quantity in known.received.items()
        ),
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
    approved = len(step.approved)
    needed = 1 if step.plan.decision is DecisionRule.ANY else approved + len(step.waiting_on)
    return StepView.model_construct(
        key=step.plan.key,
        name=step.plan.name[language],
        state=step.state,
        visit=step.visit,
        approvers=step.people,
        approved_by=step.approved_by,
        vote=VoteView.model_construct(rule=step.plan.decision, needed=needed, approved=approved, of=len(step.people)),
        assignments=tuple(_assignment(one, language) for one in step.assignments),
        why=_why(step.plan.why, language),
    )


def _assignment(one: Assignment, language: str) -> AssignmentView:
    return AssignmentView.model_construct(
        id=one.id,
        person=one.person,
        state=one.state,
        opened_at=one.opened_at,
        due_at=one.due_at,
        closed_at=one.closed_at,
        acted_by=one.acted_by,
        why=_why(one.reasons, language),
    )


def _why(reasons: Iterable[Reason], language: str) -> str:
    return "; ".join(explain(reason.code, reason.params, language) for reason in reasons)
