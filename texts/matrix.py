"""Words for the approval matrix: the headings of its columns, and why a row matches a request or does not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from texts.catalogue import LANGUAGES, translate

_COLUMN: Final = {
    "step": "Step",
    "department": "Department",
    "product_category": "Product category",
    "supplier": "Supplier",
    "amount_from": "Amount from",
    "amount_to": "Amount below",
    "approvers": "Approvers",
    "vote": "Votes",
    "deadline": "Deadline",
}

_MATCHES: Final = {
    "department": "department “{value}”",
    "product_category": "product category “{value}”",
    "supplier": "supplier “{value}”",
    "amount_from": "from {value} {currency}",
    "amount_to": "below {value} {currency}",
}

_DIFFERS: Final = {
    "department": "it is for the department “{value}”, and the owner is in “{had}”",
    "product_category": "it is for products of the category “{value}”, and here there are: {had}",
    "supplier": "it is for the supplier “{value}”, and here it is: {had}",
    "amount_from": "it begins at {value}, and the amount is {had}",
    "amount_to": "it is below {value}, and the amount is {had}",
    "currency": "its amounts are in {value}, and the request is in {had}",
}

_ROW: Final = {
    "row": "Row {row} of the approval matrix: {parts}",
    "row_of_all": "Row {row} of the approval matrix: for every request",
    "nearest": "Nearest row that does not match, {row}: {parts}",
    "nothing": "none",
}


def column_label(column: str, language: str) -> str:
    """The heading of a column."""
    return translate(language, _COLUMN[column])


def columns_by_heading() -> dict[str, str]:
    """The column that each heading means, in every language and by its name in the API."""
    return {name: name for name in _COLUMN} | {
        translate(language, text): name for name, text in _COLUMN.items() for language in LANGUAGES
    }


def matrix_row_text(params: Mapping[str, str], language: str) -> str:
    """That a row of the matrix matches, and what it says."""
    parts = [
        translate(
            language, text, {"value": _value(name, params[name], language), "currency": params.get("currency", "")}
        )
        for name, text in _MATCHES.items()
        if name in params
    ]
    words = {"row": params.get("row", ""), "parts": ", ".join(parts)}
    return translate(language, _ROW["row" if parts else "row_of_all"], words)


def nearest_row_text(params: Mapping[str, str], language: str) -> str:
    """Which row of the matrix comes nearest of those that do not match, and what is not so."""
    parts = []
    for name, text in _DIFFERS.items():
        if name in params:
            had = params.get("had.amount" if name.startswith("amount") else f"had.{name}", "")
            words = {"value": _value(name, params[name], language), "had": _value(name, had, language)}
            words["had"] = words["had"] or translate(language, _ROW["nothing"])
            parts.append(translate(language, text, words))
    return translate(language, _ROW["nearest"], {"row": params.get("row", ""), "parts": "; ".join(parts)})


def _value(column: str, value: str, language: str) -> str:
    if not column.startswith("amount") or not value:
        return value
    text = f"{Decimal(value):,f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text
