from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.order_line_draft import OrderLineDraft


T = TypeVar("T", bound="PurchaseOrderDraft")


@_attrs_define
class PurchaseOrderDraft:
    """A purchase order as it is to be, with all of its lines.

    Attributes:
        number (str):
        supplier (str):
        lines (list[OrderLineDraft]):
    """

    number: str
    supplier: str
    lines: list[OrderLineDraft]

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        supplier = self.supplier

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "supplier": supplier,
                "lines": lines,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_line_draft import OrderLineDraft  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        supplier = d.pop("supplier")

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = OrderLineDraft.from_dict(lines_item_data)

            lines.append(lines_item)

        purchase_order_draft = cls(
            number=number,
            supplier=supplier,
            lines=lines,
        )

        return purchase_order_draft
