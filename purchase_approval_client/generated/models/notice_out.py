from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.notice_kind import NoticeKind, check_notice_kind

if TYPE_CHECKING:
    from ..models.notice_out_facts import NoticeOutFacts


T = TypeVar("T", bound="NoticeOut")


@_attrs_define
class NoticeOut:
    """Something that the caller was told. `text` says it in the caller's language, `note` is what somebody said with it.

    Attributes:
        id (UUID):
        kind (NoticeKind): What a notice is about; each person says for each whether, and how soon, it comes by mail.
        type_ (str):
        request_id (None | UUID):
        number (str):
        actor (str):
        text (str):
        note (str):
        facts (NoticeOutFacts):
        at (datetime.datetime):
        read_at (datetime.datetime | None):
    """

    id: UUID
    kind: NoticeKind
    type_: str
    request_id: None | UUID
    number: str
    actor: str
    text: str
    note: str
    facts: NoticeOutFacts
    at: datetime.datetime
    read_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        kind: str = self.kind

        type_ = self.type_

        request_id: None | str
        if isinstance(self.request_id, UUID):
            request_id = str(self.request_id)
        else:
            request_id = self.request_id

        number = self.number

        actor = self.actor

        text = self.text

        note = self.note

        facts = self.facts.to_dict()

        at = self.at.isoformat()

        read_at: None | str
        if isinstance(self.read_at, datetime.datetime):
            read_at = self.read_at.isoformat()
        else:
            read_at = self.read_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "type": type_,
                "request_id": request_id,
                "number": number,
                "actor": actor,
                "text": text,
                "note": note,
                "facts": facts,
                "at": at,
                "read_at": read_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.notice_out_facts import NoticeOutFacts  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        kind = check_notice_kind(d.pop("kind"))

        type_ = d.pop("type")

        def _parse_request_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                request_id_type_0 = UUID(data)

                return request_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        request_id = _parse_request_id(d.pop("request_id"))

        number = d.pop("number")

        actor = d.pop("actor")

        text = d.pop("text")

        note = d.pop("note")

        facts = NoticeOutFacts.from_dict(d.pop("facts"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_read_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                read_at_type_0 = datetime.datetime.fromisoformat(data)

                return read_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        read_at = _parse_read_at(d.pop("read_at"))

        notice_out = cls(
            id=id,
            kind=kind,
            type_=type_,
            request_id=request_id,
            number=number,
            actor=actor,
            text=text,
            note=note,
            facts=facts,
            at=at,
            read_at=read_at,
        )

        notice_out.additional_properties = d
        return notice_out

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
