from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.effect_said import EffectSaid
    from ..models.hanging import Hanging
    from ..models.place import Place
    from ..models.step_effect import StepEffect


T = TypeVar("T", bound="PersonEffects")


@_attrs_define
class PersonEffects:
    """What a change would do. `places` are the first decisions that wait on the person, or will; `steps` are those of the
    processes
    in use that would ask others, or have too few, for what is sent or asked again from then on.

        Attributes:
            hanging (Hanging): What hangs on somebody now.
            places (list[Place]):
            steps (list[StepEffect]):
            says (list[EffectSaid]):
    """

    hanging: Hanging
    places: list[Place]
    steps: list[StepEffect]
    says: list[EffectSaid]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        hanging = self.hanging.to_dict()

        places = []
        for places_item_data in self.places:
            places_item = places_item_data.to_dict()
            places.append(places_item)

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        says = []
        for says_item_data in self.says:
            says_item = says_item_data.to_dict()
            says.append(says_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "hanging": hanging,
                "places": places,
                "steps": steps,
                "says": says,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.effect_said import EffectSaid  # noqa: PLC0415
        from ..models.hanging import Hanging  # noqa: PLC0415
        from ..models.place import Place  # noqa: PLC0415
        from ..models.step_effect import StepEffect  # noqa: PLC0415

        d = dict(src_dict)
        hanging = Hanging.from_dict(d.pop("hanging"))

        places = []
        _places = d.pop("places")
        for places_item_data in _places:
            places_item = Place.from_dict(places_item_data)

            places.append(places_item)

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = StepEffect.from_dict(steps_item_data)

            steps.append(steps_item)

        says = []
        _says = d.pop("says")
        for says_item_data in _says:
            says_item = EffectSaid.from_dict(says_item_data)

            says.append(says_item)

        person_effects = cls(
            hanging=hanging,
            places=places,
            steps=steps,
            says=says,
        )

        person_effects.additional_properties = d
        return person_effects

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
