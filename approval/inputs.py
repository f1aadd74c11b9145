"""The fields of a request that a step may say it looks at: where none of them changed, its approval can hold."""

from __future__ import annotations

from enum import StrEnum


class InputField(StrEnum):
    """Fields of a request; those of a line begin with ``lines.``, and ``lines`` is which lines there are."""

    PURPOSE = "purpose"
    DELIVERY_ADDRESS = "delivery_address"
    DESIRED_DELIVERY_DATE = "desired_delivery_date"
    DESCRIPTION = "description"
    CURRENCY = "currency"
    TOTAL = "total"
    LINES = "lines"
    LINE_PRODUCT_CODE = "lines.product_code"
    LINE_DESCRIPTION = "lines.description"
    LINE_WAREHOUSE = "lines.warehouse"
    LINE_UNIT = "lines.unit"
    LINE_QUANTITY = "lines.quantity"
    LINE_UNIT_PRICE = "lines.unit_price"
    LINE_SUPPLIER = "lines.supplier"

    @property
    def of_line(self) -> bool:
        """Whether it is a field of a line."""
        return self.startswith("lines.")

    @property
    def field(self) -> str:
        """Its own name."""
        return self.removeprefix("lines.")
