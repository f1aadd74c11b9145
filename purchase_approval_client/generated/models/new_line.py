from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="NewLine")


@_attrs_define
class NewLine:
    """A line of a request that is not there yet: it gets its id from the server.

    Attributes:
        product_code (str):
        quantity (float | str):
        id (None | Unset):
        source_line_id (None | Unset | UUID):
        take_over (bool | Unset):  Default: False.
        description (str | Unset):  Default: ''.
        warehouse (str | Unset):  Default: ''.
        unit (str | Unset):  Default: ''.
        unit_price (float | str | Unset):  Default: 0.0.
        supplier (None | str | Unset):
    """

    product_code: str
    quantity: float | str
    id: None | Unset = UNSET
    source_line_id: None | Unset | UUID = UNSET
    take_over: bool | Unset = False
    description: str | Unset = ""
    warehouse: str | Unset = ""
    unit: str | Unset = ""
    unit_price: float | str | Unset = 0.0
    supplier: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        product_code = self.product_code

        quantity: float | str
        quantity = self.quantity

        id = self.id

        source_line_id: None | str | Unset
        if isinstance(self.source_line_id, Unset):
            source_line_id = UNSET
        elif isinstance(self.source_line_id, UUID):
            source_line_id = str(self.source_line_id)
        else:
            source_line_id = self.source_line_id

        take_over = self.take_over

        description = self.description

        warehouse = self.warehouse

        unit = self.unit

        unit_price: float | str | Unset
        if isinstance(self.unit_price, Unset):
            unit_price = UNSET
        else:
            unit_price = self.unit_price

        supplier: None | str | Unset
        if isinstance(self.supplier, Unset):
            supplier = UNSET
        else:
            supplier = self.supplier

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "product_code": product_code,
                "quantity": quantity,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if source_line_id is not UNSET:
            field_dict["source_line_id"] = source_line_id
        if take_over is not UNSET:
            field_dict["take_over"] = take_over
        if description is not UNSET:
            field_dict["description"] = description
        if warehouse is not UNSET:
            field_dict["warehouse"] = warehouse
        if unit is not UNSET:
            field_dict["unit"] = unit
        if unit_price is not UNSET:
            field_dict["unit_price"] = unit_price
        if supplier is not UNSET:
            field_dict["supplier"] = supplier

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        product_code = d.pop("product_code")

        def _parse_quantity(data: object) -> float | str:
            return cast(float | str, data)

        quantity = _parse_quantity(d.pop("quantity"))

        id = d.pop("id", UNSET)

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

        take_over = d.pop("take_over", UNSET)

        description = d.pop("description", UNSET)

        warehouse = d.pop("warehouse", UNSET)

        unit = d.pop("unit", UNSET)

        def _parse_unit_price(data: object) -> float | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(float | str | Unset, data)

        unit_price = _parse_unit_price(d.pop("unit_price", UNSET))

        def _parse_supplier(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        supplier = _parse_supplier(d.pop("supplier", UNSET))

        new_line = cls(
            product_code=product_code,
            quantity=quantity,
            id=id,
            source_line_id=source_line_id,
            take_over=take_over,
            description=description,
            warehouse=warehouse,
            unit=unit,
            unit_price=unit_price,
            supplier=supplier,
        )

        return new_line
