from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="OwnDay")


@_attrs_define
class OwnDay:
    """A day of the company's own, whatever else that day is.

    Attributes:
        date (datetime.date):
        hours (list[str] | Unset):
        name (str | Unset):  Default: ''.
    """

    date: datetime.date
    hours: list[str] | Unset = UNSET
    name: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        date = self.date.isoformat()

        hours: list[str] | Unset = UNSET
        if not isinstance(self.hours, Unset):
            hours = self.hours

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "date": date,
            }
        )
        if hours is not UNSET:
            field_dict["hours"] = hours
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        date = datetime.date.fromisoformat(d.pop("date"))

        hours = cast(list[str], d.pop("hours", UNSET))

        name = d.pop("name", UNSET)

        own_day = cls(
            date=date,
            hours=hours,
            name=name,
        )

        return own_day
