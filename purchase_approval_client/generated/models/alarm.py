from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.alarm_kind import AlarmKind, check_alarm_kind
from ..types import UNSET, Unset

T = TypeVar("T", bound="Alarm")


@_attrs_define
class Alarm:
    """Something that the clock does at a time, once: ``done_at`` says that it has.

    Attributes:
        kind (AlarmKind): What the clock does.
        at (datetime.datetime):
        stage (int | Unset):  Default: 0.
        done_at (datetime.datetime | None | Unset):
    """

    kind: AlarmKind
    at: datetime.datetime
    stage: int | Unset = 0
    done_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        at = self.at.isoformat()

        stage = self.stage

        done_at: None | str | Unset
        if isinstance(self.done_at, Unset):
            done_at = UNSET
        elif isinstance(self.done_at, datetime.datetime):
            done_at = self.done_at.isoformat()
        else:
            done_at = self.done_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "at": at,
            }
        )
        if stage is not UNSET:
            field_dict["stage"] = stage
        if done_at is not UNSET:
            field_dict["done_at"] = done_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kind = check_alarm_kind(d.pop("kind"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        stage = d.pop("stage", UNSET)

        def _parse_done_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                done_at_type_0 = datetime.datetime.fromisoformat(data)

                return done_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        done_at = _parse_done_at(d.pop("done_at", UNSET))

        alarm = cls(
            kind=kind,
            at=at,
            stage=stage,
            done_at=done_at,
        )

        alarm.additional_properties = d
        return alarm

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
