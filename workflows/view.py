"""The run as clients see it: ``run`` of a request in the API and the answer of the workflow's query ``state``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from approval.changes import ProposedChange
from approval.model import Frozen, Person, RunStatus, StepState
from approval.run import RunState, Step
from approval.values import ReceivedQuantity
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


class StepView(Frozen):
    """One step of the round."""

    key: str
    name: str
    state: StepState
    approvers: tuple[Person, ...]
    approved_by: tuple[str, ...]
    why: str


class RunLineView(Frozen):
    """What purchasing reported for one line."""

    id: UUID
    quantity_received: ReceivedQuantity


class RunView(Frozen):
    """One request going through one process."""

    id: UUID
    status: RunStatus
    process: ProcessRef
    round: int
    step: OpenStepView | None
    steps: tuple[StepView, ...]
    proposed_changes: tuple[ProposedChange, ...]
    purchase_status: str | None
    lines: tuple[RunLineView, ...]


def build(
    *,
    run_id: UUID,
    status: RunStatus,
    process: ProcessRef,
    round_number: int,
    steps: tuple[Step, ...],
    proposed: tuple[ProposedChange, ...],
    opened_at: datetime | None,
    deadline: datetime | None,
    purchase_status: str | None,
    received: Mapping[UUID, Decimal],
    language: str,
) -> RunView:
    """Put a run into the shape that clients see.

    Args:
        received: quantity received by line id, for every line of the request.
        language: of names and reasons.
    """
    open_step = next((step for step in steps if step.state is StepState.OPEN), None)
    return RunView(
        id=run_id,
        status=status,
        process=process,
        round=round_number,
        step=OpenStepView(
            key=open_step.plan.key,
            name=open_step.plan.name[language],
            approvers=open_step.waiting_on,
            opened_at=opened_at,
            deadline=deadline,
            may_edit=tuple(open_step.plan.may_edit),
        )
        if open_step
        else None,
        steps=tuple(
            StepView(
                key=step.plan.key,
                name=step.plan.name[language],
                state=step.state,
                approvers=step.plan.approvers,
                approved_by=step.approved_by,
                why="; ".join(explain(reason.code, reason.params, language) for reason in step.plan.why),
            )
            for step in steps
        ),
        proposed_changes=proposed,
        purchase_status=purchase_status,
        lines=tuple(RunLineView(id=line, quantity_received=quantity) for line, quantity in received.items()),
    )


def run_view(state: RunState, language: str) -> RunView:
    """The run as its workflow knows it. What purchasing reports comes after the workflow's end and is not in it."""
    return build(
        run_id=state.run_id,
        status=state.run_status,
        process=ProcessRef(key=state.process_key, version=state.process_version),
        round_number=state.round,
        steps=state.steps,
        proposed=state.proposed,
        opened_at=state.opened_at,
        deadline=state.deadline,
        purchase_status=None,
        received={line.id: Decimal(0) for line in state.values.lines},
        language=language,
    )
