"""What ops read about a run in the Temporal UI, without opening a payload."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from approval.changes import FieldValue, LineValues, ProposedChange
from approval.model import Action, ProcessStatus, StepState
from approval.state import PastAction, RunState, Step
from approval.values import amount_of, money_text, sum_of

SUMMARY_BYTES = 200
"""Limit of the engine for a workflow's summary."""

_MARKS = {StepState.APPROVED: "✔", StepState.OPEN: "▶", StepState.WAITING: "·", StepState.SKIPPED: "–"}
_PAST = {
    Action.SEND: "sent",
    Action.APPROVE: "approved",
    Action.REJECT: "returned",
    Action.RECALL: "recalled",
    Action.CANCEL: "cancelled",
    Action.RESOLVE_APPROVERS: "had approvers resolved again",
}


_MOST_CHANGES = 3
_VALUES_BYTES = 40
"""The engine takes 20 KB of details; an approver may change hundreds of fields, and a text may have thousands of letters."""

_CHANGED = {ProcessStatus.IN_PROGRESS: "proposed", ProcessStatus.COMPLETED: "approved"}
"""Where changes of approvers count: a request that was returned, rejected or cancelled keeps what was sent."""


def summary(number: str, amount: str, owner: str) -> str:
    """One line that names the case: number, amount, owner. At most 200 bytes of UTF-8.

    The engine keeps it as it was at the start, so that it says whose amount it is; today's is in the details.
    """
    return f"{number} · {amount} at first send · {owner}".encode()[:SUMMARY_BYTES].decode(errors="ignore")


def details(state: RunState) -> str:
    """The case in Markdown: number, amounts, owner, where it stands, who is waited on since when, decisions so far
    and, of this round's, what they changed."""
    step = state.open_step
    if step is not None and step.opened_at is not None:
        people = ", ".join(f"{person.name} ({person.username})" for person in step.waiting_on)
        waiting = f"**Waiting on** {people} since {step.opened_at:%Y-%m-%d %H:%M} UTC, step *{step.plan.name['en']}*"
        if step.due_at is not None:
            waiting += f", due {step.due_at:%Y-%m-%d %H:%M} UTC"
    elif state.ended:
        waiting = f"**Ended**: {state.run_status}"
    else:
        waiting = f"**Waiting on** the owner, {state.owner.name}, to edit and resend"
    return "\n\n".join(
        (
            f"**{state.number}** · {_amounts(state)} · owner {state.owner.name} ({state.owner.username})",
            f"CRM: `{state.process_status}` · run: `{state.run_status}` · round {state.round}"
            f" · process `{state.process_key}` v{state.process_version}",
            waiting,
            "\n".join(_step_line(step) for step in state.steps),
            "**So far**\n\n"
            + "\n".join(_past_line(past, state.proposed) for past in state.log if past.action in _PAST),
        )
    )


def _amounts(state: RunState) -> str:
    """The amount that counts now and, where approvers changed it, the amount as sent."""
    sent = _amount(state, {(change.line_id, change.field): change.before for change in reversed(state.proposed)})
    changed = _amount(state, {(change.line_id, change.field): change.after for change in state.proposed})
    said = f"{sent} as sent"
    if changed != sent and state.process_status in _CHANGED:
        said = f"{changed} {_CHANGED[state.process_status]}, {said}"
    return said


def _amount(state: RunState, values: Mapping[tuple[UUID | None, str], FieldValue]) -> str:
    """Total and currency of the round's lines, with some of their values replaced."""

    def value(line: LineValues, field: str) -> Decimal:
        return Decimal(str(values.get((line.id, field), line.values[field])))

    total = sum_of(amount_of(value(line, "quantity"), value(line, "unit_price")) for line in state.values.lines)
    currency = state.amount.rpartition(" ")[2]
    return money_text(total, currency)


def _step_line(step: Step) -> str:
    people = ", ".join(person.username for person in step.people) or "nobody"
    return f"- {_MARKS[step.state]} {step.plan.name['en']} ({people}): {step.state}"


def _past_line(past: PastAction, proposed: tuple[ProposedChange, ...]) -> str:
    what = "rejected and ended" if past.end else _PAST[past.action]
    changed = [change for change in proposed if (change.by, change.at) == (past.actor, past.at)]
    if changed:
        what += f", changing {', '.join(_change(change) for change in changed[:_MOST_CHANGES])}"
    if len(changed) > _MOST_CHANGES:
        what += f" and {len(changed) - _MOST_CHANGES} more"
    return f"- {past.at:%Y-%m-%d %H:%M} {past.actor} {what}"


def _change(change: ProposedChange) -> str:
    """A changed field, and its values if they are short."""
    values = " ".join(f"{change.before or '–'} → {change.after or '–'}".split())
    return f"`{change.pointer}`" + (f" {values}" if len(values.encode()) <= _VALUES_BYTES else "")
