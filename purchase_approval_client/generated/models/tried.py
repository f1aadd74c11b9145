from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.read_order import ReadOrder


T = TypeVar("T", bound="Tried")


@_attrs_define
class Tried:
    """What came of trying to reach AMIS.

    Attributes:
        reached (bool):
        orders (int | None | Unset):
        example (None | ReadOrder | Unset):
        reason (str | Unset):  Default: ''.
        detail (str | Unset):  Default: ''.
    """

    reached: bool
    orders: int | None | Unset = UNSET
    example: None | ReadOrder | Unset = UNSET
    reason: str | Unset = ""
    detail: str | Unset = ""
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.read_order import ReadOrder  # noqa: PLC0415

        reached = self.reached

        orders: int | None | Unset
        if isinstance(self.orders, Unset):
            orders = UNSET
        else:
            orders = self.orders

        example: dict[str, Any] | None | Unset
        if isinstance(self.example, Unset):
            example = UNSET
        elif isinstance(self.example, ReadOrder):
            example = self.example.to_dict()
        else:
            example = self.example

        reason = self.reason

        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "reached": reached,
            }
        )
        if orders is not UNSET:
            field_dict["orders"] = orders
        if example is not UNSET:
            field_dict["example"] = example
        if reason is not UNSET:
            field_dict["reason"] = reason
        if detail is not UNSET:
            field_dict["detail"] = detail

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.read_order import ReadOrder  # noqa: PLC0415

        d = dict(src_dict)
        reached = d.pop("reached")

        def _parse_orders(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        orders = _parse_orders(d.pop("orders", UNSET))

        def _parse_example(data: object) -> None | ReadOrder | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                example_type_0 = ReadOrder.from_dict(data)

                return example_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ReadOrder | Unset, data)

        example = _parse_example(d.pop("example", UNSET))

        reason = d.pop("reason", UNSET)

        detail = d.pop("detail", UNSET)

        tried = cls(
            reached=reached,
            orders=orders,
            example=example,
            reason=reason,
            detail=detail,
        )

        tried.additional_properties = d
        return tried

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
