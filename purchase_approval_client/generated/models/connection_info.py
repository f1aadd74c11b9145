from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ConnectionInfo")


@_attrs_define
class ConnectionInfo:
    """The link between the CRM and a process; all None when there is none.

    Attributes:
        connected (bool):
        process_key (None | str | Unset):
        process_version (int | None | Unset):
        connected_by (None | str | Unset):
        connected_at (datetime.datetime | None | Unset):
    """

    connected: bool
    process_key: None | str | Unset = UNSET
    process_version: int | None | Unset = UNSET
    connected_by: None | str | Unset = UNSET
    connected_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        connected = self.connected

        process_key: None | str | Unset
        if isinstance(self.process_key, Unset):
            process_key = UNSET
        else:
            process_key = self.process_key

        process_version: int | None | Unset
        if isinstance(self.process_version, Unset):
            process_version = UNSET
        else:
            process_version = self.process_version

        connected_by: None | str | Unset
        if isinstance(self.connected_by, Unset):
            connected_by = UNSET
        else:
            connected_by = self.connected_by

        connected_at: None | str | Unset
        if isinstance(self.connected_at, Unset):
            connected_at = UNSET
        elif isinstance(self.connected_at, datetime.datetime):
            connected_at = self.connected_at.isoformat()
        else:
            connected_at = self.connected_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "connected": connected,
            }
        )
        if process_key is not UNSET:
            field_dict["process_key"] = process_key
        if process_version is not UNSET:
            field_dict["process_version"] = process_version
        if connected_by is not UNSET:
            field_dict["connected_by"] = connected_by
        if connected_at is not UNSET:
            field_dict["connected_at"] = connected_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        connected = d.pop("connected")

        def _parse_process_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        process_key = _parse_process_key(d.pop("process_key", UNSET))

        def _parse_process_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        process_version = _parse_process_version(d.pop("process_version", UNSET))

        def _parse_connected_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        connected_by = _parse_connected_by(d.pop("connected_by", UNSET))

        def _parse_connected_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                connected_at_type_0 = datetime.datetime.fromisoformat(data)

                return connected_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        connected_at = _parse_connected_at(d.pop("connected_at", UNSET))

        connection_info = cls(
            connected=connected,
            process_key=process_key,
            process_version=process_version,
            connected_by=connected_by,
            connected_at=connected_at,
        )

        connection_info.additional_properties = d
        return connection_info

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
