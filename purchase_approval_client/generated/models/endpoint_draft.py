from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.endpoint_draft_language import EndpointDraftLanguage, check_endpoint_draft_language
from ..models.endpoint_kind import EndpointKind, check_endpoint_kind
from ..models.event_type import EventType, check_event_type
from ..types import UNSET, Unset

T = TypeVar("T", bound="EndpointDraft")


@_attrs_define
class EndpointDraft:
    """An endpoint to be made. Left out, ``event_types`` are all; ``chat_id`` is for Zalo alone, ``language`` for chats.

    Attributes:
        kind (EndpointKind): What is at the other end.
        name (str):
        address (str):
        chat_id (str | Unset):  Default: ''.
        event_types (list[EventType] | None | Unset):
        language (EndpointDraftLanguage | Unset):  Default: 'vi'.
    """

    kind: EndpointKind
    name: str
    address: str
    chat_id: str | Unset = ""
    event_types: list[EventType] | None | Unset = UNSET
    language: EndpointDraftLanguage | Unset = "vi"

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        name = self.name

        address = self.address

        chat_id = self.chat_id

        event_types: list[str] | None | Unset
        if isinstance(self.event_types, Unset):
            event_types = UNSET
        elif isinstance(self.event_types, list):
            event_types = []
            for event_types_type_0_item_data in self.event_types:
                event_types_type_0_item: str = event_types_type_0_item_data
                event_types.append(event_types_type_0_item)

        else:
            event_types = self.event_types

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "kind": kind,
                "name": name,
                "address": address,
            }
        )
        if chat_id is not UNSET:
            field_dict["chat_id"] = chat_id
        if event_types is not UNSET:
            field_dict["event_types"] = event_types
        if language is not UNSET:
            field_dict["language"] = language

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kind = check_endpoint_kind(d.pop("kind"))

        name = d.pop("name")

        address = d.pop("address")

        chat_id = d.pop("chat_id", UNSET)

        def _parse_event_types(data: object) -> list[EventType] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                event_types_type_0 = []
                _event_types_type_0 = data
                for event_types_type_0_item_data in _event_types_type_0:
                    event_types_type_0_item = check_event_type(event_types_type_0_item_data)

                    event_types_type_0.append(event_types_type_0_item)

                return event_types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[EventType] | None | Unset, data)

        event_types = _parse_event_types(d.pop("event_types", UNSET))

        _language = d.pop("language", UNSET)
        language: EndpointDraftLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = check_endpoint_draft_language(_language)

        endpoint_draft = cls(
            kind=kind,
            name=name,
            address=address,
            chat_id=chat_id,
            event_types=event_types,
            language=language,
        )

        return endpoint_draft
