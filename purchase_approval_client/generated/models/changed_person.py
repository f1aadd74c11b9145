from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.person_effects import PersonEffects
    from ..models.person_view import PersonView


T = TypeVar("T", bound="ChangedPerson")


@_attrs_define
class ChangedPerson:
    """Somebody as they are by a change; of a dry run as they would be, with what that would do.

    Attributes:
        person (PersonView): Somebody of the directory. ``away`` are those who decide for them now; ``reports`` counts
            who report to them directly,
            ``waiting`` the decisions that wait on them now.
        dry_run (bool):
        gives_up_admin (bool | Unset):  Default: False.
        effects (None | PersonEffects | Unset):
    """

    person: PersonView
    dry_run: bool
    gives_up_admin: bool | Unset = False
    effects: None | PersonEffects | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person_effects import PersonEffects  # noqa: PLC0415

        person = self.person.to_dict()

        dry_run = self.dry_run

        gives_up_admin = self.gives_up_admin

        effects: dict[str, Any] | None | Unset
        if isinstance(self.effects, Unset):
            effects = UNSET
        elif isinstance(self.effects, PersonEffects):
            effects = self.effects.to_dict()
        else:
            effects = self.effects

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "person": person,
                "dry_run": dry_run,
            }
        )
        if gives_up_admin is not UNSET:
            field_dict["gives_up_admin"] = gives_up_admin
        if effects is not UNSET:
            field_dict["effects"] = effects

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person_effects import PersonEffects  # noqa: PLC0415
        from ..models.person_view import PersonView  # noqa: PLC0415

        d = dict(src_dict)
        person = PersonView.from_dict(d.pop("person"))

        dry_run = d.pop("dry_run")

        gives_up_admin = d.pop("gives_up_admin", UNSET)

        def _parse_effects(data: object) -> None | PersonEffects | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                effects_type_0 = PersonEffects.from_dict(data)

                return effects_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PersonEffects | Unset, data)

        effects = _parse_effects(d.pop("effects", UNSET))

        changed_person = cls(
            person=person,
            dry_run=dry_run,
            gives_up_admin=gives_up_admin,
            effects=effects,
        )

        changed_person.additional_properties = d
        return changed_person

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
