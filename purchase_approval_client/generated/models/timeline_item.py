from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.action import Action, check_action
from ..models.channel import Channel, check_channel
from ..models.hold_choice import HoldChoice, check_hold_choice
from ..models.where import Where, check_where

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.proposed_change import ProposedChange
    from ..models.substituted import Substituted


T = TypeVar("T", bound="TimelineItem")


@_attrs_define
class TimelineItem:
    """One thing that was tried on a request: ``at`` when it was said, ``recorded_at`` when it was written. ``reason`` is
    the
    code of a refusal, ``detail`` says it to people; ``changes`` are what an approval proposed, as in
    ``run.proposed_changes``. ``channel`` is the way by which it was said: ``email`` is a link from a mail, ``signal``
    any
    other client of the engine, and null what nobody knows of any more.

        Attributes:
            at (datetime.datetime):
            recorded_at (datetime.datetime):
            action (Action): What can be tried on a request; the word on its timeline and notes.
            end (bool):
            to (None | str):
            actor (Person): Somebody of the CRM directory.
            acted_for (None | Person):
            whom (None | Person):
            where (None | Where):
            choice (HoldChoice | None):
            substitution (None | Substituted):
            channel (Channel | None):
            step (None | str):
            round_ (int):
            note (str):
            outcome (str):
            reason (None | str):
            detail (None | str):
            changes (list[ProposedChange]):
            command_id (UUID):
    """

    at: datetime.datetime
    recorded_at: datetime.datetime
    action: Action
    end: bool
    to: None | str
    actor: Person
    acted_for: None | Person
    whom: None | Person
    where: None | Where
    choice: HoldChoice | None
    substitution: None | Substituted
    channel: Channel | None
    step: None | str
    round_: int
    note: str
    outcome: str
    reason: None | str
    detail: None | str
    changes: list[ProposedChange]
    command_id: UUID
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.substituted import Substituted  # noqa: PLC0415

        at = self.at.isoformat()

        recorded_at = self.recorded_at.isoformat()

        action: str = self.action

        end = self.end

        to: None | str
        to = self.to

        actor = self.actor.to_dict()

        acted_for: dict[str, Any] | None
        if isinstance(self.acted_for, Person):
            acted_for = self.acted_for.to_dict()
        else:
            acted_for = self.acted_for

        whom: dict[str, Any] | None
        if isinstance(self.whom, Person):
            whom = self.whom.to_dict()
        else:
            whom = self.whom

        where: None | str
        if isinstance(self.where, str):
            where = self.where
        else:
            where = self.where

        choice: None | str
        if isinstance(self.choice, str):
            choice = self.choice
        else:
            choice = self.choice

        substitution: dict[str, Any] | None
        if isinstance(self.substitution, Substituted):
            substitution = self.substitution.to_dict()
        else:
            substitution = self.substitution

        channel: None | str
        if isinstance(self.channel, str):
            channel = self.channel
        else:
            channel = self.channel

        step: None | str
        step = self.step

        round_ = self.round_

        note = self.note

        outcome = self.outcome

        reason: None | str
        reason = self.reason

        detail: None | str
        detail = self.detail

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        command_id = str(self.command_id)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at": at,
                "recorded_at": recorded_at,
                "action": action,
                "end": end,
                "to": to,
                "actor": actor,
                "acted_for": acted_for,
                "whom": whom,
                "where": where,
                "choice": choice,
                "substitution": substitution,
                "channel": channel,
                "step": step,
                "round": round_,
                "note": note,
                "outcome": outcome,
                "reason": reason,
                "detail": detail,
                "changes": changes,
                "command_id": command_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.proposed_change import ProposedChange  # noqa: PLC0415
        from ..models.substituted import Substituted  # noqa: PLC0415

        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        recorded_at = datetime.datetime.fromisoformat(d.pop("recorded_at"))

        action = check_action(d.pop("action"))

        end = d.pop("end")

        def _parse_to(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        to = _parse_to(d.pop("to"))

        actor = Person.from_dict(d.pop("actor"))

        def _parse_acted_for(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                acted_for_type_0 = Person.from_dict(data)

                return acted_for_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        acted_for = _parse_acted_for(d.pop("acted_for"))

        def _parse_whom(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                whom_type_0 = Person.from_dict(data)

                return whom_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        whom = _parse_whom(d.pop("whom"))

        def _parse_where(data: object) -> None | Where:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                where_type_0 = check_where(data)

                return where_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Where, data)

        where = _parse_where(d.pop("where"))

        def _parse_choice(data: object) -> HoldChoice | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                choice_type_0 = check_hold_choice(data)

                return choice_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(HoldChoice | None, data)

        choice = _parse_choice(d.pop("choice"))

        def _parse_substitution(data: object) -> None | Substituted:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                substitution_type_0 = Substituted.from_dict(data)

                return substitution_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Substituted, data)

        substitution = _parse_substitution(d.pop("substitution"))

        def _parse_channel(data: object) -> Channel | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                channel_type_0 = check_channel(data)

                return channel_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Channel | None, data)

        channel = _parse_channel(d.pop("channel"))

        def _parse_step(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        step = _parse_step(d.pop("step"))

        round_ = d.pop("round")

        note = d.pop("note")

        outcome = d.pop("outcome")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        def _parse_detail(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        detail = _parse_detail(d.pop("detail"))

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = ProposedChange.from_dict(changes_item_data)

            changes.append(changes_item)

        command_id = UUID(d.pop("command_id"))

        timeline_item = cls(
            at=at,
            recorded_at=recorded_at,
            action=action,
            end=end,
            to=to,
            actor=actor,
            acted_for=acted_for,
            whom=whom,
            where=where,
            choice=choice,
            substitution=substitution,
            channel=channel,
            step=step,
            round_=round_,
            note=note,
            outcome=outcome,
            reason=reason,
            detail=detail,
            changes=changes,
            command_id=command_id,
        )

        timeline_item.additional_properties = d
        return timeline_item

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
