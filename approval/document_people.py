"""Whom a process document names, however wrong the rest of it is: its approvers, whom it escalates to, and how many must approve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from approval.document_fields import MOST_APPROVERS, ApproverDefinition, TargetDefinition, valid
from approval.document_places import Place, steps_in
from approval.matrix_document import rows_of
from approval.process import ByMatrix, ByRole, ByUser, MatrixPolicy
from approval.votes import QuorumDefinition, VoteDefinition

MOST_TIMES: Final = 10
"""Reminders of a step, and escalations."""


def named_approvers(document: object) -> dict[str, ApproverDefinition]:
    """The well-formed approvers of a process document, however wrong the rest of it is, by JSON pointer."""
    written = [(place.pointer, place.written) for place in steps_in(document)]
    return {
        f"{pointer}/approvers/{index}": approver
        for pointer, fields in (*written, *rows_of(document))
        for index, approver in approvers_of(fields).items()
    }


def named_targets(document: object) -> dict[str, ByRole | ByUser]:
    """The well-formed roles and users that a process document escalates to, by JSON pointer."""
    found = {}
    for place in steps_in(document):
        stages = place.written.get("escalate")
        for index, stage in enumerate(stages[:MOST_TIMES] if isinstance(stages, list | tuple) else ()):
            target = valid(_TARGET, stage.get("to") if isinstance(stage, Mapping) else None)
            if target is not None and target != "manager":
                found[f"{place.pointer}/escalate/{index}/to"] = target
    return found


def quorums(document: object) -> Iterator[tuple[str, int, list[ApproverDefinition]]]:
    """The well-formed quorums of so many people, each with its pointer and the well-formed approvers who are asked.

    Those of a step that asks the approval matrix are known only of each of its rows, and only where one row counts.
    """
    asking = matrix_steps(document)
    for place in steps_in(document):
        quorum = _quorum_of(place.written.get("decision"))
        if quorum is not None and str(place.written.get("key")) not in asking:
            yield f"{place.pointer}/decision", quorum, list(approvers_of(place.written).values())
    matrix = document.get("matrix") if isinstance(document, Mapping) else None
    if isinstance(matrix, Mapping) and matrix.get("matches") != MatrixPolicy.COLLECTED:
        for pointer, row in rows_of(document):
            quorum, step = _quorum_of(row.get("vote")), asking.get(str(row.get("step")))
            if quorum is not None and step is not None:
                named = (*approvers_of(step.written).values(), *approvers_of(row).values())
                yield f"{pointer}/vote", quorum, list(named)


def _quorum_of(written: object) -> int | None:
    """How many people a vote rule asks for, if it says a number of them."""
    rule = valid(_VOTE, written)
    return rule.quorum if isinstance(rule, QuorumDefinition) and isinstance(rule.quorum, int) else None


def matrix_steps(document: object) -> dict[str, Place]:
    """The steps of a document that take approvers from the approval matrix, by key."""
    found = {}
    for place in steps_in(document):
        if any(isinstance(source, ByMatrix) for source in approvers_of(place.written).values()):
            found[str(place.written.get("key"))] = place
    return found


def approvers_of(written: Mapping[str, Any]) -> dict[int, ApproverDefinition]:
    """The well-formed approvers of a step or a row, by their places among those that are written."""
    sources = written.get("approvers")
    read = {
        index: valid(_APPROVER, source)
        for index, source in enumerate(sources[:MOST_APPROVERS] if isinstance(sources, list | tuple) else ())
    }
    return {index: source for index, source in read.items() if source is not None}


_APPROVER: Final = TypeAdapter[Any](ApproverDefinition)
_TARGET: Final = TypeAdapter[Any](TargetDefinition)
_VOTE: Final = TypeAdapter[Any](VoteDefinition)
