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
_LINES: Final = 4
"""Across an upright chart, above its foot; the page's classes say so, too."""
_ROUND: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


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


class Tone(StrEnum):
    """What a part of a bar stands for, whose colour is the one that statuses have."""

    GOOD = "good"
    OPEN = "open"
    BACK = "back"
    EARLIER = "earlier"
    """Back, but not to the owner."""
    BAD = "bad"
    REST = "rest"


class Part(Frozen):
    """One part of a bar."""

    share: str
    """How long it is, as a share of the chart."""
    tone: Tone = Tone.OPEN
    says: str = ""
    """What it says in figures to a pointer; empty: the bar says it."""
    address: str = ""
    """Where what it counts is listed; empty: no list has just that."""


class Bar(Frozen):
    """One bar of a chart."""

    label: str
    below: str = ""
    """What the label is of: a year, a process."""
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
    scale: tuple[str, ...] = ()
    """What the lines across an upright chart stand for, from the highest; they are as far from each other."""
    currency: str = ""

    @property
    def further(self) -> int:
        """Rows that the page leaves to the file."""
        return max(0, len(self.rows) - MOST_ROWS)


def parts_of(
    values: Sequence[Decimal], longest: Decimal, tones: Sequence[Tone], *addresses: str, says: Sequence[str] = ()
) -> tuple[Part, ...]:
    """The parts of a bar.

    Args:
        values: of each, what it stands for.
        longest: what the longest bar of the chart stands for.
        tones: of each.
        addresses: where each is listed, as far as it is.
        says: what each says to a pointer, if the bar does not say it.
    """
    none = [""] * len(values)
    return tuple(
        Part(
            share=f"{value / longest:.4f}" if longest else "0",
            tone=tone,
            says=said,
            address=address if value else "",
        )
        for value, tone, address, said in zip(values, tones, (*addresses, *none), (*says, *none), strict=False)
    )


def scale_to(longest: Decimal) -> list[Decimal]:
    """Round numbers for the lines across a chart, from the highest, which is no less than ``longest``, to zero."""
    least = longest / _LINES
    power = Decimal(10) ** least.adjusted() if least else Decimal(1)
    step = next(round_one * power for round_one in _ROUND if round_one * power >= least)
    return [step * count for count in range(_LINES, -1, -1)]


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
