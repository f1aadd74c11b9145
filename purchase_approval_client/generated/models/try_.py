from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Try")


@_attrs_define
class Try:
    """On how many requests.

    Attributes:
        last (int | Unset):  Default: 200.
    """

    last: int | Unset = 200

    def to_dict(self) -> dict[str, Any]:
        last = self.last

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if last is not UNSET:
            field_dict["last"] = last

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        last = d.pop("last", UNSET)

        try_ = cls(
            last=last,
        )

        return try_
