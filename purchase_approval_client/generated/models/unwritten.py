from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.unwritten_params import UnwrittenParams


T = TypeVar("T", bound="Unwritten")


@_attrs_define
class Unwritten:
    """An order that could not be told of. ``reason`` is a key of ``texts.connectors``.

    Attributes:
        number (str):
        reason (str):
        params (UnwrittenParams):
        failed_at (datetime.datetime):
        next_try_at (datetime.datetime):
    """

    number: str
    reason: str
    params: UnwrittenParams
    failed_at: datetime.datetime
    next_try_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        reason = self.reason

        params = self.params.to_dict()

        failed_at = self.failed_at.isoformat()

        next_try_at = self.next_try_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "reason": reason,
                "params": params,
                "failed_at": failed_at,
                "next_try_at": next_try_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.unwritten_params import UnwrittenParams  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        reason = d.pop("reason")

        params = UnwrittenParams.from_dict(d.pop("params"))

        failed_at = datetime.datetime.fromisoformat(d.pop("failed_at"))

        next_try_at = datetime.datetime.fromisoformat(d.pop("next_try_at"))

        unwritten = cls(
            number=number,
            reason=reason,
            params=params,
            failed_at=failed_at,
            next_try_at=next_try_at,
        )

        unwritten.additional_properties = d
        return unwritten

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
