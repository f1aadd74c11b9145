from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.assignment_state import AssignmentState, check_assignment_state

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.place_step_name import PlaceStepName


T = TypeVar("T", bound="Place")


@_attrs_define
class Place:
    """A place of somebody in a request.

    Attributes:
        request_id (UUID):
        number (str):
        owner (Person): Somebody of the CRM directory.
        step (str):
        step_name (PlaceStepName):
        state (AssignmentState): What became of asking somebody.
        alone (bool):
    """

    request_id: UUID
    number: str
    owner: Person
    step: str
    step_name: PlaceStepName
    state: AssignmentState
    alone: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = str(self.request_id)

        number = self.number

        owner = self.owner.to_dict()

        step = self.step

        step_name = self.step_name.to_dict()

        state: str = self.state

        alone = self.alone

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "number": number,
                "owner": owner,
                "step": step,
                "step_name": step_name,
                "state": state,
                "alone": alone,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.place_step_name import PlaceStepName  # noqa: PLC0415

        d = dict(src_dict)
        request_id = UUID(d.pop("request_id"))

        number = d.pop("number")

        owner = Person.from_dict(d.pop("owner"))

        step = d.pop("step")

        step_name = PlaceStepName.from_dict(d.pop("step_name"))

        state = check_assignment_state(d.pop("state"))

        alone = d.pop("alone")

        place = cls(
            request_id=request_id,
            number=number,
            owner=owner,
            step=step,
            step_name=step_name,
            state=state,
            alone=alone,
        )

        place.additional_properties = d
        return place

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
