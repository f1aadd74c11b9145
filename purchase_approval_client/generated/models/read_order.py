from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.read_order_lines_item import ReadOrderLinesItem
    from ..models.read_order_params import ReadOrderParams
    from ..models.read_order_values import ReadOrderValues


T = TypeVar("T", bound="ReadOrder")


@_attrs_define
class ReadOrder:
    """A sales order of AMIS as it is read, for whoever checks the names of its fields; nothing of it is taken.

    Attributes:
        values (ReadOrderValues):
        lines (list[ReadOrderLinesItem] | Unset):
        reason (str | Unset):  Default: ''.
        params (ReadOrderParams | Unset):
    """

    values: ReadOrderValues
    lines: list[ReadOrderLinesItem] | Unset = UNSET
    reason: str | Unset = ""
    params: ReadOrderParams | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        values = self.values.to_dict()

        lines: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.lines, Unset):
            lines = []
            for lines_item_data in self.lines:
                lines_item = lines_item_data.to_dict()
                lines.append(lines_item)

        reason = self.reason

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "values": values,
            }
        )
        if lines is not UNSET:
            field_dict["lines"] = lines
        if reason is not UNSET:
            field_dict["reason"] = reason
        if params is not UNSET:
            field_dict["params"] = params

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.read_order_lines_item import ReadOrderLinesItem  # noqa: PLC0415
        from ..models.read_order_params import ReadOrderParams  # noqa: PLC0415
        from ..models.read_order_values import ReadOrderValues  # noqa: PLC0415

        d = dict(src_dict)
        values = ReadOrderValues.from_dict(d.pop("values"))

        _lines = d.pop("lines", UNSET)
        lines: list[ReadOrderLinesItem] | Unset = UNSET
        if _lines is not UNSET:
            lines = []
            for lines_item_data in _lines:
                lines_item = ReadOrderLinesItem.from_dict(lines_item_data)

                lines.append(lines_item)

        reason = d.pop("reason", UNSET)

        _params = d.pop("params", UNSET)
        params: ReadOrderParams | Unset
        if isinstance(_params, Unset):
            params = UNSET
        else:
            params = ReadOrderParams.from_dict(_params)

        read_order = cls(
            values=values,
            lines=lines,
            reason=reason,
            params=params,
        )

        read_order.additional_properties = d
        return read_order

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
