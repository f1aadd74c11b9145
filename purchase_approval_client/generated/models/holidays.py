from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.holiday import Holiday


T = TypeVar("T", bound="Holidays")


@_attrs_define
class Holidays:
    """The public holidays of the calendar's country in a year, and the days of weekends that are worked in their stead.

    Attributes:
        year (int):
        country (str):
        holidays (list[Holiday]):
        worked_instead (list[datetime.date]):
    """

    year: int
    country: str
    holidays: list[Holiday]
    worked_instead: list[datetime.date]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        year = self.year

        country = self.country

        holidays = []
        for holidays_item_data in self.holidays:
            holidays_item = holidays_item_data.to_dict()
            holidays.append(holidays_item)

        worked_instead = []
        for worked_instead_item_data in self.worked_instead:
            worked_instead_item = worked_instead_item_data.isoformat()
            worked_instead.append(worked_instead_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "year": year,
                "country": country,
                "holidays": holidays,
                "worked_instead": worked_instead,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.holiday import Holiday  # noqa: PLC0415

        d = dict(src_dict)
        year = d.pop("year")

        country = d.pop("country")

        holidays = []
        _holidays = d.pop("holidays")
        for holidays_item_data in _holidays:
            holidays_item = Holiday.from_dict(holidays_item_data)

            holidays.append(holidays_item)

        worked_instead = []
        _worked_instead = d.pop("worked_instead")
        for worked_instead_item_data in _worked_instead:
            worked_instead_item = datetime.date.fromisoformat(worked_instead_item_data)

            worked_instead.append(worked_instead_item)

        holidays = cls(
            year=year,
            country=country,
            holidays=holidays,
            worked_instead=worked_instead,
        )

        holidays.additional_properties = d
        return holidays

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
