"""What is to be bought as an Excel workbook: a line for each line of a request, those of one supplier together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from application.table_files import write_excel
from approval.table import Cell
from crm.to_buy import LineToBuy
from texts import heading_to_buy

MOST_ROWS: Final = 20_000
"""Lines of one workbook."""

_COLUMNS: Final[dict[str, Callable[[LineToBuy], Cell]]] = {
    "supplier": lambda line: line.supplier,
    "number": lambda line: line.number,
    "owner": lambda line: line.owner_name,
    "wanted_by": lambda line: line.desired_delivery_date.isoformat() if line.desired_delivery_date else None,
    "product_code": lambda line: line.product_code,
    "description": lambda line: line.description,
    "warehouse": lambda line: line.warehouse,
    "unit": lambda line: line.unit,
    "quantity": lambda line: line.quantity,
    "ordered": lambda line: line.ordered,
    "received": lambda line: line.quantity_received,
    "missing": lambda line: line.quantity - line.quantity_received,
    "unit_price": lambda line: line.unit_price,
    "currency": lambda line: line.currency,
    "orders": lambda line: ", ".join(line.orders),
}
"""The value of each column, by its name."""


def write_workbook(lines: Iterable[LineToBuy], language: str) -> bytes:
    """The workbook; headings in a language. What begins like a formula stays text.

    Args:
        lines: in the order in which they are to stand.
        language: ``vi`` or ``en``.
    """
    headings = [heading_to_buy(name, language) for name in _COLUMNS]
    rows = ([value(line) for value in _COLUMNS.values()] for line in lines)
    return write_excel(headings, rows, sheet=heading_to_buy("sheet", language))
