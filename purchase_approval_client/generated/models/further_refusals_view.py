from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.further_refusals_view_codes import FurtherRefusalsViewCodes
    from ..models.person import Person


T = TypeVar("T", bound="FurtherRefusalsView")


@_attrs_define
class FurtherRefusalsView:
    """Refused attempts of one person that are only counted: how many, by code, and when the last of them was. ``detail``
    says
    it to people. Without an ``actor``: of all who are not known for certain, together.

        Attributes:
            actor (None | Person):
            count (int):
            codes (FurtherRefusalsViewCodes):
            last_at (datetime.datetime):
            detail (str):
    """

    actor: None | Person
    count: int
    codes: FurtherRefusalsViewCodes
    last_at: datetime.datetime
    detail: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415

        actor: dict[str, Any] | None
        if isinstance(self.actor, Person):
            actor = self.actor.to_dict()
        else:
            actor = self.actor

        count = self.count

        codes = self.codes.to_dict()

        last_at = self.last_at.isoformat()

        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "actor": actor,
                "count": count,
                "codes": codes,
                "last_at": last_at,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.further_refusals_view_codes import FurtherRefusalsViewCodes  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_actor(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                actor_type_0 = Person.from_dict(data)

                return actor_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        actor = _parse_actor(d.pop("actor"))

        count = d.pop("count")

        codes = FurtherRefusalsViewCodes.from_dict(d.pop("codes"))

        last_at = datetime.datetime.fromisoformat(d.pop("last_at"))

        detail = d.pop("detail")

        further_refusals_view = cls(
            actor=actor,
            count=count,
            codes=codes,
            last_at=last_at,
            detail=detail,
        )

        further_refusals_view.additional_properties = d
        return further_refusals_view

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
