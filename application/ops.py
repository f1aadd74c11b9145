"""What ops read about a run in the Temporal UI, without opening a payload.

The UI shows Markdown, and the engine takes little of it. So what people wrote stands there letter by letter, cut where it is
long, and of long lists it is said how many more there are. All of it is in the CRM.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from approval.changes import FieldValue, ProposedChange, total_with
from approval.line_decisions import out_of
from approval.model import Action, Person, ProcessStatus, StepState
from approval.order_changes import in_words, is_cancelled
from approval.state import PastAction, RunState, Step
from approval.values import money_text
from approval.votes import DecisionRule
from workflows.contracts import Searchable, searchable_approvers

SUMMARY_BYTES: Final = 200
"""Limit of the engine for a workflow's summary."""
DETAILS_BYTES: Final = 20_000
"""Limit of the engine for a workflow's details: what the lists below take up, and at most 2,000 bytes besides."""
_WAITING_BYTES: Final = 6_000
_STEPS_BYTES: Final = 5_000
_PAST_BYTES: Final = 7_000

MOST_PEOPLE: Final = 10
"""People of a step who are named."""
MOST_LETTERS: Final = 60
"""Letters of a name that are shown."""
_MOST_CHANGES: Final = 3
_HOLD_LETTERS: Final = 100
_VALUES_LETTERS: Final = 40
"""An approver may change hundreds of fields, and a text may have thousands of letters."""

_MARKS = {StepState.APPROVED: "✔", StepState.OPEN: "▶", StepState.WAITING: "·", StepState.SKIPPED: "–"}
_PAST = {
    Action.SEND: "sent",
    Action.APPROVE: "approved",
    Action.REJECT: "returned",
    Action.RECALL: "recalled",
    Action.CANCEL: "cancelled",
    Action.RESOLVE_APPROVERS: "had approvers resolved again",
    Action.REMIND: "reminded approvers",
    Action.FORWARD: "forwarded it",
    Action.CONSULT: "asked somebody",
    Action.ANSWER: "answered",
    Action.ADD_APPROVER: "added an approver",
    Action.REASSIGN: "gave it to others",
    Action.MOVE_RUN: "moved it to another version",
    Action.RESOLVE_HOLD: "answered a changed order",
    Action.HOLD: "held it: its order has changed",
    Action.RESUME: "let it go on: its order is as it was",
    Action.ESCALATE: "let others decide too",
    Action.EXPIRE: "returned it since nobody had decided in time",
}

_CHANGED = {ProcessStatus.IN_PROGRESS: "proposed", ProcessStatus.COMPLETED: "approved"}
"""Where changes of approvers count: a request that was returned, rejected or cancelled keeps what was sent."""


def cut(text: str, letters: int = MOST_LETTERS) -> str:
    """A text in one line of at most so many letters."""
    line = " ".join(text.split())
    return line if len(line) <= letters else line[: letters - 1] + "…"


def literal(text: str, letters: int = MOST_LETTERS) -> str:
    """A text that Markdown shows letter by letter, whatever is in it: a code span that nothing in it can end."""
    shown = cut("".join(char if char.isprintable() else " " for char in text), letters) or "–"
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def summary(number: str, amount: str, owner: str) -> str:
    """One line that names the case: number, amount, owner. At most 200 bytes of UTF-8.

    The engine keeps it as it was at the start, so that it says whose amount it is; today's is in the details.
    """
    case = f"{number} · {amount} at first send"
    for letters in range(MOST_LETTERS, 0, -1):
        line = f"{case} · {literal(owner, letters)}"
        if len(line.encode()) <= SUMMARY_BYTES:
            return line
    return case.encode()[:SUMMARY_BYTES].decode(errors="ignore")


def searchable(status: ProcessStatus, open_steps: Sequence[Step]) -> Searchable:
    """What a run can be searched by in the Temporal UI, beside number and owner."""
    waiting = dict.fromkeys(person.username for step in open_steps for person in step.waiting_on)
    return Searchable(
        process_status=status,
        step=open_steps[0].plan.key if open_steps else None,
        approvers=tuple(searchable_approvers(waiting)),
    )


