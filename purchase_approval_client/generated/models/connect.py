from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Connect")


@_attrs_define
class Connect:
    """The process to connect the CRM to.

    Attributes:
        process_key (str):
    """

    process_key: str

    def to_dict(self) -> dict[str, Any]:
        process_key = self.process_key

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "process_key": process_key,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        process_key = d.pop("process_key")

        connect = cls(
            process_key=process_key,
        )

        return connect
