from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.way import Way, check_way

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.person_change_view_fields import PersonChangeViewFields


T = TypeVar("T", bound="PersonChangeView")


@_attrs_define
class PersonChangeView:
    """What was changed of somebody: by field what it was and what it is. `changed_by` is null where nobody has said who it
    was.

        Attributes:
            changed_at (datetime.datetime):
            changed_by (None | Person):
            way (Way): By which way somebody was changed.
            is_new (bool):
            fields (PersonChangeViewFields):
    """

    changed_at: datetime.datetime
    changed_by: None | Person
    way: Way
    is_new: bool
    fields: PersonChangeViewFields
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415

        changed_at = self.changed_at.isoformat()

        changed_by: dict[str, Any] | None
        if isinstance(self.changed_by, Person):
            changed_by = self.changed_by.to_dict()
        else:
            changed_by = self.changed_by

        way: str = self.way

        is_new = self.is_new

        fields = self.fields.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "changed_at": changed_at,
                "changed_by": changed_by,
                "way": way,
                "is_new": is_new,
                "fields": fields,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.person_change_view_fields import PersonChangeViewFields  # noqa: PLC0415

        d = dict(src_dict)
        changed_at = datetime.datetime.fromisoformat(d.pop("changed_at"))

        def _parse_changed_by(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                changed_by_type_0 = Person.from_dict(data)

                return changed_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        changed_by = _parse_changed_by(d.pop("changed_by"))

        way = check_way(d.pop("way"))

        is_new = d.pop("is_new")

        fields = PersonChangeViewFields.from_dict(d.pop("fields"))

        person_change_view = cls(
            changed_at=changed_at,
            changed_by=changed_by,
            way=way,
            is_new=is_new,
            fields=fields,
        )

        person_change_view.additional_properties = d
        return person_change_view

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
