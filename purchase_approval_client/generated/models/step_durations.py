from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="StepDurations")


@_attrs_define
class StepDurations:
    """How long a step of a process takes.

    Attributes:
        process (str):
        process_name (str):
        step (str):
        name (str):
        decided (int):
        median_seconds (int | None):
        ninety_percent_seconds (int | None):
        waited_seconds (int):
        waiting (int):
    """

    process: str
    process_name: str
    step: str
    name: str
    decided: int
    median_seconds: int | None
    ninety_percent_seconds: int | None
    waited_seconds: int
    waiting: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        process = self.process

        process_name = self.process_name

        step = self.step

        name = self.name

        decided = self.decided

        median_seconds: int | None
        median_seconds = self.median_seconds

        ninety_percent_seconds: int | None
        ninety_percent_seconds = self.ninety_percent_seconds

        waited_seconds = self.waited_seconds

        waiting = self.waiting

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "process": process,
                "process_name": process_name,
                "step": step,
                "name": name,
                "decided": decided,
                "median_seconds": median_seconds,
                "ninety_percent_seconds": ninety_percent_seconds,
                "waited_seconds": waited_seconds,
                "waiting": waiting,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        process = d.pop("process")

        process_name = d.pop("process_name")

        step = d.pop("step")

        name = d.pop("name")

        decided = d.pop("decided")

        def _parse_median_seconds(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        median_seconds = _parse_median_seconds(d.pop("median_seconds"))

        def _parse_ninety_percent_seconds(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        ninety_percent_seconds = _parse_ninety_percent_seconds(d.pop("ninety_percent_seconds"))

        waited_seconds = d.pop("waited_seconds")

        waiting = d.pop("waiting")

        step_durations = cls(
            process=process,
            process_name=process_name,
            step=step,
            name=name,
            decided=decided,
            median_seconds=median_seconds,
            ninety_percent_seconds=ninety_percent_seconds,
            waited_seconds=waited_seconds,
            waiting=waiting,
        )

        step_durations.additional_properties = d
        return step_durations

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
