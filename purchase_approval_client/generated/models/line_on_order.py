from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="LineOnOrder")


@_attrs_define
class LineOnOrder:
    """That a line of a request is bought by a purchase order, and how much of it.

    Attributes:
        id (UUID):
        number (str):
        supplier (str):
        quantity (str):
        placed_at (datetime.datetime):
    """

    id: UUID
    number: str
    supplier: str
    quantity: str
    placed_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        number = self.number

        supplier = self.supplier

        quantity = self.quantity

        placed_at = self.placed_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "supplier": supplier,
                "quantity": quantity,
                "placed_at": placed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        supplier = d.pop("supplier")

        quantity = d.pop("quantity")

        placed_at = datetime.datetime.fromisoformat(d.pop("placed_at"))

        line_on_order = cls(
            id=id,
            number=number,
            supplier=supplier,
            quantity=quantity,
            placed_at=placed_at,
        )

        line_on_order.additional_properties = d
        return line_on_order

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
