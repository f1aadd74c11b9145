"""The approval matrix as files, JSON, CSV and Excel: written, and read again to the same rows."""

from __future__ import annotations

import json
from typing import Any

from application.table_files import FileKind, TableKind, read_table_file, write_table
from application.workbook_parts import UnreadableFile
from approval.matrix import COLUMNS
from approval.matrix_table import Table, read_table, write_row
from approval.model import Code, refuse
from approval.process import ApprovalMatrix, folded
from texts import column_label, columns_by_heading


def write_file(matrix: ApprovalMatrix, kind: FileKind, language: str) -> bytes:
    """A matrix as a file; the headings of a table are in a language."""
    if kind is FileKind.JSON:
        return json.dumps(matrix.model_dump(mode="json"), ensure_ascii=False).encode()
    headings = [column_label(name, language) for name in COLUMNS]
    return write_table(headings, [write_row(row) for row in matrix.rows], TableKind(kind), sheet="Matrix")


def read_file(content: bytes, kind: FileKind) -> tuple[dict[str, Any], Table | None]:
    """What a file says of the matrix, as a process document has it, and the table that it was read from.

    Raises:
        RefusedError: ``process_invalid``: it is no such file, or larger than is fair.
    """
    try:
        if kind is FileKind.JSON:
            return _read_json(content), None
        file = read_table_file(content, TableKind(kind))
    except UnreadableFile as error:
        raise refuse(Code.PROCESS_INVALID, error.problem) from error
    headings = {folded(heading): name for heading, name in columns_by_heading().items()}
    table = read_table(file.lines, headings)
    return {"rows": table.rows}, table


def _read_json(content: bytes) -> dict[str, Any]:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("matrix_json") from error
    if not isinstance(values, dict) or "rows" not in values:
        raise UnreadableFile("matrix_json")
    return values
