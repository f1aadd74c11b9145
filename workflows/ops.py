"""What ops read about a run in the Temporal UI, without opening a payload."""

from __future__ import annotations

from approval.model import Action, StepState
from approval.run import PastAction, RunState, Step

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


def summary(number: str, amount: str, owner: str) -> str:
    """One line that names the case: number, amount, owner. At most 200 bytes of UTF-8."""
    return f"{number} · {amount} · {owner}".encode()[:SUMMARY_BYTES].decode(errors="ignore")


def details(state: RunState) -> str:
    """The case in Markdown: number, amount, owner, where it stands, who is waited on since when, decisions so far."""
    step = state.open_step
    if step is not None and state.opened_at is not None:
        people = ", ".join(f"{person.name} ({person.username})" for person in step.waiting_on)
        waiting = f"**Waiting on** {people} since {state.opened_at:%Y-%m-%d %H:%M} UTC, step *{step.plan.name['en']}*"
        if state.deadline is not None:
            waiting += f", due {state.deadline:%Y-%m-%d %H:%M} UTC"
    elif state.ended:
        waiting = f"**Ended**: {state.run_status}"
    else:
        waiting = f"**Waiting on** the owner, {state.owner.name}, to edit and resend"
    return "\n\n".join(
        (
            f"**{state.number}** · {state.amount} · owner {state.owner.name} ({state.owner.username})",
            f"CRM: `{state.process_status}` · run: `{state.run_status}` · round {state.round}"
            f" · process `{state.process_key}` v{state.process_version}",
            waiting,
            "\n".join(_step_line(step) for step in state.steps),
            "**So far**\n\n" + "\n".join(_past_line(past) for past in state.log if past.action in _PAST),
        )
    )


def _step_line(step: Step) -> str:
    people = ", ".join(person.username for person in step.plan.approvers) or "nobody"
    return f"- {_MARKS[step.state]} {step.plan.name['en']} ({people}): {step.state}"


def _past_line(past: PastAction) -> str:
    what = "rejected and ended" if past.end else _PAST[past.action]
    return f"- {past.at:%Y-%m-%d %H:%M} {past.actor} {what}"
