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


T = TypeVar("T", bound="WaitingDecision")


@_attrs_define
class WaitingDecision:
    """What somebody has decided and what is kept until the engine has taken it: who, what, when.

    Attributes:
        action (Action): What can be tried on a request; the word on its timeline and notes.
        end (bool):
        step (None | str):
        actor (Person): Somebody of the CRM directory.
        acted_for (None | str):
        note (str):
        at (datetime.datetime):
        takes_effect_at (datetime.datetime | None | Unset):
    """

    action: Action
    end: bool
    step: None | str
    actor: Person
    acted_for: None | str
    note: str
    at: datetime.datetime
    takes_effect_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action: str = self.action

        end = self.end

        step: None | str
        step = self.step

        actor = self.actor.to_dict()

        acted_for: None | str
        acted_for = self.acted_for

        note = self.note

        at = self.at.isoformat()

        takes_effect_at: None | str | Unset
        if isinstance(self.takes_effect_at, Unset):
            takes_effect_at = UNSET
        elif isinstance(self.takes_effect_at, datetime.datetime):
            takes_effect_at = self.takes_effect_at.isoformat()
        else:
            takes_effect_at = self.takes_effect_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "end": end,
                "step": step,
                "actor": actor,
                "acted_for": acted_for,
                "note": note,
                "at": at,
            }
        )
        if takes_effect_at is not UNSET:
            field_dict["takes_effect_at"] = takes_effect_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        action = check_action(d.pop("action"))

        end = d.pop("end")

        def _parse_step(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        step = _parse_step(d.pop("step"))

        actor = Person.from_dict(d.pop("actor"))

        def _parse_acted_for(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        acted_for = _parse_acted_for(d.pop("acted_for"))

        note = d.pop("note")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_takes_effect_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                takes_effect_at_type_0 = datetime.datetime.fromisoformat(data)

                return takes_effect_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        takes_effect_at = _parse_takes_effect_at(d.pop("takes_effect_at", UNSET))

        waiting_decision = cls(
            action=action,
            end=end,
            step=step,
            actor=actor,
            acted_for=acted_for,
            note=note,
            at=at,
            takes_effect_at=takes_effect_at,
        )

        waiting_decision.additional_properties = d
        return waiting_decision

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
