from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.attachment_scan import AttachmentScan, check_attachment_scan

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="Attachment")


@_attrs_define
class Attachment:
    """A file of a request, as somebody sees it.

    Attributes:
        id (UUID):
        name (str):
        media_type (str):
        size (int): Bytes
        sha256 (str): Of its bytes, in hexadecimal
        added_by (Person): Somebody of the CRM directory.
        added_at (datetime.datetime):
        scan (AttachmentScan):
        may_remove (bool):
    """

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    added_by: Person
    added_at: datetime.datetime
    scan: AttachmentScan
    may_remove: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        name = self.name

        media_type = self.media_type

        size = self.size

        sha256 = self.sha256

        added_by = self.added_by.to_dict()

        added_at = self.added_at.isoformat()

        scan: str = self.scan

        may_remove = self.may_remove

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "media_type": media_type,
                "size": size,
                "sha256": sha256,
                "added_by": added_by,
                "added_at": added_at,
                "scan": scan,
                "may_remove": may_remove,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        name = d.pop("name")

        media_type = d.pop("media_type")

        size = d.pop("size")

        sha256 = d.pop("sha256")

        added_by = Person.from_dict(d.pop("added_by"))

        added_at = datetime.datetime.fromisoformat(d.pop("added_at"))

        scan = check_attachment_scan(d.pop("scan"))

        may_remove = d.pop("may_remove")

        attachment = cls(
            id=id,
            name=name,
            media_type=media_type,
            size=size,
            sha256=sha256,
            added_by=added_by,
            added_at=added_at,
            scan=scan,
            may_remove=may_remove,
        )

        attachment.additional_properties = d
        return attachment

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
