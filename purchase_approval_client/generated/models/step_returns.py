from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="StepReturns")


@_attrs_define
class StepReturns:
    """What went back from a step of a process.

    Attributes:
        process (str):
        process_name (str):
        step (str):
        name (str):
        returned (int):
        sent_back (int):
        rejected (int):
    """

    process: str
    process_name: str
    step: str
    name: str
    returned: int
    sent_back: int
    rejected: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        process = self.process

        process_name = self.process_name

        step = self.step

        name = self.name

        returned = self.returned

        sent_back = self.sent_back

        rejected = self.rejected

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "process": process,
                "process_name": process_name,
                "step": step,
                "name": name,
                "returned": returned,
                "sent_back": sent_back,
                "rejected": rejected,
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

        returned = d.pop("returned")

        sent_back = d.pop("sent_back")

        rejected = d.pop("rejected")

        step_returns = cls(
            process=process,
            process_name=process_name,
            step=step,
            name=name,
            returned=returned,
            sent_back=sent_back,
            rejected=rejected,
        )

        step_returns.additional_properties = d
        return step_returns

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
