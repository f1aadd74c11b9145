"""The approval matrix as a table with a cell for each field, as spreadsheets have it: written, and read again to the same rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from approval.matrix import COLUMNS
from approval.matrix_document import MOST_ROWS
from approval.model import FieldError
from approval.process import ByManager, ByRole, ByUser, MatrixRow, NamedSource, folded
from approval.table import (
    GROUPED,
    ReadCell,
    Unread,
    as_meant,
    as_written,
    column_letter,
    find_columns,
    is_blank,
)
from approval.values import plain
from approval.votes import Quorum

_REQUIRED: Final = ("step", "approvers")
_AMOUNTS: Final = ("amount_from", "amount_to")
_PREFIXES: Final = {
    "user": "user",
    "người dùng": "user",
    "role": "role",
    "vai trò": "role",
    "manager": "manager",
    "quản lý": "manager",
}
_VOTES: Final = {"any": "any", "một người": "any", "bất kỳ": "any", "all": "all", "tất cả": "all"}


def write_row(row: MatrixRow) -> tuple[str | Decimal | None, ...]:
    """The cells of a row, in the order of ``COLUMNS``; texts are not made harmless yet."""
    vote = str(row.vote.quorum) if isinstance(row.vote, Quorum) else row.vote
    return (
        row.step,
        row.department,
        row.product_category,
        row.supplier,
        row.amount_from,
        row.amount_to,
        "; ".join(_written(source) for source in row.approvers),
        None if vote is None else str(vote),
        None if row.deadline is None else str(row.deadline),
    )


def _written(source: NamedSource) -> str:
    match source:
        case ByManager(manager=levels):
            return f"manager:{levels}"
        case ByRole(role=role):
            return f"role:{_escaped(role)}"
        case ByUser(user=username):
            prefix, colon, _ = username.partition(":")
            ambiguous = bool(colon) and (folded(prefix) in _PREFIXES)
            return f"user:{_escaped(username)}" if ambiguous else _escaped(username)


def _escaped(name: str) -> str:
    return re.sub(r"([;\\])", r"\\\1", name)


@dataclass(frozen=True)
class Table:
    """Rows of a table as a process document has them, and what could not be read."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    written: list[dict[str, str]] = field(default_factory=list)
    """What stands in the cells of each row, by field."""
    lines: list[int] = field(default_factory=list)
    """Where each row stands in the file, counted from 1."""
    columns: Mapping[str, int] = field(default_factory=dict)
    """Where each field stands, counted from 0."""

    def located(self, error: FieldError) -> FieldError:
        """An error that says in which cell it is, if it is in one."""
        found = re.match(r"/rows/(\d+)(?:/(\w+))?", error.pointer)
        if found is None or int(found[1]) >= len(self.lines) or "cell" in error.params:
            return error
        letter = column_letter(self.columns[found[2]]) if found[2] in self.columns else ""
        params = {**error.params, "cell": f"{letter}{self.lines[int(found[1])]}"}
        return error.model_copy(update={"params": params})


def read_table(lines: Iterable[Sequence[ReadCell]], headings: Mapping[str, str]) -> Table:
    """The rows of a table whose first line that is not empty names the columns; empty lines are left out.

    Args:
        lines: its cells.
        headings: the field that a heading means, by the heading as ``folded`` gives it.
    """
    columns = find_columns(lines, headings, _REQUIRED, most=MOST_ROWS, pointer="/rows")
    table = Table(errors=columns.errors, columns=columns.places)
    if columns.errors:
        return table
    for index, (number, line) in enumerate(columns.lines):
        table.lines.append(number)
        row: dict[str, Any] = {}
        written: dict[str, str] = {}
        for name, place in columns.places.items():
            cell = line[place] if place < len(line) else None
            if cell is None or is_blank(cell):
                continue
            written[name] = as_written(cell)
            try:
                row[name] = _read(name, as_meant(cell.strip()) if isinstance(cell, str) else cell)
            except _WrongCell as wrong:
                table.errors.append(FieldError(pointer=f"/rows/{index}/{name}", message=wrong.message))
        table.rows.append(row)
        table.written.append(written)
    return table


class _WrongCell(Exception):
    """A cell that cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


_PIECE: Final = re.compile(r"(?:\\.|[^;\n\\]|\\$)+")


def _read(name: str, cell: str | Decimal | Unread) -> object:
    """The value of a field, as a process document has it.

    Raises:
        _WrongCell: it has none.
    """
    if isinstance(cell, Unread):
        raise _WrongCell(cell.message)
    if name in _AMOUNTS:
        if isinstance(cell, str) and GROUPED.fullmatch(cell):
            raise _WrongCell("matrix_grouped")  # 50.000 is fifty thousand to some and fifty to others
        return plain(cell) if isinstance(cell, Decimal) else cell
    if name == "vote":
        return _vote(cell)
    text = plain(cell) if isinstance(cell, Decimal) else cell
    if name == "approvers":
        pieces = (re.sub(r"\\(.)", r"\1", piece).strip() for piece in _PIECE.findall(text))
        return [_approver(piece) for piece in pieces if piece]
    return text


def _vote(cell: str | Decimal) -> object:
    """A vote rule: ``any``, ``all``, ``2``, ``60%``; Excel has a percentage as a part of one."""
    if isinstance(cell, Decimal):
        if cell == 1:
            raise _WrongCell("matrix_vote_one")  # Excel has 100 % as 1
        return {"quorum": f"{plain(cell * 100)}%" if cell < 1 else _whole(plain(cell))}
    word = _VOTES.get(folded(cell))
    if word is not None:
        return word
    if cell.endswith("%") or cell.isdecimal():
        return {"quorum": _whole(cell)}
    return cell


def _whole(text: str) -> int | str:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 9 else text


def _approver(piece: str) -> dict[str, object]:
    before, colon, rest = piece.partition(":")
    kind = _PREFIXES.get(folded(before)) if colon else None
    name = rest.strip()
    if kind is None:
        return {"user": piece}
    if not name or (kind == "manager" and not (name.isdecimal() and len(name) <= 9)):
        raise _WrongCell("matrix_approver")
    return {kind: int(name) if kind == "manager" else name}


assert len(COLUMNS) == len(MatrixRow.model_fields)  # noqa: S101 - a column for each field
