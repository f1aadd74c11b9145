from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="WeeklyHours")


@_attrs_define
class WeeklyHours:
    """When people work in an ordinary week.

    Attributes:
        monday (list[str] | Unset):
        tuesday (list[str] | Unset):
        wednesday (list[str] | Unset):
        thursday (list[str] | Unset):
        friday (list[str] | Unset):
        saturday (list[str] | Unset):
        sunday (list[str] | Unset):
    """

    monday: list[str] | Unset = UNSET
    tuesday: list[str] | Unset = UNSET
    wednesday: list[str] | Unset = UNSET
    thursday: list[str] | Unset = UNSET
    friday: list[str] | Unset = UNSET
    saturday: list[str] | Unset = UNSET
    sunday: list[str] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        monday: list[str] | Unset = UNSET
        if not isinstance(self.monday, Unset):
            monday = self.monday

        tuesday: list[str] | Unset = UNSET
        if not isinstance(self.tuesday, Unset):
            tuesday = self.tuesday

        wednesday: list[str] | Unset = UNSET
        if not isinstance(self.wednesday, Unset):
            wednesday = self.wednesday

        thursday: list[str] | Unset = UNSET
        if not isinstance(self.thursday, Unset):
            thursday = self.thursday

        friday: list[str] | Unset = UNSET
        if not isinstance(self.friday, Unset):
            friday = self.friday

        saturday: list[str] | Unset = UNSET
        if not isinstance(self.saturday, Unset):
            saturday = self.saturday

        sunday: list[str] | Unset = UNSET
        if not isinstance(self.sunday, Unset):
            sunday = self.sunday

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if monday is not UNSET:
            field_dict["monday"] = monday
        if tuesday is not UNSET:
            field_dict["tuesday"] = tuesday
        if wednesday is not UNSET:
            field_dict["wednesday"] = wednesday
        if thursday is not UNSET:
            field_dict["thursday"] = thursday
        if friday is not UNSET:
            field_dict["friday"] = friday
        if saturday is not UNSET:
            field_dict["saturday"] = saturday
        if sunday is not UNSET:
            field_dict["sunday"] = sunday

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        monday = cast(list[str], d.pop("monday", UNSET))

        tuesday = cast(list[str], d.pop("tuesday", UNSET))

        wednesday = cast(list[str], d.pop("wednesday", UNSET))

        thursday = cast(list[str], d.pop("thursday", UNSET))

        friday = cast(list[str], d.pop("friday", UNSET))

        saturday = cast(list[str], d.pop("saturday", UNSET))

        sunday = cast(list[str], d.pop("sunday", UNSET))

        weekly_hours = cls(
            monday=monday,
            tuesday=tuesday,
            wednesday=wednesday,
            thursday=thursday,
            friday=friday,
            saturday=saturday,
            sunday=sunday,
        )

        return weekly_hours
