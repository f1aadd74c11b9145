from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.hanging_owned import HangingOwned


T = TypeVar("T", bound="Hanging")


@_attrs_define
class Hanging:
    """What hangs on somebody now.

    Attributes:
        open_ (int):
        later (int):
        alone (int):
        owned (HangingOwned):
        reports (int):
        substituted (int):
        substituting (int):
    """

    open_: int
    later: int
    alone: int
    owned: HangingOwned
    reports: int
    substituted: int
    substituting: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        open_ = self.open_

        later = self.later

        alone = self.alone

        owned = self.owned.to_dict()

        reports = self.reports

        substituted = self.substituted

        substituting = self.substituting

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "open": open_,
                "later": later,
                "alone": alone,
                "owned": owned,
                "reports": reports,
                "substituted": substituted,
                "substituting": substituting,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.hanging_owned import HangingOwned  # noqa: PLC0415

        d = dict(src_dict)
        open_ = d.pop("open")

        later = d.pop("later")

        alone = d.pop("alone")

        owned = HangingOwned.from_dict(d.pop("owned"))

        reports = d.pop("reports")

        substituted = d.pop("substituted")

        substituting = d.pop("substituting")

        hanging = cls(
            open_=open_,
            later=later,
            alone=alone,
            owned=owned,
            reports=reports,
            substituted=substituted,
            substituting=substituting,
        )

        hanging.additional_properties = d
        return hanging

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
