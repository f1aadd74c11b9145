from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ByManagerDefinition")


@_attrs_define
class ByManagerDefinition:
    """The owner's manager, ``manager`` levels up: 1 is the direct manager.

    Attributes:
        manager (int):
    """

    manager: int

    def to_dict(self) -> dict[str, Any]:
        manager = self.manager

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "manager": manager,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        manager = d.pop("manager")

        by_manager_definition = cls(
            manager=manager,
        )

        return by_manager_definition
