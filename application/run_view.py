"""The run as clients see it: ``run`` of a request in the API and the answer of the workflow's query ``state``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal
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
    return RunView(
        id=run.id,
        status=run.status,
        process=ProcessRef(key=run.process_key, version=run.process_version),
        round=run.round,
        step=_open_step(run.open_step, language),
        open_steps=tuple(step.plan.key for step in run.open_steps),
        steps=tuple(_step(step, language) for step in run.steps),
        proposed_changes=run.proposed,
        purchase_status=run.purchase_status,
        lines=tuple(RunLineView(id=line, quantity_received=quantity) for line, quantity in run.received.items()),
    )


def state_view(state: RunState, language: str) -> RunView:
    """The run as the rules know it, in a language. What purchasing reports comes after its end and is not in it."""
    return RunView(
        id=state.run_id,
        status=state.run_status,
        process=ProcessRef(key=state.process_key, version=state.process_version),
        round=state.round,
        step=_open_step(state.open_step, language),
        open_steps=tuple(step.plan.key for step in state.open_steps),
        steps=tuple(_step(step, language) for step in state.steps),
        proposed_changes=state.proposed,
        purchase_status=None,
        lines=tuple(RunLineView(id=line.id, quantity_received=Decimal(0)) for line in state.values.lines),
    )


def _open_step(step: Step | None, language: str) -> OpenStepView | None:
    if step is None:
        return None
    return OpenStepView(
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
    return StepView(
        key=step.plan.key,
        name=step.plan.name[language],
        state=step.state,
        visit=step.visit,
        approvers=step.people,
        approved_by=step.approved_by,
        vote=VoteView(rule=step.plan.decision, needed=needed, approved=approved, of=len(step.people)),
        assignments=tuple(_assignment(one, language) for one in step.assignments),
        why=_why(step.plan.why, language),
    )


def _assignment(one: Assignment, language: str) -> AssignmentView:
    same = {name: getattr(one, name) for name in AssignmentView.model_fields if name != "why"}
    return AssignmentView(**same, why=_why(one.reasons, language))


def _why(reasons: Iterable[Reason], language: str) -> str:
    return "; ".join(explain(reason.code, reason.params, language) for reason in reasons)
