from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CeilingDraft")


@_attrs_define
class CeilingDraft:
    """The largest amount that the substitute decides on, that amount included; in another currency, nothing.

    Attributes:
        amount (float | str):
        currency (str | Unset):  Default: 'VND'.
    """

    amount: float | str
    currency: str | Unset = "VND"

    def to_dict(self) -> dict[str, Any]:
        amount: float | str
        amount = self.amount

        currency = self.currency

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
            }
        )
        if currency is not UNSET:
            field_dict["currency"] = currency

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_amount(data: object) -> float | str:
            return cast(float | str, data)

        amount = _parse_amount(d.pop("amount"))

        currency = d.pop("currency", UNSET)

        ceiling_draft = cls(
            amount=amount,
            currency=currency,
        )

        return ceiling_draft
