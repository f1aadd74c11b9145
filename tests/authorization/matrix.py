"""Reads ``matrix.md``: which calls there are, and what each answers to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("matrix.md")
STATES: Final = ("draft", "in progress", "returned", "completed", "rejected")
ROLES: Final = ("sales", "manager", "director", "purchasing", "admin")


@dataclass(frozen=True)
class Call:
    """A call or a page as the matrix names it.

    Attributes:
        label: the method and the path, and in words which of its cases, if it has several.
        method: of HTTP.
        path: as it is served, with its parameters in braces.
    """

    label: str
    method: str
    path: str

    @classmethod
    def read(cls, text: str) -> Call:
        """A call from a cell or an item of a list."""
        found = re.fullmatch(r"`([A-Z]+) (/\S*)`(.*)", text)
        assert found, f"this is no call: {text}"
        return cls(label=text.replace("`", ""), method=found[1], path=found[2])

    @property
    def is_page(self) -> bool:
        """Whether it is answered with a page."""
        return not self.path.startswith(("/api/", "/docs", "/healthz", "/readyz", "/metrics"))

    @property
    def route(self) -> str:
        """Method and path, whatever the case."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Table:
    """A table of the matrix: what it says of the calls that stand before it or in its first column.

    Attributes:
        calls: those that stand before it.
        cells: by the first cell of its row, then by the head of its column.
    """

    heading: str
    calls: tuple[Call, ...]
    columns: tuple[str, ...]
    cells: Mapping[str, Mapping[str, str]]


@cache
def tables() -> tuple[Table, ...]:
    """All of them, in their order; a list of calls that no table follows is one without cells."""
    return tuple(_read(FILE.read_text(encoding="utf-8").splitlines()))


def of_requests() -> list[Table]:
    """Those that say what is answered to whom in which state of a request."""
    return [table for table in tables() if table.columns == STATES]


def of_roles() -> Table:
    """The one that says what is answered to which role."""
    (table,) = (table for table in tables() if table.columns == ROLES)
    return table


def of_nobody() -> Table:
    """The one that says what is answered to whoever is not let in."""
    (table,) = (table for table in tables() if table.columns == ("API", "pages", "forms"))
    return table


def for_anybody() -> tuple[Call, ...]:
    """Calls and pages that one need not be signed in for."""
    (table,) = (table for table in tables() if table.calls and not table.cells)
    return table.calls


def calls() -> list[Call]:
    """Every call of the matrix."""
    of_role = [Call.read(row) for row in of_roles().cells]
    return [call for table in tables() for call in table.calls] + of_role


def _read(lines: list[str]) -> Iterator[Table]:
    heading = ""
    calls: list[Call] = []
    rows: list[list[str]] = []
    for line in [*lines, "## "]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows:
            yield _table(heading, calls, rows)
            calls, rows = [], []
        if line.startswith("#"):
            if calls:
                yield Table(heading, tuple(calls), (), {})
            heading, calls = line.lstrip("# "), []
        elif re.match("- `[A-Z]+ /", line):
            calls.append(Call.read(line.removeprefix("- ")))


def _table(heading: str, calls: list[Call], rows: list[list[str]]) -> Table:
    (_, *columns), _, *body = rows
    cells = {name: dict(zip(columns, row, strict=True)) for name, *row in body}
    assert len(cells) == len(body), f"a row of {heading!r} stands there twice"
    return Table(heading, tuple(calls), tuple(columns), cells)
