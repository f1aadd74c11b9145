from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FilledLine")


@_attrs_define
class FilledLine:
    """A line filled in from a source.

    Attributes:
        product_code (str):
        description (str):
        warehouse (str):
        unit (str):
        quantity (str):
        unit_price (str):
        supplier (None | str):
        id (None | Unset | UUID):
        source_line_id (None | Unset | UUID):
    """

    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: str
    unit_price: str
    supplier: None | str
    id: None | Unset | UUID = UNSET
    source_line_id: None | Unset | UUID = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        product_code = self.product_code

        description = self.description

        warehouse = self.warehouse

        unit = self.unit

        quantity = self.quantity

        unit_price = self.unit_price

        supplier: None | str
        supplier = self.supplier

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        elif isinstance(self.id, UUID):
            id = str(self.id)
        else:
            id = self.id

        source_line_id: None | str | Unset
        if isinstance(self.source_line_id, Unset):
            source_line_id = UNSET
        elif isinstance(self.source_line_id, UUID):
            source_line_id = str(self.source_line_id)
        else:
            source_line_id = self.source_line_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "product_code": product_code,
                "description": description,
                "warehouse": warehouse,
                "unit": unit,
                "quantity": quantity,
                "unit_price": unit_price,
                "supplier": supplier,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if source_line_id is not UNSET:
            field_dict["source_line_id"] = source_line_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
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

        def _parse_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                id_type_0 = UUID(data)

                return id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_source_line_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                source_line_id_type_0 = UUID(data)

                return source_line_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        source_line_id = _parse_source_line_id(d.pop("source_line_id", UNSET))

        filled_line = cls(
            product_code=product_code,
            description=description,
            warehouse=warehouse,
            unit=unit,
            quantity=quantity,
            unit_price=unit_price,
            supplier=supplier,
            id=id,
            source_line_id=source_line_id,
        )

        filled_line.additional_properties = d
        return filled_line

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
