from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.band import Band


T = TypeVar("T", bound="AgeingReport")


@_attrs_define
class AgeingReport:
    """Requests in progress, by how long ago they were sent, and by how late a decision is.

    Attributes:
        requests (int):
        bands (list[Band]):
        late (int):
        late_bands (list[Band]):
        counted_at (datetime.datetime | None | Unset):
    """

    requests: int
    bands: list[Band]
    late: int
    late_bands: list[Band]
    counted_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        requests = self.requests

        bands = []
        for bands_item_data in self.bands:
            bands_item = bands_item_data.to_dict()
            bands.append(bands_item)

        late = self.late

        late_bands = []
        for late_bands_item_data in self.late_bands:
            late_bands_item = late_bands_item_data.to_dict()
            late_bands.append(late_bands_item)

        counted_at: None | str | Unset
        if isinstance(self.counted_at, Unset):
            counted_at = UNSET
        elif isinstance(self.counted_at, datetime.datetime):
            counted_at = self.counted_at.isoformat()
        else:
            counted_at = self.counted_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "requests": requests,
                "bands": bands,
                "late": late,
                "late_bands": late_bands,
            }
        )
        if counted_at is not UNSET:
            field_dict["counted_at"] = counted_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.band import Band  # noqa: PLC0415

        d = dict(src_dict)
        requests = d.pop("requests")

        bands = []
        _bands = d.pop("bands")
        for bands_item_data in _bands:
            bands_item = Band.from_dict(bands_item_data)

            bands.append(bands_item)

        late = d.pop("late")

        late_bands = []
        _late_bands = d.pop("late_bands")
        for late_bands_item_data in _late_bands:
            late_bands_item = Band.from_dict(late_bands_item_data)

            late_bands.append(late_bands_item)

        def _parse_counted_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                counted_at_type_0 = datetime.datetime.fromisoformat(data)

                return counted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        counted_at = _parse_counted_at(d.pop("counted_at", UNSET))

        ageing_report = cls(
            requests=requests,
            bands=bands,
            late=late,
            late_bands=late_bands,
            counted_at=counted_at,
        )

        ageing_report.additional_properties = d
        return ageing_report

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
