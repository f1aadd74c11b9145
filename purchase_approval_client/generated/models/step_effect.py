from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.step_effect_process_name import StepEffectProcessName
    from ..models.step_effect_step_name import StepEffectStepName


T = TypeVar("T", bound="StepEffect")


@_attrs_define
class StepEffect:
    """What becomes of a step of a process for what is sent, or asked again, from then on.

    Attributes:
        process (str):
        process_name (StepEffectProcessName):
        process_version (int):
        step (str):
        step_name (StepEffectStepName):
        row (int | None):
        others (int):
        nobody (int):
        people (list[Person]):
    """

    process: str
    process_name: StepEffectProcessName
    process_version: int
    step: str
    step_name: StepEffectStepName
    row: int | None
    others: int
    nobody: int
    people: list[Person]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        process = self.process

        process_name = self.process_name.to_dict()

        process_version = self.process_version

        step = self.step

        step_name = self.step_name.to_dict()

        row: int | None
        row = self.row

        others = self.others

        nobody = self.nobody

        people = []
        for people_item_data in self.people:
            people_item = people_item_data.to_dict()
            people.append(people_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "process": process,
                "process_name": process_name,
                "process_version": process_version,
                "step": step,
                "step_name": step_name,
                "row": row,
                "others": others,
                "nobody": nobody,
                "people": people,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.step_effect_process_name import StepEffectProcessName  # noqa: PLC0415
        from ..models.step_effect_step_name import StepEffectStepName  # noqa: PLC0415

        d = dict(src_dict)
        process = d.pop("process")

        process_name = StepEffectProcessName.from_dict(d.pop("process_name"))

        process_version = d.pop("process_version")

        step = d.pop("step")

        step_name = StepEffectStepName.from_dict(d.pop("step_name"))

        def _parse_row(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        row = _parse_row(d.pop("row"))

        others = d.pop("others")

        nobody = d.pop("nobody")

        people = []
        _people = d.pop("people")
        for people_item_data in _people:
            people_item = Person.from_dict(people_item_data)

            people.append(people_item)

        step_effect = cls(
            process=process,
            process_name=process_name,
            process_version=process_version,
            step=step,
            step_name=step_name,
            row=row,
            others=others,
            nobody=nobody,
            people=people,
        )

        step_effect.additional_properties = d
        return step_effect

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
