from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.purchase_process import PurchaseProcess


T = TypeVar("T", bound="ProcessVersion")


@_attrs_define
class ProcessVersion:
    """A published version.

    Attributes:
        key (str):
        version (int):
        document (PurchaseProcess): A process: its steps and blocks run in order.
        published_by (str):
        published_at (datetime.datetime):
    """

    key: str
    version: int
    document: PurchaseProcess
    published_by: str
    published_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        version = self.version

        document = self.document.to_dict()

        published_by = self.published_by

        published_at = self.published_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "version": version,
                "document": document,
                "published_by": published_by,
                "published_at": published_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.purchase_process import PurchaseProcess  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        version = d.pop("version")

        document = PurchaseProcess.from_dict(d.pop("document"))

        published_by = d.pop("published_by")

        published_at = datetime.datetime.fromisoformat(d.pop("published_at"))

        process_version = cls(
            key=key,
            version=version,
            document=document,
            published_by=published_by,
            published_at=published_at,
        )

        process_version.additional_properties = d
        return process_version

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
