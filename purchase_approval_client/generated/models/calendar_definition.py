from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.own_day import OwnDay
    from ..models.weekly_hours import WeeklyHours


T = TypeVar("T", bound="CalendarDefinition")


@_attrs_define
class CalendarDefinition:
    """When people of the company work. Their own days win over the holidays of the country, and those over the week.

    Attributes:
        weekly_hours (WeeklyHours): When people work in an ordinary week.
        country (str | Unset):  Default: ''.
        own_days (list[OwnDay] | Unset):
    """

    weekly_hours: WeeklyHours
    country: str | Unset = ""
    own_days: list[OwnDay] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        weekly_hours = self.weekly_hours.to_dict()

        country = self.country

        own_days: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.own_days, Unset):
            own_days = []
            for own_days_item_data in self.own_days:
                own_days_item = own_days_item_data.to_dict()
                own_days.append(own_days_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "weekly_hours": weekly_hours,
            }
        )
        if country is not UNSET:
            field_dict["country"] = country
        if own_days is not UNSET:
            field_dict["own_days"] = own_days

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.own_day import OwnDay  # noqa: PLC0415
        from ..models.weekly_hours import WeeklyHours  # noqa: PLC0415

        d = dict(src_dict)
        weekly_hours = WeeklyHours.from_dict(d.pop("weekly_hours"))

        country = d.pop("country", UNSET)

        _own_days = d.pop("own_days", UNSET)
        own_days: list[OwnDay] | Unset = UNSET
        if _own_days is not UNSET:
            own_days = []
            for own_days_item_data in _own_days:
                own_days_item = OwnDay.from_dict(own_days_item_data)

                own_days.append(own_days_item)

        calendar_definition = cls(
            weekly_hours=weekly_hours,
            country=country,
            own_days=own_days,
        )

        return calendar_definition
