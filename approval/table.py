"""Tables as spreadsheets have them: what a cell may hold, how it is called, and which column is for what."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, NamedTuple

from approval.model import FieldError
from approval.process import folded
from approval.values import plain

Cell = str | Decimal | date | None
"""What a cell holds: a text, a number, a day, a moment without an offset (a ``datetime``), nothing."""


class Unread(NamedTuple):
    """What a cell of a file holds that is neither a text nor a number, nor nothing."""

    message: str
    written: str


ReadCell = str | Decimal | Unread | None
"""What a cell of a file may turn out to be; its days are texts."""

GROUPED: Final = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+")
"""A number that some read as a thousand times what others read."""

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


def number_cell(number: Decimal) -> str:
    """A number as nobody takes it for a larger one: ``1.234`` could be a thousand and more, ``1.2340`` is not."""
    text = plain(number)
    return f"{text}0" if GROUPED.fullmatch(text.removeprefix("-")) else text


def written_cell(cell: Cell) -> str:
    """A cell as a text, of which no spreadsheet takes any part for a formula; days and moments as ISO 8601 has them."""
    if isinstance(cell, Decimal):
        return number_cell(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else harmless(cell or "")


def is_blank(cell: ReadCell) -> bool:
    """Whether there is nothing in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_written(cell: str | Decimal | Unread) -> str:
    """What stands in a cell, as a text."""
    if isinstance(cell, Unread):
        return cell.written
    return plain(cell) if isinstance(cell, Decimal) else cell


def column_letter(index: int) -> str:
    """How spreadsheets name a column: ``A`` is 0, ``AA`` is 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


_NEAR: Final = 0.85
"""From which likeness on a heading is one that there is, misspelt: a letter or an accent of a word is wrong."""


@dataclass(frozen=True)
class Columns:
    """Where the columns of a table are, what is wrong with their headings, and the lines below them."""

    places: Mapping[str, int] = field(default_factory=dict)
    """Of each field, counted from 0."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """What the table calls each field."""
    unknown: Sequence[tuple[str, str]] = ()
    """The cells of headings that mean nothing and are left out, and what stands there."""
    errors: list[FieldError] = field(default_factory=list)
    lines: Sequence[tuple[int, Sequence[ReadCell]]] = ()
    """Those that are not empty, each with its number in the file, counted from 1."""


def find_columns(
    lines: Iterable[Sequence[ReadCell]],
    meanings: Mapping[str, str],
    required: Collection[str],
    *,
    most: int,
    pointer: str = "",
    leaves_out_unknown: bool = False,
) -> Columns:
    """The columns of a table whose first line that is not empty names them; empty lines are left out.

    Args:
        lines: the cells of the table.
        meanings: the field that a heading means, by the heading as ``folded`` gives it.
        required: fields that must have a column.
        most: lines that there may be below.
        pointer: where the rows are, for errors.
        leaves_out_unknown: whether a column whose heading means nothing is left out. It is not where a column is missing or twice,
            nor where its heading is nearly that of a column that is not there: it may be that one, misspelt.
    """
    numbered = [(number, line) for number, line in enumerate(lines, 1) if any(not is_blank(cell) for cell in line)]
    if not numbered:
        return Columns(errors=[FieldError(pointer="", message="table_no_headings")])
    (top, names), below = numbered[0], numbered[1:]
    places: dict[str, int] = {}
    headings: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for place, name in enumerate(names):
        if name is None or is_blank(name):
            continue
        said = as_written(name)
        meant = meanings.get(folded(said))
        if meant is None or meant in places:
            others.append((f"{column_letter(place)}{top}", said))
        else:
            places[meant], headings[meant] = place, said
    missing = [
        FieldError(pointer=pointer, message="table_heading_missing", params={"column": name})
        for name in required
        if name not in places
    ]
    leaves_out_unknown = leaves_out_unknown and not missing and all(folded(said) not in meanings for _, said in others)
    free = [heading for heading, name in meanings.items() if name not in places]
    unknown: list[tuple[str, str]] = []
    errors: list[FieldError] = []
    for cell, said in others:
        params = {"cell": cell, "value": said[:100]}
        if folded(said) in meanings:
            errors.append(FieldError(pointer=pointer, message="table_heading_twice", params=params))
        elif near := get_close_matches(folded(said), free, n=1, cutoff=_NEAR):
            params["column"] = meanings[near[0]]
            errors.append(FieldError(pointer=pointer, message="table_heading_near", params=params))
        elif leaves_out_unknown:
            unknown.append((cell, params["value"]))
        else:
            errors.append(FieldError(pointer=pointer, message="table_heading", params=params))
    errors += missing
    if not errors and len(below) > most:
        errors.append(FieldError(pointer=pointer, message="table_rows", params={"most": str(most)}))
    return Columns(places=places, headings=headings, unknown=unknown, errors=errors, lines=below)
