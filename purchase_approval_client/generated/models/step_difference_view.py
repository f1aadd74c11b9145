from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.step_change import StepChange, check_step_change

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="StepDifferenceView")


@_attrs_define
class StepDifferenceView:
    """A step that differs, and who is asked in it who was not, and the other way round.

    Attributes:
        key (str):
        name (str):
        change (StepChange): What becomes of a step.
        added (list[Person]):
        gone (list[Person]):
        other_votes (bool):
    """

    key: str
    name: str
    change: StepChange
    added: list[Person]
    gone: list[Person]
    other_votes: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        name = self.name

        change: str = self.change

        added = []
        for added_item_data in self.added:
            added_item = added_item_data.to_dict()
            added.append(added_item)

        gone = []
        for gone_item_data in self.gone:
            gone_item = gone_item_data.to_dict()
            gone.append(gone_item)

        other_votes = self.other_votes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "change": change,
                "added": added,
                "gone": gone,
                "other_votes": other_votes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = d.pop("name")

        change = check_step_change(d.pop("change"))

        added = []
        _added = d.pop("added")
        for added_item_data in _added:
            added_item = Person.from_dict(added_item_data)

            added.append(added_item)

        gone = []
        _gone = d.pop("gone")
        for gone_item_data in _gone:
            gone_item = Person.from_dict(gone_item_data)

            gone.append(gone_item)

        other_votes = d.pop("other_votes")

        step_difference_view = cls(
            key=key,
            name=name,
            change=change,
            added=added,
            gone=gone,
            other_votes=other_votes,
        )

        step_difference_view.additional_properties = d
        return step_difference_view

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
