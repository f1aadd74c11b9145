from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.process_status import ProcessStatus, check_process_status

T = TypeVar("T", bound="RelatedRequest")


@_attrs_define
class RelatedRequest:
    """A request that lines were moved from or to, as far as the reader may see it.

    Attributes:
        id (UUID):
        number (str):
        process_status (ProcessStatus): Tình trạng quy trình: how the CRM shows the request.
    """

    id: UUID
    number: str
    process_status: ProcessStatus
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        number = self.number

        process_status: str = self.process_status

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "process_status": process_status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        process_status = check_process_status(d.pop("process_status"))

        related_request = cls(
            id=id,
            number=number,
            process_status=process_status,
        )

        related_request.additional_properties = d
        return related_request

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
