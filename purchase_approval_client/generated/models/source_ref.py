from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..models.source_type import SourceType, check_source_type

T = TypeVar("T", bound="SourceRef")


@_attrs_define
class SourceRef:
    """The sales order or opportunity that a request is made from.

    Attributes:
        type_ (SourceType): What a request can be made from.
        id (UUID):
    """

    type_: SourceType
    id: UUID

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        id = str(self.id)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "id": id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = check_source_type(d.pop("type"))

        id = UUID(d.pop("id"))

        source_ref = cls(
            type_=type_,
            id=id,
        )

        return source_ref
