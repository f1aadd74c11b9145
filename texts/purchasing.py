"""What looks wrong in what purchasing reported, in words: said of what is there, and asked of whoever is about to report it.

Keys are the plain strings of ``approval.purchase_flags.Flag``, which this package does not import.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from texts.catalogue import translate
from texts.domain import number_text

_FLAG: Final = {
    "more_than_requested": "{product}: {received} received, {quantity} requested",
    "less_than_nothing": "{product}: {missing} more sent back than received; a receipt is missing, or a report is wrong",
    "lines_missing": "Reported as fully received, with {received} of {quantity} of {product}",
    "lines_missing.many": "Reported as fully received, with {received} of {quantity} of {product}; lines missing: {missing} of {lines}",
    "received_but_not_bought": "Reported as not bought, with {received} of {product} received",
    "more_on_purchase_orders": "{product}: {ordered} on purchase orders, {quantity} requested",
}
_QUESTION: Final = {
    "more_than_requested": "{product}: {received} received of {quantity} requested?",
    "less_than_nothing": "{product}: {missing} more sent back than ever came?",
    "lines_missing": "Fully received with {received} of {quantity} of {product}?",
    "received_but_not_bought": "Not bought, with {received} of {product} received?",
    "more_on_purchase_orders": "{product}: {ordered} on purchase orders, {quantity} requested?",
}
_HEADING: Final = {
    "sheet": "To buy",
    "supplier": "Supplier",
    "number": "Request number",
    "owner": "Owner",
    "wanted_by": "Wanted by",
    "product_code": "Product code",
    "description": "Description",
    "warehouse": "Warehouse",
    "unit": "Unit",
    "quantity": "Requested",
    "ordered": "On purchase orders",
    "received": "Received",
    "missing": "Yet to come",
    "unit_price": "Estimated price",
    "currency": "Currency",
    "orders": "Purchase orders",
    "order_change": "Sales order",
}
_ORDER_CHANGE: Final = {
    "order_cancelled": "Order cancelled",
    "line_changed": "Order changed",
    "line_gone": "Not on the order any more",
}
_NUMBERS: Final = ("received", "quantity", "missing", "ordered", "more", "lines", "come")


def flag_text(flag: str, params: Mapping[str, str], language: str) -> str:
    """What looks wrong, in a sentence."""
    many = f"{flag}.many" if flag == "lines_missing" and params.get("missing") != "1" else flag
    return translate(language, _FLAG.get(many, flag), _words(params, language))


def flag_question(flag: str, params: Mapping[str, str], language: str) -> str:
    """The same, asked of whoever is about to report it."""
    return translate(language, _QUESTION.get(flag, flag), _words(params, language))


def heading_to_buy(column: str, language: str) -> str:
    """The heading of a column in the file of what is to be bought."""
    return translate(language, _HEADING[column])


def order_change_mark(kind: str, language: str) -> str:
    """How the sales order of goods differs from what was approved, as short as a mark."""
    return translate(language, _ORDER_CHANGE[kind])


def _words(params: Mapping[str, str], language: str) -> dict[str, str]:
    return {
        name: number_text(Decimal(value), language) if name in _NUMBERS else value for name, value in params.items()
    }
