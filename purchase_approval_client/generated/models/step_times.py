from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="StepTimes")


@_attrs_define
class StepTimes:
    """How long a step took, from its opening to its last approval, by the wall clock.

    Attributes:
        n (int):
        median_seconds (float):
        ninety_percent_seconds (float):
    """

    n: int
    median_seconds: float
    ninety_percent_seconds: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        n = self.n

        median_seconds = self.median_seconds

        ninety_percent_seconds = self.ninety_percent_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "n": n,
                "median_seconds": median_seconds,
                "ninety_percent_seconds": ninety_percent_seconds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        n = d.pop("n")

        median_seconds = d.pop("median_seconds")

        ninety_percent_seconds = d.pop("ninety_percent_seconds")

        step_times = cls(
            n=n,
            median_seconds=median_seconds,
            ninety_percent_seconds=ninety_percent_seconds,
        )

        step_times.additional_properties = d
        return step_times

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
