from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="ReturnReason")


@_attrs_define
class ReturnReason:
    """Why somebody returned or rejected a request.

    Attributes:
        request_id (UUID):
        number (str):
        actor (Person): Somebody of the CRM directory.
        at (datetime.datetime):
        ends_run (bool):
        text (str):
    """

    request_id: UUID
    number: str
    actor: Person
    at: datetime.datetime
    ends_run: bool
    text: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = str(self.request_id)

        number = self.number

        actor = self.actor.to_dict()

        at = self.at.isoformat()

        ends_run = self.ends_run

        text = self.text

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "number": number,
                "actor": actor,
                "at": at,
                "ends_run": ends_run,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        request_id = UUID(d.pop("request_id"))

        number = d.pop("number")

        actor = Person.from_dict(d.pop("actor"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        ends_run = d.pop("ends_run")

        text = d.pop("text")

        return_reason = cls(
            request_id=request_id,
            number=number,
            actor=actor,
            at=at,
            ends_run=ends_run,
            text=text,
        )

        return_reason.additional_properties = d
        return return_reason

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
