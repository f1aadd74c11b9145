from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SourceLine")


@_attrs_define
class SourceLine:
    """Goods of a sales order or opportunity.

    Attributes:
        id (UUID):
        product_code (str):
        description (str):
        warehouse (str):
        unit (str):
        quantity (str):
        unit_price (str):
        supplier (None | str):
        quantity_requested (str):
    """

    id: UUID
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: str
    unit_price: str
    supplier: None | str
    quantity_requested: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        product_code = self.product_code

        description = self.description

        warehouse = self.warehouse

        unit = self.unit

        quantity = self.quantity

        unit_price = self.unit_price

        supplier: None | str
        supplier = self.supplier

        quantity_requested = self.quantity_requested

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "product_code": product_code,
                "description": description,
                "warehouse": warehouse,
                "unit": unit,
                "quantity": quantity,
                "unit_price": unit_price,
                "supplier": supplier,
                "quantity_requested": quantity_requested,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        product_code = d.pop("product_code")

        description = d.pop("description")

        warehouse = d.pop("warehouse")

        unit = d.pop("unit")

        quantity = d.pop("quantity")

        unit_price = d.pop("unit_price")

        def _parse_supplier(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        supplier = _parse_supplier(d.pop("supplier"))

        quantity_requested = d.pop("quantity_requested")

        source_line = cls(
            id=id,
            product_code=product_code,
            description=description,
            warehouse=warehouse,
            unit=unit,
            quantity=quantity,
            unit_price=unit_price,
            supplier=supplier,
            quantity_requested=quantity_requested,
        )

        source_line.additional_properties = d
        return source_line

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
