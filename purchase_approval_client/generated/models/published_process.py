from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.published_process_name import PublishedProcessName


T = TypeVar("T", bound="PublishedProcess")


@_attrs_define
class PublishedProcess:
    """A process as everybody may see it, with its versions, newest first.

    Attributes:
        key (str):
        name (PublishedProcessName):
        version (int | None):
        published_at (datetime.datetime | None):
        updated_at (datetime.datetime):
        connected (bool):
        versions (list[int]):
    """

    key: str
    name: PublishedProcessName
    version: int | None
    published_at: datetime.datetime | None
    updated_at: datetime.datetime
    connected: bool
    versions: list[int]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        name = self.name.to_dict()

        version: int | None
        version = self.version

        published_at: None | str
        if isinstance(self.published_at, datetime.datetime):
            published_at = self.published_at.isoformat()
        else:
            published_at = self.published_at

        updated_at = self.updated_at.isoformat()

        connected = self.connected

        versions = self.versions

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "version": version,
                "published_at": published_at,
                "updated_at": updated_at,
                "connected": connected,
                "versions": versions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.published_process_name import PublishedProcessName  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = PublishedProcessName.from_dict(d.pop("name"))

        def _parse_version(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        version = _parse_version(d.pop("version"))

        def _parse_published_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                published_at_type_0 = datetime.datetime.fromisoformat(data)

                return published_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        published_at = _parse_published_at(d.pop("published_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        connected = d.pop("connected")

        versions = cast(list[int], d.pop("versions"))

        published_process = cls(
            key=key,
            name=name,
            version=version,
            published_at=published_at,
            updated_at=updated_at,
            connected=connected,
            versions=versions,
        )

        published_process.additional_properties = d
        return published_process

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
