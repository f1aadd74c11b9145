"""The fields of a request that a step may let its approvers change, and what they hold.

Everything else follows from here, but for the forms in ``approval/changes.py`` that read them; a test holds those to it.
"""

from __future__ import annotations

from enum import StrEnum


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LONG_TEXT = "long"
    NUMBER = "number"
    DATE = "date"


class EditableField(StrEnum):
    """Fields that a step may let its approvers change; those of a line begin with ``lines.``."""

    PURPOSE = "purpose"
    DELIVERY_ADDRESS = "delivery_address"
    DESIRED_DELIVERY_DATE = "desired_delivery_date"
    DESCRIPTION = "description"
    LINE_DESCRIPTION = "lines.description"
    LINE_WAREHOUSE = "lines.warehouse"
    LINE_QUANTITY = "lines.quantity"
    LINE_UNIT_PRICE = "lines.unit_price"
    LINE_SUPPLIER = "lines.supplier"

    @classmethod
    def named(cls, field: str, *, of_line: bool) -> EditableField | None:
        """The editable field of this name of the request itself, or of its lines; None: there is none."""
        name = f"lines.{field}" if of_line else field
        return next((one for one in cls if one == name), None)

    @property
    def of_line(self) -> bool:
        """Whether it is a field of a line."""
        return self.startswith("lines.")

    @property
    def field(self) -> str:
        """Its own name."""
        return self.removeprefix("lines.")

    @property
    def kind(self) -> FieldKind:
        """What it holds."""
        match self:
            case EditableField.LINE_QUANTITY | EditableField.LINE_UNIT_PRICE:
                return FieldKind.NUMBER
            case EditableField.DESIRED_DELIVERY_DATE:
                return FieldKind.DATE
            case EditableField.DESCRIPTION:
                return FieldKind.LONG_TEXT
            case _:
                return FieldKind.TEXT

    @property
    def may_be_empty(self) -> bool:
        """Whether an approver may empty it."""
        return self not in (EditableField.PURPOSE, EditableField.LINE_QUANTITY, EditableField.LINE_UNIT_PRICE)

    @property
    def emptied(self) -> str | None:
        """What it holds when it is emptied: nothing, or an empty text."""
        nothing = (EditableField.DESIRED_DELIVERY_DATE, EditableField.LINE_SUPPLIER)
        return None if self in nothing else ""


HEADER_FIELDS = tuple(field for field in EditableField if not field.of_line)
LINE_FIELDS = tuple(field for field in EditableField if field.of_line)
