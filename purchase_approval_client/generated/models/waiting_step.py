from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.step_times import StepTimes


T = TypeVar("T", bound="WaitingStep")


@_attrs_define
class WaitingStep:
    """An open step: who can decide it, how many approvals it still needs, and how long it took other requests.

    Attributes:
        key (str):
        name (str):
        people (list[Person]):
        votes_missing (int):
        left (list[Person]):
        is_stuck (bool):
        usually (None | StepTimes):
    """

    key: str
    name: str
    people: list[Person]
    votes_missing: int
    left: list[Person]
    is_stuck: bool
    usually: None | StepTimes
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.step_times import StepTimes  # noqa: PLC0415

        key = self.key

        name = self.name

        people = []
        for people_item_data in self.people:
            people_item = people_item_data.to_dict()
            people.append(people_item)

        votes_missing = self.votes_missing

        left = []
        for left_item_data in self.left:
            left_item = left_item_data.to_dict()
            left.append(left_item)

        is_stuck = self.is_stuck

        usually: dict[str, Any] | None
        if isinstance(self.usually, StepTimes):
            usually = self.usually.to_dict()
        else:
            usually = self.usually

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "people": people,
                "votes_missing": votes_missing,
                "left": left,
                "is_stuck": is_stuck,
                "usually": usually,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.step_times import StepTimes  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = d.pop("name")

        people = []
        _people = d.pop("people")
        for people_item_data in _people:
            people_item = Person.from_dict(people_item_data)

            people.append(people_item)

        votes_missing = d.pop("votes_missing")

        left = []
        _left = d.pop("left")
        for left_item_data in _left:
            left_item = Person.from_dict(left_item_data)

            left.append(left_item)

        is_stuck = d.pop("is_stuck")

        def _parse_usually(data: object) -> None | StepTimes:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                usually_type_0 = StepTimes.from_dict(data)

                return usually_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StepTimes, data)

        usually = _parse_usually(d.pop("usually"))

        waiting_step = cls(
            key=key,
            name=name,
            people=people,
            votes_missing=votes_missing,
            left=left,
            is_stuck=is_stuck,
            usually=usually,
        )

        waiting_step.additional_properties = d
        return waiting_step

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
