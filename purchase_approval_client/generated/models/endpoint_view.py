from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.endpoint_kind import EndpointKind, check_endpoint_kind
from ..models.endpoint_view_language import EndpointViewLanguage, check_endpoint_view_language
from ..models.off_reason import OffReason, check_off_reason

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="EndpointView")


@_attrs_define
class EndpointView:
    """An endpoint as admins see it.

    Attributes:
        id (UUID):
        kind (EndpointKind): What is at the other end.
        name (str):
        address (str):
        chat_id (str):
        event_types (list[str] | None):
        language (EndpointViewLanguage):
        owner (Person): Somebody of the CRM directory.
        made_at (datetime.datetime):
        enabled (bool):
        off_reason (None | OffReason):
        state_since (datetime.datetime):
        failing_since (datetime.datetime | None):
        previous_secret_until (datetime.datetime | None):
        waiting (int):
    """

    id: UUID
    kind: EndpointKind
    name: str
    address: str
    chat_id: str
    event_types: list[str] | None
    language: EndpointViewLanguage
    owner: Person
    made_at: datetime.datetime
    enabled: bool
    off_reason: None | OffReason
    state_since: datetime.datetime
    failing_since: datetime.datetime | None
    previous_secret_until: datetime.datetime | None
    waiting: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        kind: str = self.kind

        name = self.name

        address = self.address

        chat_id = self.chat_id

        event_types: list[str] | None
        if isinstance(self.event_types, list):
            event_types = self.event_types

        else:
            event_types = self.event_types

        language: str = self.language

        owner = self.owner.to_dict()

        made_at = self.made_at.isoformat()

        enabled = self.enabled

        off_reason: None | str
        if isinstance(self.off_reason, str):
            off_reason = self.off_reason
        else:
            off_reason = self.off_reason

        state_since = self.state_since.isoformat()

        failing_since: None | str
        if isinstance(self.failing_since, datetime.datetime):
            failing_since = self.failing_since.isoformat()
        else:
            failing_since = self.failing_since

        previous_secret_until: None | str
        if isinstance(self.previous_secret_until, datetime.datetime):
            previous_secret_until = self.previous_secret_until.isoformat()
        else:
            previous_secret_until = self.previous_secret_until

        waiting = self.waiting

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "name": name,
                "address": address,
                "chat_id": chat_id,
                "event_types": event_types,
                "language": language,
                "owner": owner,
                "made_at": made_at,
                "enabled": enabled,
                "off_reason": off_reason,
                "state_since": state_since,
                "failing_since": failing_since,
                "previous_secret_until": previous_secret_until,
                "waiting": waiting,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        kind = check_endpoint_kind(d.pop("kind"))

        name = d.pop("name")

        address = d.pop("address")

        chat_id = d.pop("chat_id")

        def _parse_event_types(data: object) -> list[str] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                event_types_type_0 = cast(list[str], data)

                return event_types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None, data)

        event_types = _parse_event_types(d.pop("event_types"))

        language = check_endpoint_view_language(d.pop("language"))

        owner = Person.from_dict(d.pop("owner"))

        made_at = datetime.datetime.fromisoformat(d.pop("made_at"))

        enabled = d.pop("enabled")

        def _parse_off_reason(data: object) -> None | OffReason:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                off_reason_type_0 = check_off_reason(data)

                return off_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OffReason, data)

        off_reason = _parse_off_reason(d.pop("off_reason"))

        state_since = datetime.datetime.fromisoformat(d.pop("state_since"))

        def _parse_failing_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                failing_since_type_0 = datetime.datetime.fromisoformat(data)

                return failing_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        failing_since = _parse_failing_since(d.pop("failing_since"))

        def _parse_previous_secret_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                previous_secret_until_type_0 = datetime.datetime.fromisoformat(data)

                return previous_secret_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        previous_secret_until = _parse_previous_secret_until(d.pop("previous_secret_until"))

        waiting = d.pop("waiting")

        endpoint_view = cls(
            id=id,
            kind=kind,
            name=name,
            address=address,
            chat_id=chat_id,
            event_types=event_types,
            language=language,
            owner=owner,
            made_at=made_at,
            enabled=enabled,
            off_reason=off_reason,
            state_since=state_since,
            failing_since=failing_since,
            previous_secret_until=previous_secret_until,
            waiting=waiting,
        )

        endpoint_view.additional_properties = d
        return endpoint_view

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
