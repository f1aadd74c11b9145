from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.order_change import OrderChange


T = TypeVar("T", bound="HoldView")


@_attrs_define
class HoldView:
    """Nothing can be decided until the owner has answered how the order changed.

    Attributes:
        since (datetime.datetime):
        order_changes (list[OrderChange]):
    """

    since: datetime.datetime
    order_changes: list[OrderChange]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        since = self.since.isoformat()

        order_changes = []
        for order_changes_item_data in self.order_changes:
            order_changes_item = order_changes_item_data.to_dict()
            order_changes.append(order_changes_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "since": since,
                "order_changes": order_changes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_change import OrderChange  # noqa: PLC0415

        d = dict(src_dict)
        since = datetime.datetime.fromisoformat(d.pop("since"))

        order_changes = []
        _order_changes = d.pop("order_changes")
        for order_changes_item_data in _order_changes:
            order_changes_item = OrderChange.from_dict(order_changes_item_data)

            order_changes.append(order_changes_item)

        hold_view = cls(
            since=since,
            order_changes=order_changes,
        )

        hold_view.additional_properties = d
        return hold_view

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
