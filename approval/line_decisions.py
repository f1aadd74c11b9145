"""Decisions on single lines: some are approved, others rejected or returned, each with a note. Source: processes.md, "Lines".

What becomes of a line is a change that an approver proposes, to the field ``decision`` of the line: like every proposal it
counts for those who come after, and reaches the request with the last approval. A line that is out stays out for the round.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from approval.changes import ProposedChange, RequestValues
from approval.field_errors import field_error, json_pointer
from approval.model import Code, FieldError, Input, refuse
from approval.text import is_visible
from approval.values import MOST_LINES, Note

FIELD: Final = "decision"
"""The field of a line that such a change is of."""
LONGEST_NOTE: Final = 4000


class LineDecision(StrEnum):
    """What becomes of a line."""

    APPROVE = "approve"
    REJECT = "reject"
    """It stays on the request, struck through."""
    RETURN = "return"
    """It becomes part of a new request of the owner."""


class SaidOfLine(Input):
    """What an approver says of one line. Whoever rejects or returns it says why."""

    decision: LineDecision
    note: Note | None = None


_SAID: Final = TypeAdapter(dict[UUID, SaidOfLine])


def parse_lines(raw: object) -> dict[UUID, SaidOfLine]:
    """Read decisions on lines from outside, by the lines' ids.

    Raises:
        RefusedError: ``invalid``, with a pointer to each wrong place.
    """
    if isinstance(raw, Mapping) and len(raw) > MOST_LINES:
        raise refuse(Code.INVALID, FieldError(pointer="/lines", message="too_many_values"))
    try:
        return _SAID.validate_python(raw)
    except ValidationError as error:
        found = error.errors(include_url=False)
        places = (tuple(part for part in item["loc"] if part != "[key]") for item in found)
        raise refuse(
            Code.INVALID,
            *(field_error(item, json_pointer(("lines", *place))) for item, place in zip(found, places, strict=True)),
        ) from error


def decide_lines(
    said: Mapping[UUID, SaidOfLine],
    *,
    allowed: bool,
    values: RequestValues,
    proposed: tuple[ProposedChange, ...],
    by: str,
    at: datetime,
    step: str,
) -> tuple[ProposedChange, ...]:
    """Add an approver's decisions on lines to what is proposed in the round; lines that they do not name are approved.

    Args:
        said: by line.
        allowed: whether their step decides single lines.
        values: the CRM's values when the round started.
        proposed: of the round, oldest first.
        by: username of the approver.
        at: when it was decided.
        step: the key of the step.

    Raises:
        RefusedError: ``note_required`` or ``invalid``, pointing at each wrong place.
    """
    if not allowed:
        raise refuse(Code.INVALID, FieldError(pointer="/lines", message="lines_not_decided_here"))
    places = {line.id: place for place, line in enumerate(values.lines)}
    out, added, wrong = out_of(proposed), [], []
    for line_id, one in said.items():
        pointer = f"/lines/{line_id}"
        if line_id not in places:
            wrong.append(FieldError(pointer=pointer, message="no_such_line"))
        elif line_id in out and out[line_id].after != one.decision:
            wrong.append(FieldError(pointer=f"{pointer}/decision", message="line_is_out"))
        elif one.decision is not LineDecision.APPROVE and line_id not in out:
            if not is_visible(one.note or ""):
                wrong.append(FieldError(pointer=f"{pointer}/note", message="note_required"))
            added.append(
                ProposedChange(
                    pointer=f"/lines/{places[line_id]}/{FIELD}",
                    line_id=line_id,
                    field=FIELD,
                    before=None,
                    after=one.decision,
                    by=by,
                    at=at,
                    step=step,
                    note=one.note or "",
                )
            )
    if wrong:
        lacking = all(error.message == "note_required" for error in wrong)
        raise refuse(Code.NOTE_REQUIRED if lacking else Code.INVALID, *wrong)
    return (*proposed, *added)


def out_of(proposed: Iterable[ProposedChange]) -> dict[UUID, ProposedChange]:
    """The lines that are not approved, each with what became of it."""
    return {change.line_id: change for change in proposed if change.field == FIELD and change.line_id is not None}


def none_is_left(values: RequestValues, out: Container[UUID]) -> bool:
    """Whether no line is approved."""
    return all(line.id in out for line in values.lines)


def as_note(values: RequestValues, out: Mapping[UUID, ProposedChange]) -> str:
    """What was said of the lines that are out, for who reads the request's notes."""
    lines = [
        f"{line.values.get('description') or place}: {out[line.id].note}"
        for place, line in enumerate(values.lines, start=1)
        if line.id in out
    ]
    return "\n".join(lines)[:LONGEST_NOTE]
