from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.own_day import OwnDay
    from ..models.person import Person
    from ..models.weekly_hours import WeeklyHours


T = TypeVar("T", bound="Calendar")


@_attrs_define
class Calendar:
    """The business calendar. ``version`` is 0, and nobody has changed it, while it is that of the settings.

    Attributes:
        version (int):
        weekly_hours (WeeklyHours): When people work in an ordinary week.
        country (str):
        own_days (list[OwnDay]):
        changed_by (None | Person):
        changed_at (datetime.datetime | None):
    """

    version: int
    weekly_hours: WeeklyHours
    country: str
    own_days: list[OwnDay]
    changed_by: None | Person
    changed_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415

        version = self.version

        weekly_hours = self.weekly_hours.to_dict()

        country = self.country

        own_days = []
        for own_days_item_data in self.own_days:
            own_days_item = own_days_item_data.to_dict()
            own_days.append(own_days_item)

        changed_by: dict[str, Any] | None
        if isinstance(self.changed_by, Person):
            changed_by = self.changed_by.to_dict()
        else:
            changed_by = self.changed_by

        changed_at: None | str
        if isinstance(self.changed_at, datetime.datetime):
            changed_at = self.changed_at.isoformat()
        else:
            changed_at = self.changed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "version": version,
                "weekly_hours": weekly_hours,
                "country": country,
                "own_days": own_days,
                "changed_by": changed_by,
                "changed_at": changed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.own_day import OwnDay  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415
        from ..models.weekly_hours import WeeklyHours  # noqa: PLC0415

        d = dict(src_dict)
        version = d.pop("version")

        weekly_hours = WeeklyHours.from_dict(d.pop("weekly_hours"))

        country = d.pop("country")

        own_days = []
        _own_days = d.pop("own_days")
        for own_days_item_data in _own_days:
            own_days_item = OwnDay.from_dict(own_days_item_data)

            own_days.append(own_days_item)

        def _parse_changed_by(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                changed_by_type_0 = Person.from_dict(data)

                return changed_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        changed_by = _parse_changed_by(d.pop("changed_by"))

        def _parse_changed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                changed_at_type_0 = datetime.datetime.fromisoformat(data)

                return changed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        changed_at = _parse_changed_at(d.pop("changed_at"))

        calendar = cls(
            version=version,
            weekly_hours=weekly_hours,
            country=country,
            own_days=own_days,
            changed_by=changed_by,
            changed_at=changed_at,
        )

        calendar.additional_properties = d
        return calendar

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
