from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="OrderLineDraft")


@_attrs_define
class OrderLineDraft:
    """How much of a line of an approved request an order has.

    Attributes:
        request_number (str):
        line_id (UUID):
        quantity (float | str):
    """

    request_number: str
    line_id: UUID
    quantity: float | str

    def to_dict(self) -> dict[str, Any]:
        request_number = self.request_number

        line_id = str(self.line_id)

        quantity: float | str
        quantity = self.quantity

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "request_number": request_number,
                "line_id": line_id,
                "quantity": quantity,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        request_number = d.pop("request_number")

        line_id = UUID(d.pop("line_id"))

        def _parse_quantity(data: object) -> float | str:
            return cast(float | str, data)

        quantity = _parse_quantity(d.pop("quantity"))

        order_line_draft = cls(
            request_number=request_number,
            line_id=line_id,
            quantity=quantity,
        )

        return order_line_draft
