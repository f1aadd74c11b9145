from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.cumulation_key import CumulationKey, check_cumulation_key
from ..types import UNSET, Unset

T = TypeVar("T", bound="CumulationDefinition")


@_attrs_define
class CumulationDefinition:
    """What is added up, in its form.

    Attributes:
        key (list[CumulationKey]):
        window (None | str | Unset):
    """

    key: list[CumulationKey]
    window: None | str | Unset = UNSET

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

        cumulation_definition = cls(
            key=key,
            window=window,
        )

        return cumulation_definition
