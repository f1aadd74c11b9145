"""What stands in a cell becomes a value: texts, numbers as two languages write them, dates, yes and no, roles.

What two people would read as different values is refused, whoever of them is right.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import Decimal
from typing import Final

from approval.model import Role
from approval.people import is_role
from approval.process import folded
from approval.table import as_meant, as_written
from approval.values import plain
from texts import LANGUAGES, role_label

Filled = str | Decimal
"""A cell in which something stands."""


class WrongCell(Exception):
    """A cell that cannot be read.

    Attributes:
        message: why, a key of the catalogue.
        params: its parameters.
    """

    def __init__(self, message: str, **params: str) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


def text(cell: Filled) -> str:
    """A text; a number is written without separators."""
    return as_written(as_meant(cell.strip()) if isinstance(cell, str) else cell)


_PLAIN: Final = re.compile(r"-?\d+", re.ASCII)
_SPACED: Final = re.compile(r"-?\d{1,3}(?: \d{3})+(?:[.,]\d+)?", re.ASCII)
_BOTH: Final = re.compile(r"-?\d{1,3}(?:(?:,\d{3})+\.|(?:\.\d{3})+,)\d+", re.ASCII)
_MILLIONS: Final = re.compile(r"-?\d{1,3}(?:(?:,\d{3}){2,}|(?:\.\d{3}){2,})", re.ASCII)
_AMBIGUOUS: Final = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d+[.,]\d+", re.ASCII)


def number(cell: Filled) -> Decimal:
    """A number as it is written in Vietnam (``1.234,5``), in England (``1,234.5``), with spaces, or without separators.

    Raises:
        WrongCell: it is none, or some read it as a thousand times what others read.
    """
    if isinstance(cell, Decimal):
        return cell
    written = unicodedata.normalize("NFKC", as_meant(cell.strip()))  # other spaces become plain ones
    if _SPACED.fullmatch(written):
        written = written.replace(" ", "")
    if _PLAIN.fullmatch(written):
        return Decimal(written)
    if _BOTH.fullmatch(written):
        mark = max(".,", key=written.rfind)
        return Decimal(written.replace("," if mark == "." else ".", "").replace(",", "."))
    if _MILLIONS.fullmatch(written):
        return Decimal(re.sub("[.,]", "", written))
    if _AMBIGUOUS.fullmatch(written):
        raise WrongCell("import_number_ambiguous", value=written, whole=re.sub("[.,]", "", written))
    if _DECIMAL.fullmatch(written):
        return Decimal(written.replace(",", "."))
    raise WrongCell("import_number")


_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00:00)?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_YEARS: Final = range(1990, 2100)


def date(cell: Filled) -> datetime.date:
    """A day: ``24/11/2026``, the day first as both of our languages write it, ``2026-11-24``, or what Excel has as a date.

    Raises:
        WrongCell: it is none.
    """
    written = cell.strip() if isinstance(cell, str) else ""
    iso, day_first = _ISO.fullmatch(written), _DAY_FIRST.fullmatch(written)
    if iso is not None:
        year, month, day = (int(part) for part in iso.groups())
    elif day_first is not None:
        day, month, year = int(day_first[1]), int(day_first[3]), int(day_first[4])
    else:
        raise WrongCell("import_date")
    try:
        found = datetime.date(year, month, day)
    except ValueError as error:
        raise WrongCell("import_no_such_day") from error
    if found.year not in _YEARS:
        raise WrongCell("import_year")
    return found


_YES: Final = frozenset({"x", "1", "yes", "y", "true", "có", "co", "đúng", "rồi"})
_NO: Final = frozenset({"0", "no", "n", "false", "không", "khong", "chưa", "sai"})


def flag(cell: Filled) -> bool:
    """A yes or a no.

    Raises:
        WrongCell: it is neither.
    """
    word = folded(plain(cell) if isinstance(cell, Decimal) else cell)
    if word not in _YES | _NO:
        raise WrongCell("import_flag")
    return word in _YES


_ROLES: Final = {folded(role_label(role, language)): str(role) for role in Role for language in LANGUAGES}


def roles(cell: Filled) -> tuple[str, ...]:
    """Roles, separated by semicolons or commas: ours in any language, and others by their own names; each once, by name.

    Raises:
        WrongCell: one of them is no name of a role.
    """
    found = set()
    for piece in re.split("[;,\n]", text(cell)):
        word = folded(piece)
        role = _ROLES.get(word, word)
        if role and not is_role(role):
            raise WrongCell("import_role", value=piece.strip()[:100])
        found.add(role)
    return tuple(sorted(found - {""}))
