"""Decisions on single lines, as the form of a decision has them: ``decide.LINE_ID.decision`` and ``decide.LINE_ID.note``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from approval.line_decisions import LineDecision, out_of
from approval.model import FieldError
from approval.state import Step
from crm.records import LineRecord, RequestRecord

_BEFORE: Final = "decide."


def lines_to_decide(record: RequestRecord, step: Step | None) -> tuple[LineRecord, ...]:
    """The lines on which a step may decide one by one, as they are proposed; none if it decides on all of them together."""
    if step is None or not step.plan.may_decide_lines or record.run is None:
        return ()
    out = out_of(record.run.proposed)
    return tuple(line.with_changes(record.run.proposed) for line in record.lines if line.id not in out)


def read_lines(fields: Mapping[str, str]) -> dict[str, Any] | None:
    """What a form says of single lines, for ``Commands.decide``; None if it approves all of them."""
    said: dict[str, Any] = {}
    for name, decision in fields.items():
        if name.startswith(_BEFORE) and name.endswith(".decision") and decision != LineDecision.APPROVE:
            line_id = name.removeprefix(_BEFORE).removesuffix(".decision")
            said[line_id] = {"decision": decision, "note": fields.get(f"{_BEFORE}{line_id}.note", "")}
    return said or None


def input_of(error: FieldError) -> str | None:
    """The input in which a wrong place was typed: ``/lines/ID/note``; None: it is not of a line's decision."""
    parts = error.pointer.split("/")
    return f"{_BEFORE}{parts[2]}.{parts[3]}" if len(parts) == 4 and parts[1] == "lines" else None
