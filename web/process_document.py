"""A process as the YAML document that an admin edits: its text, and on which line something is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import yaml

from approval.document_text import compose_yaml
from approval.model import FieldError, Frozen, RefusedError
from approval.process import PurchaseProcess

TEMPLATE: Final = """\
schema_version: 1
key: new-process
name:
  vi: Quy trình mới
  en: New process

steps:
  - key: manager
    name:
      vi: Quản lý duyệt
      en: Manager
    approvers:
      - manager: 1
    may_edit: [lines.quantity, desired_delivery_date]
    deadline_hours: 16
"""


class Problem(Frozen):
    """Something wrong with a document. ``line`` and ``column`` count from 1; only a parser knows the column."""

    line: int
    column: int | None = None
    error: FieldError


class Kind(StrEnum):
    """What happened to a line between two versions."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class DifferentLine(Frozen):
    """A line of the difference between two versions."""

    kind: Kind
    text: str


def write(definition: PurchaseProcess) -> str:
    """The document of a process that was not written as YAML, without what is said by leaving it out, and without the rows of
    its matrix, which are looked at by themselves."""
    values = definition.model_dump(mode="json", exclude_defaults=True, exclude={"matrix": {"rows"}})
    document = {"schema_version": definition.schema_version, **values}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def differences(before: PurchaseProcess, after: PurchaseProcess) -> list[DifferentLine]:
    """What is different between two versions, line by line; comments do not count."""
    kinds = {" ": Kind.SAME, "+": Kind.ADDED, "-": Kind.REMOVED}
    lines = difflib.ndiff(write(before).splitlines(), write(after).splitlines())
    return [DifferentLine(kind=kinds[line[0]], text=line[2:]) for line in lines if line[0] in kinds]


def locate(text: str, errors: Iterable[FieldError]) -> list[Problem]:
    """The errors with the lines that they are on, first line first.

    Args:
        text: the document.
        errors: as ``crm.publishing.check_document`` gives them.
    """
    try:
        root = compose_yaml(text)
    except RefusedError:
        root = None
    problems = []
    for error in errors:
        params = dict(error.params)
        line, column = params.pop("line", None), params.pop("column", None)
        if line is not None and column is not None:
            bare = error.model_copy(update={"params": params})
            problems.append(Problem(line=int(line), column=int(column), error=bare))
        else:
            problems.append(Problem(line=_line(root, error.pointer), error=error))
    return sorted(problems, key=lambda problem: problem.line)


def _line(node: yaml.Node | None, pointer: str) -> int:
    """The line of the place that a pointer names, or of the closest place above it that is there."""
    line: int = node.start_mark.line if node is not None else 0
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line
        else:
            break
    return line + 1
