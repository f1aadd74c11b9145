from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="MovedView")


@_attrs_define
class MovedView:
    """What became of one run: ``applied``, ``refused``, or ``accepted``, which is taken durably and not applied yet.

    Attributes:
        request_id (UUID):
        number (str):
        command_id (UUID):
        status (str):
        note (str):
        code (None | str):
        detail (None | str):
    """

    request_id: UUID
    number: str
    command_id: UUID
    status: str
    note: str
    code: None | str
    detail: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = str(self.request_id)

        number = self.number

        command_id = str(self.command_id)

        status = self.status

        note = self.note

        code: None | str
        code = self.code

        detail: None | str
        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "number": number,
                "command_id": command_id,
                "status": status,
                "note": note,
                "code": code,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        request_id = UUID(d.pop("request_id"))

        number = d.pop("number")

        command_id = UUID(d.pop("command_id"))

        status = d.pop("status")

        note = d.pop("note")

        def _parse_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        code = _parse_code(d.pop("code"))

        def _parse_detail(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        detail = _parse_detail(d.pop("detail"))

        moved_view = cls(
            request_id=request_id,
            number=number,
            command_id=command_id,
            status=status,
            note=note,
            code=code,
            detail=detail,
        )

        moved_view.additional_properties = d
        return moved_view

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
