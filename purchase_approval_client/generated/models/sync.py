from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.sync_kind import SyncKind, check_sync_kind

T = TypeVar("T", bound="Sync")


@_attrs_define
class Sync:
    """What a pass did, or has done so far.

    Attributes:
        id (UUID):
        kind (SyncKind): What a pass reads.
        begun_at (datetime.datetime):
        ended_at (datetime.datetime | None):
        to_read (int | None):
        read (int):
        made (int):
        changed (int):
        cancelled (int):
        parked (int):
        calls (int):
        trouble (None | str):
        detail (str):
    """

    id: UUID
    kind: SyncKind
    begun_at: datetime.datetime
    ended_at: datetime.datetime | None
    to_read: int | None
    read: int
    made: int
    changed: int
    cancelled: int
    parked: int
    calls: int
    trouble: None | str
    detail: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        kind: str = self.kind

        begun_at = self.begun_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        to_read: int | None
        to_read = self.to_read

        read = self.read

        made = self.made

        changed = self.changed

        cancelled = self.cancelled

        parked = self.parked

        calls = self.calls

        trouble: None | str
        trouble = self.trouble

        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "begun_at": begun_at,
                "ended_at": ended_at,
                "to_read": to_read,
                "read": read,
                "made": made,
                "changed": changed,
                "cancelled": cancelled,
                "parked": parked,
                "calls": calls,
                "trouble": trouble,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        kind = check_sync_kind(d.pop("kind"))

        begun_at = datetime.datetime.fromisoformat(d.pop("begun_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        def _parse_to_read(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        to_read = _parse_to_read(d.pop("to_read"))

        read = d.pop("read")

        made = d.pop("made")

        changed = d.pop("changed")

        cancelled = d.pop("cancelled")

        parked = d.pop("parked")

        calls = d.pop("calls")

        def _parse_trouble(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        trouble = _parse_trouble(d.pop("trouble"))

        detail = d.pop("detail")

        sync = cls(
            id=id,
            kind=kind,
            begun_at=begun_at,
            ended_at=ended_at,
            to_read=to_read,
            read=read,
            made=made,
            changed=changed,
            cancelled=cancelled,
            parked=parked,
            calls=calls,
            trouble=trouble,
            detail=detail,
        )

        sync.additional_properties = d
        return sync

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
