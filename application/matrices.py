"""The approval matrix of a process's draft: read, compared with what a file says, and replaced by it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from application import documents
from application.matrix_files import read_file
from application.table_files import FileKind
from approval.document_text import read_yaml
from approval.matrix import COLUMNS
from approval.matrix_table import Table, write_row
from approval.model import Code, FieldError, Frozen, RefusedError, refuse
from approval.process import ApprovalMatrix, MatrixRow, PurchaseProcess
from approval.values import as_text
from crm import processes, publishing
from crm.pool import Pool
from crm.processes import Process


class DraftMatrix(Frozen):
    """The matrix of a draft, the version of the draft, and what it leaves out: publishing is refused for that."""

    matrix: ApprovalMatrix
    draft_version: int
    missing: tuple[FieldError, ...] = ()


class ChangedCell(Frozen):
    """A cell that says something else."""

    before: str
    after: str


class ChangedRow(Frozen):
    """A row that is for the same as before. Rows count from 1."""

    row: int
    was: int
    cells: Mapping[str, ChangedCell]


class MatrixChange(Frozen):
    """What a file does to a matrix. Rows count from 1: those that are gone as they were before, all others as they are now."""

    rows: int
    added: tuple[int, ...]
    changed: tuple[ChangedRow, ...]
    gone: tuple[int, ...]
    moved: bool
    """Whether rows that were there before stand in another order; where the first one wins that can matter."""

    @property
    def nothing(self) -> bool:
        """Whether everything stays as it is."""
        return not (self.added or self.changed or self.gone or self.moved)


class Imported(Frozen):
    """What became of a file, or would: the matrix as it says it."""

    before: ApprovalMatrix
    after: ApprovalMatrix
    change: MatrixChange
    missing: tuple[FieldError, ...]


async def read_matrix(pool: Pool, key: str) -> DraftMatrix | None:
    """The matrix of a process's draft, empty where it has none; None: there is no such process."""
    process = await processes.load(pool, key)
    if process is None:
        return None
    draft = await processes.load_draft(pool, key)
    matrix = draft.matrix if draft is not None else None
    missing = await publishing.matrix_gaps(pool, draft) if draft is not None else []
    return DraftMatrix(matrix=matrix or ApprovalMatrix(), draft_version=process.draft_version, missing=tuple(missing))


async def replace_matrix(
    pool: Pool,
    key: str,
    content: bytes,
    kind: FileKind,
    *,
    by: str,
    at: datetime,
    seen: int | None = None,
    dry_run: bool = False,
) -> Imported:
    """Take the matrix of a file into the draft, or say what that would change.

    Args:
        pool: the CRM database.
        key: of the process.
        content: the file.
        kind: what it is.
        by: who does it.
        at: when.
        seen: the version of the draft that is meant; None: whichever there is.
        dry_run: change nothing.

    Raises:
        RefusedError: ``not_found``; ``stale_version``; ``process_invalid`` with every wrong cell, as ``/rows/2/amount_to``, and
            whatever else is wrong with the draft by now, as ``/draft/steps/0/approvers/0``.
    """
    process = await processes.load(pool, key)
    before = await processes.load_draft(pool, key)
    if process is None or before is None:
        raise refuse(Code.NOT_FOUND)
    if seen is not None and seen != process.draft_version:
        raise await processes.other_draft(pool, key)
    given, table = await asyncio.to_thread(read_file, content, kind)
    declared = process.draft.get("matrix")
    empty = declared is None and not given["rows"]
    document = process.draft if empty else {**process.draft, "matrix": {**(declared or {}), **given}}
    definition = await _checked(pool, document, key, table)
    if not dry_run:
        text = process.draft_text if await _is_still_said(process, definition) else None
        await processes.save_draft(pool, definition, text=text, by=by, at=at, seen=process.draft_version)
    old, new = before.matrix or ApprovalMatrix(), definition.matrix or ApprovalMatrix()
    missing = await publishing.matrix_gaps(pool, definition)
    return Imported(before=old, after=new, change=await asyncio.to_thread(changes, old, new), missing=tuple(missing))


async def _checked(pool: Pool, document: dict[str, Any], key: str, table: Table | None) -> PurchaseProcess:
    """The draft with its new matrix.

    Raises:
        RefusedError: as ``replace_matrix``.
    """
    errors = list(table.errors) if table is not None else []
    said = {error.pointer for error in errors}
    definition, left_out = None, 0
    try:
        if table is None or table.lines or not errors:
            definition = await publishing.check_document(pool, document, key=key)
    except RefusedError as error:
        placed = [one.model_copy(update={"pointer": _in_file(one.pointer)}) for one in error.refusal.errors]
        errors += [one for one in placed if one.pointer not in said]
        left_out = error.refusal.errors_left_out
    if errors or definition is None:
        located = errors if table is None else [table.located(error) for error in errors]
        refusal = refuse(Code.PROCESS_INVALID, *sorted(located, key=_place)).refusal
        raise RefusedError(refusal.model_copy(update={"errors_left_out": refusal.errors_left_out + left_out}))
    return definition


def _in_file(pointer: str) -> str:
    return pointer.removeprefix("/matrix") if pointer.startswith("/matrix") else f"/draft{pointer}"


def _place(error: FieldError) -> tuple[int, int]:
    """Row by row, and in each from the left."""
    parts = error.pointer.split("/")
    row = int(parts[2]) if len(parts) > 2 and parts[2].isdecimal() else -1
    return row, COLUMNS.index(parts[3]) if len(parts) > 3 and parts[3] in COLUMNS else -1


async def _is_still_said(process: Process, definition: PurchaseProcess) -> bool:
    """Whether the text of a draft says the same as its document with another matrix; rows that stand in it do not."""
    if process.draft_text is None or definition.matrix is None:
        return False
    written = await documents.read(process.draft_text, read_yaml)
    matrix = written.get("matrix") if isinstance(written, dict) else None
    if not isinstance(matrix, dict) or "rows" in matrix:
        return False
    said = ApprovalMatrix.model_validate(matrix)
    return (said.matches, said.currency) == (definition.matrix.matches, definition.matrix.currency)


_WHAT_FOR = ("step", "department", "product_category", "supplier", "amount_from")


def changes(before: ApprovalMatrix, after: ApprovalMatrix) -> MatrixChange:
    """What is different between two matrices. A row that is for the same, from the same amount on, is the same row."""
    places: dict[tuple[object, ...], list[int]] = {}
    for index, row in enumerate(before.rows):
        places.setdefault(_what_for(row), []).append(index)
    added, changed, kept = [], [], []
    for index, row in enumerate(after.rows):
        same = places.get(_what_for(row))
        if not same:
            added.append(index + 1)
            continue
        was = same.pop(0)
        kept.append(was)
        if before.rows[was] != row:
            changed.append(ChangedRow(row=index + 1, was=was + 1, cells=dict(_cells(before.rows[was], row))))
    gone = sorted(index + 1 for left in places.values() for index in left)
    return MatrixChange(
        rows=len(after.rows), added=tuple(added), changed=tuple(changed), gone=tuple(gone), moved=kept != sorted(kept)
    )


def _what_for(row: MatrixRow) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _WHAT_FOR)


def _cells(before: MatrixRow, after: MatrixRow) -> Iterable[tuple[str, ChangedCell]]:
    for name, was, now in zip(COLUMNS, write_row(before), write_row(after), strict=True):
        if was != now:
            yield name, ChangedCell(before=as_text(was) or "", after=as_text(now) or "")
