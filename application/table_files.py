"""Tables as files, CSV and Excel: written, and read within bounds whatever is sent.

A workbook is a zip file that a library in native code reads. So it is unpacked here first, as far as is fair, its sheet is
looked through, and the library gets no more than that.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

import python_calamine
import xlsxwriter  # type: ignore[import-untyped]

from application.workbook_parts import (
    MOST_COLUMNS,
    MOST_LINES,
    Place,
    UnreadableFile,
    WorkbookParts,
    no_workbook,
    too_large,
)
from approval.table import Cell, ReadCell, Unread, written_cell


class TableKind(StrEnum):
    """The kinds of file that have a table, by media type."""

    CSV = "text/csv"
    EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    @property
    def ending(self) -> str:
        """Of a file's name."""
        return "csv" if self is TableKind.CSV else "xlsx"

    @classmethod
    def named(cls, file_name: str) -> TableKind:
        """The kind of a file that is called so; whatever is no workbook is taken for CSV, and refused if it is none."""
        return cls.EXCEL if file_name.lower().endswith((".xlsx", ".xlsm")) else cls.CSV


class FileKind(StrEnum):
    """The kinds of file in which some answers are given, by media type."""

    JSON = "application/json"
    CSV = TableKind.CSV.value
    EXCEL = TableKind.EXCEL.value


class TableFile(NamedTuple):
    """The table of a file."""

    lines: Sequence[Sequence[ReadCell]]
    sheet: str = ""
    """What the sheet is called that it stands on; empty: the file has none."""


MOST_UNPACKED: Final = 32 * 1024 * 1024
"""Bytes of a workbook: 5,000 full rows of an approval matrix have some 3 MB, 20,000 of orders some 20 MB."""
_MOST_PARTS: Final = 200
_DIGITS: Final = 15
"""Of a number, as far as Excel keeps them."""
_FIRST_YEAR: Final = 1900
"""Of a day that Excel knows."""


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as a CSV file that Excel knows to be UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([written_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_excel(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    sheet: str,
    as_text: Collection[int] = (),
    notes: tuple[str, Iterable[Sequence[str]]] | None = None,
) -> bytes:
    """A table as an Excel workbook.

    Args:
        headings: the cells of its first line.
        rows: those below.
        sheet: what its sheet is called.
        as_text: columns, from 0, in which Excel is to take whatever people type as a text: ``0012`` stays ``0012``.
        notes: a second sheet, which nobody reads again: what it is called, and its lines.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page, bold = book.add_worksheet(sheet), book.add_format({"bold": True, "bottom": 1})
    amount, text = book.add_format({"num_format": "#,##0.####"}), book.add_format({"num_format": "@"})
    day, moment = (
        book.add_format({"num_format": 14}),
        book.add_format({"num_format": 22}),
    )  # as whoever opens it writes them
    page.freeze_panes(1, 0)
    page.set_column(0, len(headings) - 1, 20)
    for column in as_text:
        page.set_column(column, column, 20, text)
    for column, heading in enumerate(headings):
        page.write_string(0, column, heading, bold)
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, Decimal) and len(cell.normalize().as_tuple().digits) <= _DIGITS:
                page.write_number(line, column, float(cell), amount)
            elif isinstance(cell, date) and cell.year >= _FIRST_YEAR:
                page.write_datetime(line, column, cell, moment if isinstance(cell, datetime) else day)
            elif cell is not None and cell != "":
                page.write_string(line, column, written_cell(cell))
    if notes is not None:
        _write_notes(book, bold, *notes)
    book.close()
    return file.getvalue()


def write_table(headings: Sequence[str], rows: Iterable[Sequence[Cell]], kind: TableKind, *, sheet: str) -> bytes:
    """A table as a file of a kind; ``sheet`` is what the sheet of a workbook is called."""
    return write_csv(headings, rows) if kind is TableKind.CSV else write_excel(headings, rows, sheet=sheet)


def _write_notes(book: xlsxwriter.Workbook, bold: object, name: str, lines: Iterable[Sequence[str]]) -> None:
    page = book.add_worksheet(name)
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 100)
    for line, cells in enumerate(lines):
        for column, cell in enumerate(cells):
            page.write_string(line, column, cell, bold if column == 0 else None)


_NO_TABLES: Final = (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")
"""How files begin that are often chosen by mistake: PDF, .xls and .doc, pictures, RTF."""
_PACKED: Final = b"PK\x03\x04"
"""How a workbook begins, and what else is packed as one, such as .docx."""


def read_table_file(content: bytes, kind: TableKind) -> TableFile:
    """The cells of a CSV file, or of the first sheet of a workbook.

    Raises:
        UnreadableFile: it is no such file, or larger than is fair.
    """
    return TableFile(_read_csv(content)) if kind is TableKind.CSV else _read_excel(content)


def _read_csv(content: bytes) -> list[list[ReadCell]]:
    """The cells of a CSV file, whichever of the usual characters parts them."""
    if content.startswith(_PACKED):
        raise UnreadableFile("table_packed")
    if content.startswith(_NO_TABLES):
        raise UnreadableFile("table_neither")
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        lines: list[list[ReadCell]] = []
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(lines) == MOST_LINES:
                raise UnreadableFile("table_lines", most=str(MOST_LINES))
            lines.append([*line[:MOST_COLUMNS]])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile("table_csv") from error
    return lines


def _read_excel(content: bytes) -> TableFile:
    packed, unread = _repacked(content)
    try:
        book = python_calamine.load_workbook(io.BytesIO(packed))
        sheet = book.get_sheet_by_index(0)
        values = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError, ValueError) as error:
        raise no_workbook() from error
    except OverflowError as error:
        raise UnreadableFile("table_excel_time") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the native code; nothing exports it, and it is no Exception
            raise
        raise UnreadableFile("table_excel_time") from error
    lines = [[_cell(value) for value in line] for line in values]
    for (line, column), cell in unread.items():
        lines += [[] for _ in range(line - len(lines))]
        lines[line - 1] += [None] * (column - len(lines[line - 1]))
        lines[line - 1][column - 1] = cell
    return TableFile(lines, sheet.name)


def _cell(value: object) -> ReadCell:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return Decimal(repr(value)) if math.isfinite(value) else Unread("table_cell_number", str(value))
    text = str(value)
    return text or None


_PART: Final = re.compile(r"\[Content_Types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|xl/.*\.xml", re.IGNORECASE)
"""The parts that cells are in; a workbook may name any of them for its sheet."""


def _repacked(content: bytes) -> tuple[bytes, Mapping[Place, Unread]]:
    """A workbook unpacked as far as is fair, and put together again without compression; and the cells of its first sheet that
    the library would take for blank ones.

    Raises:
        UnreadableFile: it is none, or larger than is fair.
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
