"""What a card of the overview is: of a figure a chart for the eye, and the table that says the same, on the page and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from application.table_files import write_excel
from approval.model import Frozen
from approval.table import Cell
from web.rendering import Page

MOST_ROWS: Final = 50
"""Of a table on the page; the file has all."""
_HOUR: Final = 3600


class CardKey(StrEnum):
    """The figures, as they stand in addresses."""

    MONTHS = "months"
    STATUSES = "statuses"
    DEPARTMENTS = "departments"
    SUPPLIERS = "suppliers"
    AGES = "ages"
    LATE = "late"
    STEPS = "steps"
    RETURNS = "returns"
    WORKLOAD = "workload"


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    TIME = "time"
    """Seconds."""


class Column(Frozen):
    """A column of a table."""

    heading: str
    kind: Kind = Kind.TEXT


class Part(Frozen):
    """One part of a bar."""

    share: str
    """How long it is, as a share of the chart."""
    address: str = ""
    """Where what it counts is listed; empty: no list has just that."""


class Bar(Frozen):
    """One bar of a chart."""

    label: str
    shown: str
    """What it says in figures; empty: only the table says it."""
    parts: tuple[Part, ...]
    address: str = ""


class Row(Frozen):
    """A line of a table, with a cell for each column."""

    cells: tuple[Cell, ...]
    addresses: tuple[str, ...] = ()
    """Where what its first cells count is listed, as far as it is."""

    def address(self, column: int) -> str:
        """Where what a cell counts is listed; empty: no list has just that."""
        return self.addresses[column] if column < len(self.addresses) else ""


class Card(Frozen):
    """One figure."""

    key: CardKey
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    parts: tuple[str, ...] = ()
    """What the parts of a bar are, where it has several."""
    upright: bool = False
    """Whether time runs along the chart."""
    currency: str = ""

    @property
    def further(self) -> int:
        """Rows that the page leaves to the file."""
        return max(0, len(self.rows) - MOST_ROWS)


def parts_of(values: Sequence[Decimal], longest: Decimal, *addresses: str) -> tuple[Part, ...]:
    """The parts of a bar.

    Args:
        values: of each, what it stands for.
        longest: what the longest bar of the chart stands for.
        addresses: where each is listed, as far as it is.
    """
    more = len(values) - len(addresses)
    return tuple(
        Part(share=f"{value / longest:.4f}" if longest else "0", address=address if value else "")
        for value, address in zip(values, (*addresses, *[""] * more), strict=True)
    )


def workbook(page: Page, card: Card) -> bytes:
    """The table of a card as an Excel workbook; durations are in hours."""
    units = {Kind.MONEY: card.currency, Kind.TIME: page.gettext("hours")}
    rows = [
        [
            (cell / _HOUR).quantize(Decimal("0.01")) if column.kind is Kind.TIME and isinstance(cell, Decimal) else cell
            for column, cell in zip(card.columns, row.cells, strict=True)
        ]
        for row in card.rows
    ]
    headings = [
        f"{column.heading} ({units[column.kind]})" if column.kind in units else column.heading
        for column in card.columns
    ]
    return write_excel(headings, rows, sheet=page.gettext("Overview"))
