"""The approval matrix as files, JSON, CSV and Excel: written, and read within bounds whatever is sent.

A workbook is a zip file that a library in native code reads. So it is unpacked here first, as far as is fair, its sheet is
looked through, and the library gets no more than that.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import python_calamine
import xlsxwriter  # type: ignore[import-untyped]

from application.workbook_parts import (
    MOST_COLUMNS,
    MOST_LINES,
    Place,
    WorkbookParts,
    no_workbook,
    too_large,
    unreadable,
)
from approval.matrix import COLUMNS
from approval.matrix_document import MOST_ROWS
from approval.matrix_table import Cell, ReadCell, Table, Unread, amount_text, harmless, read_table, write_row
from approval.process import ApprovalMatrix, folded
from texts import column_label, columns_by_heading


class FileKind(StrEnum):
    """The kinds of file, by media type."""

    JSON = "application/json"
    CSV = "text/csv"
    EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


MOST_UNPACKED: Final = 32 * 1024 * 1024
"""Bytes of a workbook: 5,000 full rows have some 3 MB."""
_MOST_PARTS: Final = 200
_DIGITS: Final = 15
"""Of a number, as far as Excel keeps them."""


def write_file(matrix: ApprovalMatrix, kind: FileKind, language: str) -> bytes:
    """A matrix as a file; the headings of a table are in a language."""
    if kind is FileKind.JSON:
        return json.dumps(matrix.model_dump(mode="json"), ensure_ascii=False).encode()
    headings = [column_label(name, language) for name in COLUMNS]
    rows = [write_row(row) for row in matrix.rows]
    return _write_csv(headings, rows) if kind is FileKind.CSV else _write_excel(headings, rows)


def _write_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(
        [amount_text(cell) if isinstance(cell, Decimal) else harmless(cell or "") for cell in row] for row in rows
    )
    return text.getvalue().encode("utf-8-sig")


def _write_excel(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet("Matrix"), book.add_format({"bold": True, "bottom": 1})
    amount = book.add_format({"num_format": "#,##0.####"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headings) - 1, 20)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, Decimal) and len(cell.normalize().as_tuple().digits) <= _DIGITS:
                sheet.write_number(line, column, float(cell), amount)
            elif cell:
                sheet.write_string(line, column, amount_text(cell) if isinstance(cell, Decimal) else harmless(cell))
    book.close()
    return file.getvalue()


def read_file(content: bytes, kind: FileKind) -> tuple[dict[str, Any], Table | None]:
    """What a file says of the matrix, as a process document has it, and the table that it was read from.

    Raises:
        RefusedError: ``process_invalid``: it is no such file, or larger than is fair.
    """
    if kind is FileKind.JSON:
        return _read_json(content), None
    lines: Sequence[Sequence[ReadCell]] = _read_csv(content) if kind is FileKind.CSV else _read_excel(content)
    headings = {folded(heading): name for heading, name in columns_by_heading().items()}
    table = read_table(lines, headings)
    return {"rows": table.rows}, table


def _read_json(content: bytes) -> dict[str, Any]:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise unreadable("matrix_json") from error
    if not isinstance(values, dict) or "rows" not in values:
        raise unreadable("matrix_json")
    return values


def _read_csv(content: bytes) -> list[list[Cell]]:
    """The cells of a CSV file, whichever of the usual characters parts them."""
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        lines: list[list[Cell]] = []
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(lines) == MOST_LINES:
                raise unreadable("matrix_rows", most=str(MOST_ROWS))
            lines.append([*line[:MOST_COLUMNS]])
    except (UnicodeDecodeError, csv.Error) as error:
        raise unreadable("matrix_csv") from error
    return lines


def _read_excel(content: bytes) -> list[list[ReadCell]]:
    """The cells of the first sheet of a workbook."""
    packed, unread = _repacked(content)
    try:
        book = python_calamine.load_workbook(io.BytesIO(packed))
        sheet = book.get_sheet_by_index(0)
        values = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError, ValueError) as error:
        raise no_workbook() from error
    except OverflowError as error:
        raise unreadable("matrix_excel_time") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the native code; nothing exports it, and it is no Exception
            raise
        raise unreadable("matrix_excel_time") from error
    lines = [[_cell(value) for value in line] for line in values]
    for (line, column), cell in unread.items():
        lines += [[] for _ in range(line - len(lines))]
        lines[line - 1] += [None] * (column - len(lines[line - 1]))
        lines[line - 1][column - 1] = cell
    return lines


def _cell(value: object) -> ReadCell:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return Decimal(repr(value)) if math.isfinite(value) else Unread("matrix_cell_number", str(value))
    text = str(value)
    return text or None


_PART: Final = re.compile(r"\[Content_Types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|xl/.*\.xml", re.IGNORECASE)
"""The parts that cells are in; a workbook may name any of them for its sheet."""


def _repacked(content: bytes) -> tuple[bytes, Mapping[Place, Unread]]:
    """A workbook unpacked as far as is fair, and put together again without compression; and the cells of its first sheet that
    the library would take for blank ones.

    Raises:
        RefusedError: it is none, or larger than is fair.
    """
    packed = io.BytesIO()
    left = MOST_UNPACKED
    looked = WorkbookParts()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(packed, "w") as again:
            parts = book.infolist()
            if len({part.filename.lower() for part in parts}) < len(parts):
                raise no_workbook()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > left:
                raise too_large()
            for part in (part for part in parts if _PART.fullmatch(part.filename)):
                with book.open(part) as opened:
                    data = opened.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise too_large()
                looked.look_through(part.filename, data)
                again.writestr(part.filename, data)
            looked.require_fair()
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        zlib.error,
    ) as error:
        raise no_workbook() from error
    return packed.getvalue(), looked.unread_of_first_sheet()
