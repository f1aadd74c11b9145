"""The approval matrix as a table with a cell for each field, as spreadsheets have it: written, and read again to the same rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from approval.matrix import COLUMNS
from approval.matrix_document import MOST_ROWS
from approval.model import FieldError
from approval.process import ByManager, ByRole, ByUser, MatrixRow, NamedSource, folded
from approval.values import plain
from approval.votes import Quorum

Cell = str | Decimal | None
"""What a cell holds: a text, a number, nothing."""


class Unread(NamedTuple):
    """What a cell of a file holds that is neither a text nor a number, nor nothing."""

    message: str
    written: str


ReadCell = Cell | Unread
"""What a cell of a file may turn out to be."""

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

_BEGIN: Final = r"(?:\A|(?<=[;\t\r\n]))"
"""Where a cell begins, or one that a semicolon parts from it: Excel in Vietnam parts a CSV file so, whatever parts its cells."""
_BEGINS_FORMULA: Final = re.compile(_BEGIN + r"(?='*[=+\-@\t\r\n＝＋－＠])")
_MADE_HARMLESS: Final = re.compile(_BEGIN + r"'(?='*[=+\-@\t\r\n＝＋－＠])")


def harmless(text: str) -> str:
    """A text of which no spreadsheet takes any part for a formula; ``as_meant`` gives it back."""
    return _BEGINS_FORMULA.sub("'", text)


def as_meant(text: str) -> str:
    """What ``harmless`` was given."""
    return _MADE_HARMLESS.sub("", text)


def write_row(row: MatrixRow) -> tuple[Cell, ...]:
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


def amount_text(amount: Decimal) -> str:
    """An amount as nobody takes it for a larger one: ``1.234`` could be a thousand and more, ``1.2340`` is not."""
    text = plain(amount)
    return f"{text}0" if _GROUPED.fullmatch(text) else text


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


def column_letter(index: int) -> str:
    """How spreadsheets name a column: ``A`` is 0, ``AA`` is 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_table(lines: Iterable[Sequence[ReadCell]], headings: Mapping[str, str]) -> Table:
    """The rows of a table whose first line that is not empty names the columns; empty lines are left out.

    Args:
        lines: its cells.
        headings: the field that a heading means, by the heading as ``folded`` gives it.
    """
    numbered = [(number, line) for number, line in enumerate(lines, 1) if any(not _is_blank(cell) for cell in line)]
    if not numbered:
        return Table(errors=[FieldError(pointer="", message="matrix_no_headings")])
    top, names = numbered[0]
    columns, errors = _columns(top, names, headings)
    table = Table(errors=errors, columns=columns)
    if errors:
        return table
    if len(numbered) - 1 > MOST_ROWS:
        too_long = FieldError(pointer="/rows", message="matrix_rows", params={"most": str(MOST_ROWS)})
        return Table(errors=[too_long], columns=columns)
    for index, (number, line) in enumerate(numbered[1:]):
        table.lines.append(number)
        row: dict[str, Any] = {}
        written: dict[str, str] = {}
        for name, place in columns.items():
            cell = line[place] if place < len(line) else None
            if cell is None or _is_blank(cell):
                continue
            written[name] = _as_written(cell)
            try:
                row[name] = _read(name, as_meant(cell.strip()) if isinstance(cell, str) else cell)
            except _WrongCell as wrong:
                table.errors.append(FieldError(pointer=f"/rows/{index}/{name}", message=wrong.message))
        table.rows.append(row)
        table.written.append(written)
    return table


def _as_written(cell: str | Decimal | Unread) -> str:
    if isinstance(cell, Unread):
        return cell.written
    return plain(cell) if isinstance(cell, Decimal) else cell


def _is_blank(cell: ReadCell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _columns(
    line: int, names: Sequence[ReadCell], headings: Mapping[str, str]
) -> tuple[dict[str, int], list[FieldError]]:
    """The place of each field, and what is wrong with the headings."""
    columns: dict[str, int] = {}
    errors: list[FieldError] = []
    for place, name in enumerate(names):
        if name is None or _is_blank(name):
            continue
        said = _as_written(name)
        meant = headings.get(folded(said))
        params = {"cell": f"{column_letter(place)}{line}", "value": said[:100]}
        if meant is None:
            errors.append(FieldError(pointer="/rows", message="matrix_heading", params=params))
        elif meant in columns:
            errors.append(FieldError(pointer="/rows", message="matrix_heading_twice", params=params))
        else:
            columns[meant] = place
    errors += [
        FieldError(pointer="/rows", message="matrix_heading_missing", params={"column": name})
        for name in _REQUIRED
        if name not in columns
    ]
    return columns, errors


class _WrongCell(Exception):
    """A cell that cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+")
_PIECE: Final = re.compile(r"(?:\\.|[^;\n\\]|\\$)+")


def _read(name: str, cell: str | Decimal | Unread) -> object:
    """The value of a field, as a process document has it.

    Raises:
        _WrongCell: it has none.
    """
    if isinstance(cell, Unread):
        raise _WrongCell(cell.message)
    if name in _AMOUNTS:
        if isinstance(cell, str) and _GROUPED.fullmatch(cell):
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
