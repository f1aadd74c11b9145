from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.waits_for import WaitsFor, check_waits_for
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.waiting_step import WaitingStep


T = TypeVar("T", bound="Outlook")


@_attrs_define
class Outlook:
    """What is next.

    Attributes:
        waits_for (WaitsFor): Who or what must do something next.
        steps (list[WaitingStep] | Unset):
        then (list[str] | Unset):
    """

    waits_for: WaitsFor
    steps: list[WaitingStep] | Unset = UNSET
    then: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        waits_for: str = self.waits_for

        steps: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.steps, Unset):
            steps = []
            for steps_item_data in self.steps:
                steps_item = steps_item_data.to_dict()
                steps.append(steps_item)

        then: list[str] | Unset = UNSET
        if not isinstance(self.then, Unset):
            then = self.then

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "waits_for": waits_for,
            }
        )
        if steps is not UNSET:
            field_dict["steps"] = steps
        if then is not UNSET:
            field_dict["then"] = then

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.waiting_step import WaitingStep  # noqa: PLC0415

        d = dict(src_dict)
        waits_for = check_waits_for(d.pop("waits_for"))

        _steps = d.pop("steps", UNSET)
        steps: list[WaitingStep] | Unset = UNSET
        if _steps is not UNSET:
            steps = []
            for steps_item_data in _steps:
                steps_item = WaitingStep.from_dict(steps_item_data)

                steps.append(steps_item)

        then = cast(list[str], d.pop("then", UNSET))

        outlook = cls(
            waits_for=waits_for,
            steps=steps,
            then=then,
        )

        outlook.additional_properties = d
        return outlook

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
