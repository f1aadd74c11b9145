from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.encoded_payload_metadata import EncodedPayloadMetadata


T = TypeVar("T", bound="EncodedPayload")


@_attrs_define
class EncodedPayload:
    """One payload; its data and the values of its metadata are base64.

    Attributes:
        metadata (EncodedPayloadMetadata | Unset):
        data (str | Unset):  Default: ''.
    """

    metadata: EncodedPayloadMetadata | Unset = UNSET
    data: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        data = self.data

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.encoded_payload_metadata import EncodedPayloadMetadata  # noqa: PLC0415

        d = dict(src_dict)
        _metadata = d.pop("metadata", UNSET)
        metadata: EncodedPayloadMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = EncodedPayloadMetadata.from_dict(_metadata)

        data = d.pop("data", UNSET)

        encoded_payload = cls(
            metadata=metadata,
            data=data,
        )

        return encoded_payload
