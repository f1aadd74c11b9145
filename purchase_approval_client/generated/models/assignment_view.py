from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.assignment_state import AssignmentState, check_assignment_state
from ..models.channel import Channel, check_channel
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.alarm_view import AlarmView
    from ..models.person import Person


T = TypeVar("T", bound="AssignmentView")


@_attrs_define
class AssignmentView:
    """One person's place in a step.

    Attributes:
        id (UUID):
        person (Person): Somebody of the CRM directory.
        state (AssignmentState): What became of asking somebody.
        opened_at (datetime.datetime | None):
        due_at (datetime.datetime | None):
        closed_at (datetime.datetime | None):
        acted_by (None | str):
        channel (Channel | None):
        why (str):
        escalated_from (None | Unset | UUID):
        reminded (list[datetime.datetime] | Unset):
        upcoming (list[AlarmView] | Unset):
        substitution_id (None | Unset | UUID):
        forwarded_from (None | Unset | UUID):
        added_by (None | str | Unset):
        heard_before (None | Unset | UUID):
        clock_stands_since (datetime.datetime | None | Unset):
    """

    id: UUID
    person: Person
    state: AssignmentState
    opened_at: datetime.datetime | None
    due_at: datetime.datetime | None
    closed_at: datetime.datetime | None
    acted_by: None | str
    channel: Channel | None
    why: str
    escalated_from: None | Unset | UUID = UNSET
    reminded: list[datetime.datetime] | Unset = UNSET
    upcoming: list[AlarmView] | Unset = UNSET
    substitution_id: None | Unset | UUID = UNSET
    forwarded_from: None | Unset | UUID = UNSET
    added_by: None | str | Unset = UNSET
    heard_before: None | Unset | UUID = UNSET
    clock_stands_since: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        person = self.person.to_dict()

        state: str = self.state

        opened_at: None | str
        if isinstance(self.opened_at, datetime.datetime):
            opened_at = self.opened_at.isoformat()
        else:
            opened_at = self.opened_at

        due_at: None | str
        if isinstance(self.due_at, datetime.datetime):
            due_at = self.due_at.isoformat()
        else:
            due_at = self.due_at

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        acted_by: None | str
        acted_by = self.acted_by

        channel: None | str
        if isinstance(self.channel, str):
            channel = self.channel
        else:
            channel = self.channel

        why = self.why

        escalated_from: None | str | Unset
        if isinstance(self.escalated_from, Unset):
            escalated_from = UNSET
        elif isinstance(self.escalated_from, UUID):
            escalated_from = str(self.escalated_from)
        else:
            escalated_from = self.escalated_from

        reminded: list[str] | Unset = UNSET
        if not isinstance(self.reminded, Unset):
            reminded = []
            for reminded_item_data in self.reminded:
                reminded_item = reminded_item_data.isoformat()
                reminded.append(reminded_item)

        upcoming: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.upcoming, Unset):
            upcoming = []
            for upcoming_item_data in self.upcoming:
                upcoming_item = upcoming_item_data.to_dict()
                upcoming.append(upcoming_item)

        substitution_id: None | str | Unset
        if isinstance(self.substitution_id, Unset):
            substitution_id = UNSET
        elif isinstance(self.substitution_id, UUID):
            substitution_id = str(self.substitution_id)
        else:
            substitution_id = self.substitution_id

        forwarded_from: None | str | Unset
        if isinstance(self.forwarded_from, Unset):
            forwarded_from = UNSET
        elif isinstance(self.forwarded_from, UUID):
            forwarded_from = str(self.forwarded_from)
        else:
            forwarded_from = self.forwarded_from

        added_by: None | str | Unset
        if isinstance(self.added_by, Unset):
            added_by = UNSET
        else:
            added_by = self.added_by

        heard_before: None | str | Unset
        if isinstance(self.heard_before, Unset):
            heard_before = UNSET
        elif isinstance(self.heard_before, UUID):
            heard_before = str(self.heard_before)
        else:
            heard_before = self.heard_before

        clock_stands_since: None | str | Unset
        if isinstance(self.clock_stands_since, Unset):
            clock_stands_since = UNSET
        elif isinstance(self.clock_stands_since, datetime.datetime):
            clock_stands_since = self.clock_stands_since.isoformat()
        else:
            clock_stands_since = self.clock_stands_since

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "person": person,
                "state": state,
                "opened_at": opened_at,
                "due_at": due_at,
                "closed_at": closed_at,
                "acted_by": acted_by,
                "channel": channel,
                "why": why,
            }
        )
        if escalated_from is not UNSET:
            field_dict["escalated_from"] = escalated_from
        if reminded is not UNSET:
            field_dict["reminded"] = reminded
        if upcoming is not UNSET:
            field_dict["upcoming"] = upcoming
        if substitution_id is not UNSET:
            field_dict["substitution_id"] = substitution_id
        if forwarded_from is not UNSET:
            field_dict["forwarded_from"] = forwarded_from
        if added_by is not UNSET:
            field_dict["added_by"] = added_by
        if heard_before is not UNSET:
            field_dict["heard_before"] = heard_before
        if clock_stands_since is not UNSET:
            field_dict["clock_stands_since"] = clock_stands_since

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.alarm_view import AlarmView  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        person = Person.from_dict(d.pop("person"))

        state = check_assignment_state(d.pop("state"))

        def _parse_opened_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                opened_at_type_0 = datetime.datetime.fromisoformat(data)

                return opened_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        opened_at = _parse_opened_at(d.pop("opened_at"))

        def _parse_due_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_at_type_0 = datetime.datetime.fromisoformat(data)

                return due_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        due_at = _parse_due_at(d.pop("due_at"))

        def _parse_closed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_at_type_0 = datetime.datetime.fromisoformat(data)

                return closed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        closed_at = _parse_closed_at(d.pop("closed_at"))

        def _parse_acted_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        acted_by = _parse_acted_by(d.pop("acted_by"))

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

        why = d.pop("why")

        def _parse_escalated_from(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                escalated_from_type_0 = UUID(data)

                return escalated_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        escalated_from = _parse_escalated_from(d.pop("escalated_from", UNSET))

        _reminded = d.pop("reminded", UNSET)
        reminded: list[datetime.datetime] | Unset = UNSET
        if _reminded is not UNSET:
            reminded = []
            for reminded_item_data in _reminded:
                reminded_item = datetime.datetime.fromisoformat(reminded_item_data)

                reminded.append(reminded_item)

        _upcoming = d.pop("upcoming", UNSET)
        upcoming: list[AlarmView] | Unset = UNSET
        if _upcoming is not UNSET:
            upcoming = []
            for upcoming_item_data in _upcoming:
                upcoming_item = AlarmView.from_dict(upcoming_item_data)

                upcoming.append(upcoming_item)

        def _parse_substitution_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                substitution_id_type_0 = UUID(data)

                return substitution_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        substitution_id = _parse_substitution_id(d.pop("substitution_id", UNSET))

        def _parse_forwarded_from(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                forwarded_from_type_0 = UUID(data)

                return forwarded_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        forwarded_from = _parse_forwarded_from(d.pop("forwarded_from", UNSET))

        def _parse_added_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        added_by = _parse_added_by(d.pop("added_by", UNSET))

        def _parse_heard_before(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                heard_before_type_0 = UUID(data)

                return heard_before_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        heard_before = _parse_heard_before(d.pop("heard_before", UNSET))

        def _parse_clock_stands_since(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                clock_stands_since_type_0 = datetime.datetime.fromisoformat(data)

                return clock_stands_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        clock_stands_since = _parse_clock_stands_since(d.pop("clock_stands_since", UNSET))

        assignment_view = cls(
            id=id,
            person=person,
            state=state,
            opened_at=opened_at,
            due_at=due_at,
            closed_at=closed_at,
            acted_by=acted_by,
            channel=channel,
            why=why,
            escalated_from=escalated_from,
            reminded=reminded,
            upcoming=upcoming,
            substitution_id=substitution_id,
            forwarded_from=forwarded_from,
            added_by=added_by,
            heard_before=heard_before,
            clock_stands_since=clock_stands_since,
        )

        assignment_view.additional_properties = d
        return assignment_view

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
