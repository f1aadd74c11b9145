from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.action import Action, check_action
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="NoteRecord")


@_attrs_define
class NoteRecord:
    """A note of the request (Ghi chú).

    Attributes:
        action (Action): What can be tried on a request; the word on its timeline and notes.
        end (bool):
        text (str):
        actor (Person): Somebody of the CRM directory.
        at (datetime.datetime):
        by_line (bool | Unset):  Default: False.
        acted_for (None | Person | Unset):
    """

    action: Action
    end: bool
    text: str
    actor: Person
    at: datetime.datetime
    by_line: bool | Unset = False
    acted_for: None | Person | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415

        action: str = self.action

        end = self.end

        text = self.text

        actor = self.actor.to_dict()

        at = self.at.isoformat()

        by_line = self.by_line

        acted_for: dict[str, Any] | None | Unset
        if isinstance(self.acted_for, Unset):
            acted_for = UNSET
        elif isinstance(self.acted_for, Person):
            acted_for = self.acted_for.to_dict()
        else:
            acted_for = self.acted_for

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "end": end,
                "text": text,
                "actor": actor,
                "at": at,
            }
        )
        if by_line is not UNSET:
            field_dict["by_line"] = by_line
        if acted_for is not UNSET:
            field_dict["acted_for"] = acted_for

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        action = check_action(d.pop("action"))

        end = d.pop("end")

        text = d.pop("text")

        actor = Person.from_dict(d.pop("actor"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        by_line = d.pop("by_line", UNSET)

        def _parse_acted_for(data: object) -> None | Person | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                acted_for_type_0 = Person.from_dict(data)

                return acted_for_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person | Unset, data)

        acted_for = _parse_acted_for(d.pop("acted_for", UNSET))

        note_record = cls(
            action=action,
            end=end,
            text=text,
            actor=actor,
            at=at,
            by_line=by_line,
            acted_for=acted_for,
        )

        note_record.additional_properties = d
        return note_record

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
