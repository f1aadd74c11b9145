from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="OrderLine")


@_attrs_define
class OrderLine:
    """How much of a line of a request an order has.

    Attributes:
        request_id (UUID):
        request_number (str):
        line_id (UUID):
        product_code (str):
        description (str):
        unit (str):
        quantity (str):
    """

    request_id: UUID
    request_number: str
    line_id: UUID
    product_code: str
    description: str
    unit: str
    quantity: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = str(self.request_id)

        request_number = self.request_number

        line_id = str(self.line_id)

        product_code = self.product_code

        description = self.description

        unit = self.unit

        quantity = self.quantity

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "request_number": request_number,
                "line_id": line_id,
                "product_code": product_code,
                "description": description,
                "unit": unit,
                "quantity": quantity,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        request_id = UUID(d.pop("request_id"))

        request_number = d.pop("request_number")

        line_id = UUID(d.pop("line_id"))

        product_code = d.pop("product_code")

        description = d.pop("description")

        unit = d.pop("unit")

        quantity = d.pop("quantity")

        order_line = cls(
            request_id=request_id,
            request_number=request_number,
            line_id=line_id,
            product_code=product_code,
            description=description,
            unit=unit,
            quantity=quantity,
        )

        order_line.additional_properties = d
        return order_line

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
