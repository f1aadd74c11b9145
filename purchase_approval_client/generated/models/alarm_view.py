from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.alarm_kind import AlarmKind, check_alarm_kind

T = TypeVar("T", bound="AlarmView")


@_attrs_define
class AlarmView:
    """Something that the clock will do.

    Attributes:
        kind (AlarmKind): What the clock does.
        at (datetime.datetime):
    """

    kind: AlarmKind
    at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        at = self.at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "at": at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kind = check_alarm_kind(d.pop("kind"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        alarm_view = cls(
            kind=kind,
            at=at,
        )

        alarm_view.additional_properties = d
        return alarm_view

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
