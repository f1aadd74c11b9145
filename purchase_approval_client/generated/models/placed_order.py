from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.result import Result, check_result

if TYPE_CHECKING:
    from ..models.order_line import OrderLine
    from ..models.person import Person


T = TypeVar("T", bound="PlacedOrder")


@_attrs_define
class PlacedOrder:
    """A purchase order, and what became of it: `placed`, `changed`, or `unchanged`, where the same was said before.

    Attributes:
        id (UUID):
        number (str):
        supplier (str):
        lines (list[OrderLine]):
        placed_by (Person): Somebody of the CRM directory.
        placed_at (datetime.datetime):
        changed_at (datetime.datetime):
        cancelled_at (datetime.datetime | None):
        result (Result): What became of an order that was said.
    """

    id: UUID
    number: str
    supplier: str
    lines: list[OrderLine]
    placed_by: Person
    placed_at: datetime.datetime
    changed_at: datetime.datetime
    cancelled_at: datetime.datetime | None
    result: Result
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        number = self.number

        supplier = self.supplier

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        placed_by = self.placed_by.to_dict()

        placed_at = self.placed_at.isoformat()

        changed_at = self.changed_at.isoformat()

        cancelled_at: None | str
        if isinstance(self.cancelled_at, datetime.datetime):
            cancelled_at = self.cancelled_at.isoformat()
        else:
            cancelled_at = self.cancelled_at

        result: str = self.result

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "supplier": supplier,
                "lines": lines,
                "placed_by": placed_by,
                "placed_at": placed_at,
                "changed_at": changed_at,
                "cancelled_at": cancelled_at,
                "result": result,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_line import OrderLine  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        supplier = d.pop("supplier")

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = OrderLine.from_dict(lines_item_data)

            lines.append(lines_item)

        placed_by = Person.from_dict(d.pop("placed_by"))

        placed_at = datetime.datetime.fromisoformat(d.pop("placed_at"))

        changed_at = datetime.datetime.fromisoformat(d.pop("changed_at"))

        def _parse_cancelled_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                cancelled_at_type_0 = datetime.datetime.fromisoformat(data)

                return cancelled_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        cancelled_at = _parse_cancelled_at(d.pop("cancelled_at"))

        result = check_result(d.pop("result"))

        placed_order = cls(
            id=id,
            number=number,
            supplier=supplier,
            lines=lines,
            placed_by=placed_by,
            placed_at=placed_at,
            changed_at=changed_at,
            cancelled_at=cancelled_at,
            result=result,
        )

        placed_order.additional_properties = d
        return placed_order

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
