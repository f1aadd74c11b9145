from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.delivery_answer import DeliveryAnswer


T = TypeVar("T", bound="Tested")


@_attrs_define
class Tested:
    """What came of trying an endpoint.

    Attributes:
        taken (bool):
        answer (DeliveryAnswer): What came of one try.
    """

    taken: bool
    answer: DeliveryAnswer
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        taken = self.taken

        answer = self.answer.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "taken": taken,
                "answer": answer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.delivery_answer import DeliveryAnswer  # noqa: PLC0415

        d = dict(src_dict)
        taken = d.pop("taken")

        answer = DeliveryAnswer.from_dict(d.pop("answer"))

        tested = cls(
            taken=taken,
            answer=answer,
        )

        tested.additional_properties = d
        return tested

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
