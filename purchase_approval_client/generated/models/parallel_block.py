from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.parallel_block_name import ParallelBlockName
    from ..models.process_step import ProcessStep


T = TypeVar("T", bound="ParallelBlock")


@_attrs_define
class ParallelBlock:
    """Steps that are open at the same time; all must be approved before what follows.

    Attributes:
        kind (Literal['parallel']):
        key (str):
        name (ParallelBlockName):
        steps (list[ProcessStep]):
    """

    kind: Literal["parallel"]
    key: str
    name: ParallelBlockName
    steps: list[ProcessStep]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        key = self.key

        name = self.name.to_dict()

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "key": key,
                "name": name,
                "steps": steps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.parallel_block_name import ParallelBlockName  # noqa: PLC0415
        from ..models.process_step import ProcessStep  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["parallel"], d.pop("kind"))
        if kind != "parallel":
            raise ValueError(f"kind must match const 'parallel', got '{kind}'")

        key = d.pop("key")

        name = ParallelBlockName.from_dict(d.pop("name"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = ProcessStep.from_dict(steps_item_data)

            steps.append(steps_item)

        parallel_block = cls(
            kind=kind,
            key=key,
            name=name,
            steps=steps,
        )

        parallel_block.additional_properties = d
        return parallel_block

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
