from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.encoded_payload import EncodedPayload


T = TypeVar("T", bound="EncodedPayloads")


@_attrs_define
class EncodedPayloads:
    """Payloads; the answer has them in the same order.

    Attributes:
        payloads (list[EncodedPayload] | Unset):
    """

    payloads: list[EncodedPayload] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        payloads: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.payloads, Unset):
            payloads = []
            for payloads_item_data in self.payloads:
                payloads_item = payloads_item_data.to_dict()
                payloads.append(payloads_item)

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if payloads is not UNSET:
            field_dict["payloads"] = payloads

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.encoded_payload import EncodedPayload  # noqa: PLC0415

        d = dict(src_dict)
        _payloads = d.pop("payloads", UNSET)
        payloads: list[EncodedPayload] | Unset = UNSET
        if _payloads is not UNSET:
            payloads = []
            for payloads_item_data in _payloads:
                payloads_item = EncodedPayload.from_dict(payloads_item_data)

                payloads.append(payloads_item)

        encoded_payloads = cls(
            payloads=payloads,
        )

        return encoded_payloads
