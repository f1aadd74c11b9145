from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AmisWriteBack")


@_attrs_define
class AmisWriteBack:
    """Names of fields of a sales order that were made for this in AMIS; an empty one is not written.

    Attributes:
        number (str | Unset):  Default: ''.
        status (str | Unset):  Default: ''.
        link (str | Unset):  Default: ''.
    """

    number: str | Unset = ""
    status: str | Unset = ""
    link: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        status = self.status

        link = self.link

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if number is not UNSET:
            field_dict["number"] = number
        if status is not UNSET:
            field_dict["status"] = status
        if link is not UNSET:
            field_dict["link"] = link

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        number = d.pop("number", UNSET)

        status = d.pop("status", UNSET)

        link = d.pop("link", UNSET)

        amis_write_back = cls(
            number=number,
            status=status,
            link=link,
        )

        return amis_write_back
