from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="SyncOrder")


@_attrs_define
class SyncOrder:
    """What is to be read: what has changed, or everything, so that what is gone is noticed.

    Attributes:
        everything (bool | Unset):  Default: False.
    """

    everything: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        everything = self.everything

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if everything is not UNSET:
            field_dict["everything"] = everything

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        everything = d.pop("everything", UNSET)

        sync_order = cls(
            everything=everything,
        )

        return sync_order
