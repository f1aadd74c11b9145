"""Which approvals of earlier rounds still hold when a request is sent again; the rules are in ``approval/delta.py``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from approval import delta
from approval.changes import ProposedChange
from approval.condition_text import ConditionError
from approval.conditions import Inquiry, RequestFacts
from approval.delta import Content, LastApproval, StepOutcome
from approval.editable import EditableField
from approval.inputs import InputField
from approval.model import Frozen, Person, Reason, StepState
from approval.process import PurchaseProcess, Resume
from approval.routing import StepPlan
from approval.state import Assignment, AssignmentState, Step
from approval.values import as_text
from crm import rounds
from crm.pool import Connection, Pool
from crm.records import RequestRecord, approved
from crm.rounds import RoundRecord

_HEADER: Final = tuple(
    field for field in InputField if not field.of_line and field not in (InputField.TOTAL, InputField.LINES)
)
_LINE: Final = tuple(field for field in InputField if field.of_line)
_NUMBERS: Final = frozenset({InputField.LINE_QUANTITY, InputField.LINE_UNIT_PRICE})


class Resumed(Frozen):
    """What a resend does with a step, why, and the approval that holds, if one does."""

    outcome: StepOutcome
    why: tuple[Reason, ...]
    holds: LastApproval | None = None


async def resumed(
    executor: Pool | Connection, process: PurchaseProcess, record: RequestRecord, plans: Iterable[StepPlan]
) -> dict[str, Resumed]:
    """What a resend does with each step, by its key; nothing where every step asks again.

    Args:
        executor: the CRM database.
        process: that of the run.
        record: the request as it would be sent.
        plans: the steps as they would be run now.
    """
    if record.run is None or (record.run.last.resume or process.resume) is not Resume.DELTA:
        return {}
    earlier = await rounds.of_request(executor, record.id)
    return await asyncio.to_thread(_resumed, process, record, tuple(plans), earlier)


def with_carried(plans: tuple[StepPlan, ...], found: Mapping[str, Resumed]) -> tuple[StepPlan, ...]:
    """The steps of a round, those of which an approval holds with it."""
    holding = {key: (one.holds, one.why) for key, one in found.items() if one.holds is not None}
    return tuple(delta.carried(plan, *holding[plan.key]) if plan.key in holding else plan for plan in plans)


def _resumed(
    process: PurchaseProcess, record: RequestRecord, plans: tuple[StepPlan, ...], earlier: list[RoundRecord]
) -> dict[str, Resumed]:
    now, last = content(record), _last_approvals(process, record, earlier)
    found: dict[str, Resumed] = {}
    for plan in plans:
        approval = last.get(plan.key)
        outcome, why = delta.outcome(plan, approval, now, returned=_returned(plan.key, earlier))
        holds = approval if outcome is StepOutcome.CARRIED else None
        found[plan.key] = Resumed(outcome=outcome, why=why, holds=holds)
    asked = [one for one in found.values() if one.outcome not in (StepOutcome.CARRIED, StepOutcome.SKIPPED)]
    held = [key for key, one in found.items() if one.outcome is StepOutcome.CARRIED]
    if held and not asked:  # what is sent is looked at by somebody
        found[held[-1]] = Resumed(outcome=StepOutcome.ASKS_AGAIN, why=(Reason(code="somebody_asks_again"),))
    return found


def _returned(key: str, earlier: list[RoundRecord]) -> bool:
    """Whether a step returned the round before."""
    steps = earlier[-1].steps if earlier else ()
    return any(
        one.state is AssignmentState.RETURNED for step in steps if step.plan.key == key for one in step.assignments
    )


def _last_approvals(
    process: PurchaseProcess, record: RequestRecord, earlier: list[RoundRecord]
) -> dict[str, LastApproval]:
    """The last round in which each step approved the request itself, not by an approval that was carried; none of a step
    that a later return to an earlier one undid."""
    conditions = [step.when for step in process.approval_steps if step.when is not None]
    answers = _answers(conditions, record.facts())
    found: dict[str, LastApproval] = {}
    for sent in earlier:
        for step in sent.steps:
            if step.visit > 1 and step.earlier is None and step.state is not StepState.APPROVED:
                found.pop(step.plan.key, None)
            if step.state is not StepState.APPROVED or not step.approved or sent.request is None:
                continue
            then = as_approved(record, sent, step.approved)
            found[step.plan.key] = LastApproval(
                round=sent.number,
                people=frozenset(one.person.username for one in (*step.seats, *step.approved)),
                decision=step.plan.decision,
                approved_by=_voters(step),
                content=content(then),
                crossed=_answers(conditions, then.facts()) != answers,
            )
    return found


def _voters(step: Step) -> tuple[Person, ...]:
    return tuple(one.person for one in (*step.approved, *step.carried))


def as_approved(record: RequestRecord, sent: RoundRecord, approvals: Iterable[Assignment]) -> RequestRecord:
    """The request as it was when the last of some approvals was given: as it was sent in a round, with what approvers had
    proposed by then."""
    assert sent.request is not None  # noqa: S101 - see the callers
    seen = max((one.seen_changes for one in approvals if one.seen_changes is not None), default=None)
    proposed = sent.proposed if seen is None else sent.proposed[:seen]
    header = {change.field: _read(change) for change in proposed if change.line_id is None}
    fields = {name: getattr(sent.request, name) for name in type(sent.request).model_fields}
    fields["requester"] = sent.request.requester or record.requester
    then = record.model_copy(update={**fields, **header, "cumulated": sent.cumulated})
    return then.with_changes(proposed)


def _read(change: ProposedChange) -> date | str | None:
    """The value of a header's field as the request itself has it."""
    is_date = change.field == EditableField.DESIRED_DELIVERY_DATE
    return date.fromisoformat(change.after) if is_date and change.after else change.after


def _answers(conditions: Iterable[str], facts: RequestFacts) -> list[bool | None]:
    """What the conditions of a process answer; None: they cannot."""
    inquiry = Inquiry(facts)

    def answer(condition: str) -> bool | None:
        try:
            return inquiry.holds(condition)
        except ConditionError:
            return None

    return [answer(condition) for condition in conditions]


def content(record: RequestRecord) -> Content:
    """What is approved of a request."""
    return Content(
        header={**{field: _text(record, field) for field in _HEADER}, InputField.TOTAL: record.total},
        lines={
            line.id: {field: getattr(line, field.field) if field in _NUMBERS else _text(line, field) for field in _LINE}
            for line in approved(record.lines)
        },
    )


def _text(owner: object, field: InputField) -> str | None:
    return as_text(getattr(owner, field.field)) or None
