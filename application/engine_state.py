"""The run as the engine is told of it: the answer of the workflow's query ``state``, but for its lines.

It is in the history of each decision, and the engine takes 2 MB of it. So it has what api.md's first part names and nothing
that can be long: of lists some entries and how many more there are (``approvers_left_out``), of texts the beginning. All of
it is in the CRM, where clients read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from application.ops import MOST_PEOPLE, cut
from approval.changes import ProposedChange
from approval.model import Person
from approval.state import RunState, Step, block_of, block_state, in_blocks
from texts import explain

MOST_CHANGES: Final = 50
"""Proposed changes that the engine is told of, the last ones."""
_MOST_REASONS: Final = 5
_MOST_LETTERS: Final = 200
"""Of a step's name, which has no more, and of a reason."""
_MOST_LETTERS_OF_MANY: Final = 100
"""Of a person's name, and of a value."""


def run_for_the_engine(state: RunState, language: str) -> dict[str, Any]:
    """The run as JSON values: some two kilobytes, and never more than 500."""
    opened = state.open_step
    return {
        "id": str(state.run_id),
        "status": state.run_status,
        "process": {"key": state.process_key, "version": state.process_version},
        "round": state.round,
        "step": _open_step(opened, language) if opened else None,
        "steps": [_step_or_block(one, language) for one in in_blocks(state.steps)],
        "proposed_changes": [_change(change) for change in state.proposed[-MOST_CHANGES:]],
        **_left_out("proposed_changes", state.proposed, MOST_CHANGES),
        "purchase_status": None,
    }


def _open_step(step: Step, language: str) -> dict[str, Any]:
    return {
        "key": step.plan.key,
        "name": cut(step.plan.name[language], _MOST_LETTERS),
        **_people("approvers", step.waiting_on),
        "opened_at": step.opened_at,
        "deadline": step.due_at,
        "may_edit": step.plan.may_edit,
    }


def _step_or_block(one: Step | tuple[Step, ...], language: str) -> dict[str, Any]:
    if isinstance(one, Step):
        return _step(one, language)
    block = block_of(one)
    return {
        "key": block.key,
        "name": cut(block.name[language], _MOST_LETTERS),
        "kind": "parallel",
        "state": block_state(one),
        "steps": [_step(step, language) for step in one],
    }


def _step(step: Step, language: str) -> dict[str, Any]:
    approved_by = step.approved_by
    return {
        "key": step.plan.key,
        "name": cut(step.plan.name[language], _MOST_LETTERS),
        "state": step.state,
        **_people("approvers", step.people),
        "approved_by": approved_by[:MOST_PEOPLE],
        **_left_out("approved_by", approved_by, MOST_PEOPLE),
        "why": "; ".join(
            cut(explain(reason.code, reason.params, language), _MOST_LETTERS)
            for reason in step.plan.why[:_MOST_REASONS]
        ),
    }


def _people(name: str, people: Sequence[Person]) -> dict[str, Any]:
    first = people[:MOST_PEOPLE]
    shown = [{"username": person.username, "name": cut(person.name, _MOST_LETTERS_OF_MANY)} for person in first]
    return {name: shown, **_left_out(name, people, MOST_PEOPLE)}


def _left_out(name: str, entries: Sequence[object], most: int) -> dict[str, int]:
    """How many entries of a list are not told; nothing where all are."""
    return {f"{name}_left_out": len(entries) - most} if len(entries) > most else {}


def _change(change: ProposedChange) -> dict[str, Any]:
    values = {"before": change.before, "after": change.after, "note": change.note}
    short = {name: value and cut(value, _MOST_LETTERS_OF_MANY) for name, value in values.items()}
    return change.model_copy(update=short).model_dump(mode="json")
