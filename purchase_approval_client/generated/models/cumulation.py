from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.cumulation_key import CumulationKey, check_cumulation_key
from ..types import UNSET, Unset

T = TypeVar("T", bound="Cumulation")


@_attrs_define
class Cumulation:
    """Live requests with the same key are added up; see approval/cumulation.py.

    Attributes:
        key (list[CumulationKey]):
        window (None | str | Unset):
    """

    key: list[CumulationKey]
    window: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = []
        for key_item_data in self.key:
            key_item: str = key_item_data
            key.append(key_item)

        window: None | str | Unset
        if isinstance(self.window, Unset):
            window = UNSET
        else:
            window = self.window

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
            }
        )
        if window is not UNSET:
            field_dict["window"] = window

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        key = []
        _key = d.pop("key")
        for key_item_data in _key:
            key_item = check_cumulation_key(key_item_data)

            key.append(key_item)

        def _parse_window(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        window = _parse_window(d.pop("window", UNSET))

        cumulation = cls(
            key=key,
            window=window,
        )

        cumulation.additional_properties = d
        return cumulation

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