def details(state: RunState) -> str:
    """The case in Markdown: number, amounts, owner, where it stands, who is waited on since when, decisions so far
    and, of this round's, what they changed."""
    if state.open_steps:
        waiting = "\n\n".join(_within(_WAITING_BYTES, [_waiting_line(step) for step in state.open_steps]))
    elif state.ended:
        waiting = f"**Ended**: {state.run_status}"
    else:
        waiting = f"**Waiting on** the owner, {_person(state.owner)}, to edit and resend"
    return "\n\n".join(
        (
            f"**{state.number}** · {_amounts(state)} · owner {_person(state.owner)}",
            f"CRM: `{state.process_status}` · run: `{state.run_status}` · round {state.round}"
            f" · process {literal(state.process_key)} v{state.process_version}",
            *_held(state),
            waiting,
            "\n".join(_within(_STEPS_BYTES, [_step_line(step) for step in state.steps])),
            "**So far**\n\n" + "\n".join(_so_far(state)),
        )
    )


def _held(state: RunState) -> list[str]:
    if state.hold is None:
        return []
    what = (
        "it was cancelled" if is_cancelled(state.hold.changes) else literal(in_words(state.hold.changes), _HOLD_LETTERS)
    )
    return [
        f"**Held** since {state.hold.since:%Y-%m-%d %H:%M} UTC until the owner answers a change of the order: {what}"
    ]


def _amounts(state: RunState) -> str:
    """The amount that counts now and, where approvers changed it, the amount as sent."""
    sent = _amount(state, {(change.line_id, change.field): change.before for change in reversed(state.proposed)})
    values: dict[tuple[UUID | None, str], FieldValue]
    values = {(change.line_id, change.field): change.after for change in state.proposed}
    changed = _amount(state, values | {(line_id, "quantity"): "0" for line_id in out_of(state.proposed)})
    said = f"{sent} as sent"
    if changed != sent and state.process_status in _CHANGED:
        said = f"{changed} {_CHANGED[state.process_status]}, {said}"
    return said


def _amount(state: RunState, values: Mapping[tuple[UUID | None, str], FieldValue]) -> str:
    """Total and currency of the round's lines, with some of their values replaced."""
    currency = state.amount.rpartition(" ")[2]
    return money_text(total_with(state.values, values), currency)


def _person(person: Person) -> str:
    return f"{literal(person.name)} ({literal(person.username)})"


def _listed(people: Sequence[Person], said: Callable[[Person], str]) -> str:
    """The first of some people, and how many more there are."""
    more = [f"{len(people) - MOST_PEOPLE:,} more"] if len(people) > MOST_PEOPLE else []
    return ", ".join([*map(said, people[:MOST_PEOPLE]), *more]) or "nobody"


def _within(most_bytes: int, lines: Sequence[str], left_out: str = "more") -> Iterator[str]:
    """The first of some lines, as many as have a place, and how many were left out."""
    for shown, line in enumerate(lines):
        most_bytes -= len(line.encode()) + 1
        if most_bytes < 0:
            yield f"- ({len(lines) - shown} {left_out})"
            return
        yield line


def _so_far(state: RunState) -> list[str]:
    """What was done, oldest first; the newest has a place before what came earlier."""
    lines = [_past_line(past, state.proposed) for past in state.log if past.action in _PAST]
    return list(_within(_PAST_BYTES, lines[::-1], "earlier"))[::-1]


def _waiting_line(step: Step) -> str:
    people = _listed(step.waiting_on, _person)
    since = f" since {step.opened_at:%Y-%m-%d %H:%M} UTC" if step.opened_at is not None else ""
    line = f"**Waiting on** {people}{since}, step {literal(step.plan.name['en'])}"
    if step.plan.decision is not DecisionRule.ANY:
        line += f", {step.approvals} of {step.needed} approvals"
    return line + (f", due {step.due_at:%Y-%m-%d %H:%M} UTC" if step.due_at is not None else "")


def _step_line(step: Step) -> str:
    people = _listed(step.people, lambda person: literal(person.username))
    return f"- {_MARKS[step.state]} {literal(step.plan.name['en'])} ({people}): {step.state}"


def _past_line(past: PastAction, proposed: tuple[ProposedChange, ...]) -> str:
    what = "rejected and ended" if past.end else _PAST[past.action]
    changed = [change for change in proposed if (change.by, change.at) == (past.actor, past.at)]
    if changed:
        what += f", changing {', '.join(_change(change) for change in changed[:_MOST_CHANGES])}"
    if len(changed) > _MOST_CHANGES:
        what += f" and {len(changed) - _MOST_CHANGES} more"
    who = literal(past.actor) + (f" (for {literal(past.acted_for)})" if past.acted_for is not None else "")
    return f"- {past.at:%Y-%m-%d %H:%M} {who} {what}"


def _change(change: ProposedChange) -> str:
    """A changed field, and its values if they are short."""
    before, after = change.before or "", change.after or ""
    said = literal(change.pointer)
    if len(before) + len(after) <= _VALUES_LETTERS:
        said += f" {literal(before)} → {literal(after)}"
    return said
