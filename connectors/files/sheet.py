"""A file read into rows of its kind; whatever cannot be is named by its cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from application.table_files import TableFile
from approval.field_errors import field_error, json_pointer
from approval.model import FieldError
from approval.process import folded
from approval.table import ReadCell, Unread, column_letter, find_columns, is_blank
from connectors.files.cells import WrongCell, text
from connectors.files.changes import UnknownColumn
from connectors.files.kinds import EXAMPLES, KINDS, ImportKind, Kind, Row
from connectors.files.progress import Doing, Progress
from texts import import_columns_by_heading

MOST_ROWS = 20_000
"""Rows of a file."""


@dataclass(frozen=True)
class Sheet:
    """What a file says.

    Attributes:
        kind: what it is about.
        rows: those that can be read, with the lines that they stand in, counted from 1.
        places: where its columns are, counted from 0.
        headings: what it calls them.
        unknown: columns that it has besides, which are left out.
        name: of the sheet, if it is one of a workbook.
        errors: what is wrong with it.
        unread: what its other rows are about, as far as they say it.
        partly: what their cells say that can be read, by column, with their lines.
    """

    kind: ImportKind
    rows: list[tuple[int, Row]] = field(default_factory=list)
    places: Mapping[str, int] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    unknown: Sequence[UnknownColumn] = ()
    name: str = ""
    errors: list[FieldError] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    partly: list[tuple[int, Mapping[str, object]]] = field(default_factory=list)

    def error(self, line: int, column: str, message: str, params: Mapping[str, str] | None = None) -> FieldError:
        """What is wrong with a cell; of a column that is not there, with its row."""
        cell = f"{column_letter(self.places[column])}{line}" if column in self.places else str(line)
        where = {"cell": cell, "sheet": self.name[:100], "heading": self.headings.get(column, "")[:100]}
        return FieldError(pointer=json_pointer([cell]), message=message, params={**(params or {}), **where})

    def in_order(self, more: Iterable[FieldError]) -> list[FieldError]:
        """All that is wrong with it, in the order in which it stands in the file.

        Args:
            more: what is wrong besides.
        """
        return sorted([*self.errors, *more], key=_place)


def _place(error: FieldError) -> tuple[int, int, str]:
    found = re.fullmatch(r"([A-Z]*)(\d+)", error.params.get("cell", ""))
    return (int(found[2]), len(found[1]), found[1]) if found else (0, 0, "")


def read_sheet(
    kind: ImportKind, file: TableFile, *, leaves_out_unknown: bool = False, progress: Progress | None = None
) -> Sheet:
    """The rows of a file, which is about things of a kind.

    Args:
        kind: what it is about.
        file: its cells.
        leaves_out_unknown: see ``find_columns``.
        progress: is told how many rows were read.
    """
    described = KINDS[kind]
    meanings = {folded(heading): name for heading, name in import_columns_by_heading(kind, described.columns).items()}
    required = sorted(described.required)
    found = find_columns(file.lines, meanings, required, most=MOST_ROWS, leaves_out_unknown=leaves_out_unknown)
    unknown = [UnknownColumn(cell=cell, heading=heading) for cell, heading in found.unknown]
    sheet = Sheet(kind, [], found.places, found.headings, unknown, file.sheet)
    errors = found.errors
    wrong = {error.message for error in errors}
    if "table_heading" in wrong and "table_heading_near" not in wrong and not described.required & found.places.keys():
        errors = [
            FieldError(pointer="", message="import_no_headings")
        ]  # rather than each cell of what is something else
    sheet.errors.extend(_of_headings(sheet, errors))
    if not errors:
        _read_rows(sheet, described, (progress or Progress()).over(Doing.READING, found.lines))
    return sheet


def _of_headings(sheet: Sheet, errors: Iterable[FieldError]) -> Iterable[FieldError]:
    for error in errors:
        where = {"sheet": sheet.name[:100], "kind": sheet.kind.value}
        pointer = json_pointer([error.params["cell"]]) if "cell" in error.params else ""
        yield error.model_copy(update={"pointer": pointer, "params": {**error.params, **where}})


def _read_rows(sheet: Sheet, described: Kind, lines: Iterable[tuple[int, Sequence[ReadCell]]]) -> None:
    first: dict[object, tuple[int, dict[str, object]]] = {}
    for line, cells in lines:
        values, wrong = _values(sheet, described, line, cells)
        key = values.get(described.key)
        if key in EXAMPLES:
            sheet.errors.append(sheet.error(line, described.key, "import_example"))
            continue
        if key is not None and described.shared:
            before, said = first.setdefault(key, (line, values))
            for column in described.shared & said.keys():
                if values.setdefault(column, said[column]) != said[column]:
                    sheet.errors.append(sheet.error(line, column, "import_differs", {"row": str(before)}))
        row = None
        try:
            row = described.row.model_validate(values)
        except ValidationError as error:
            sheet.errors.extend(_of_row(sheet, line, error, wrong))
            wrong |= {_column(item["loc"]) for item in error.errors(include_url=False)}
        if row is None or wrong:
            sheet.unread.add(str(key))
            sheet.partly.append((line, {column: said for column, said in values.items() if column not in wrong}))
        else:
            sheet.rows.append((line, row))


def _values(
    sheet: Sheet, described: Kind, line: int, cells: Sequence[ReadCell]
) -> tuple[dict[str, object], frozenset[str]]:
    """What the cells of a row say, by column; and the columns of those that cannot be read, which the sheet's errors name."""
    values: dict[str, object] = {}
    wrong = set()
    for column, place in sheet.places.items():
        cell = cells[place] if place < len(cells) else None
        if cell is None or is_blank(cell):
            continue
        try:
            if isinstance(cell, Unread):
                raise WrongCell(cell.message)
            values[column] = described.readers.get(column, text)(cell)
        except WrongCell as error:
            sheet.errors.append(sheet.error(line, column, error.message, error.params))
            wrong.add(column)
    return values, frozenset(wrong)


def _of_row(sheet: Sheet, line: int, error: ValidationError, wrong: frozenset[str]) -> Iterable[FieldError]:
    for item in error.errors(include_url=False):
        column = _column(item["loc"])
        if column not in wrong:
            found = field_error(item, "")
            yield sheet.error(line, column, found.message, found.params)


def _column(place: Sequence[int | str]) -> str:
    """The column that an error of a row is about."""
    return str(place[0])
