from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.block_definition_name import BlockDefinitionName
    from ..models.step_definition import StepDefinition


T = TypeVar("T", bound="BlockDefinition")


@_attrs_define
class BlockDefinition:
    """Steps that are open at the same time, in their form.

    Attributes:
        kind (Literal['parallel']):
        key (str):
        name (BlockDefinitionName):
        steps (list[StepDefinition]):
    """

    kind: Literal["parallel"]
    key: str
    name: BlockDefinitionName
    steps: list[StepDefinition]

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        key = self.key

        name = self.name.to_dict()

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        field_dict: dict[str, Any] = {}

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
        from ..models.block_definition_name import BlockDefinitionName  # noqa: PLC0415
        from ..models.step_definition import StepDefinition  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["parallel"], d.pop("kind"))
        if kind != "parallel":
            raise ValueError(f"kind must match const 'parallel', got '{kind}'")

        key = d.pop("key")

        name = BlockDefinitionName.from_dict(d.pop("name"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = StepDefinition.from_dict(steps_item_data)

            steps.append(steps_item)

        block_definition = cls(
            kind=kind,
            key=key,
            name=name,
            steps=steps,
        )

        return block_definition
