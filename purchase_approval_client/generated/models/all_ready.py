from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.readiness import Readiness, check_readiness

T = TypeVar("T", bound="AllReady")


@_attrs_define
class AllReady:
    """Whether everything is there that a decision needs from the call to its outcome.

    Attributes:
        status (Readiness): Whether what was asked for is there.
        missing (list[str]): Of `database`, `issuer` (of tokens: its keys), `frontend`, `history`, `matching` (the
            engine's parts) and `worker`, those that are not there. Without its frontend nothing is known of the engine's
            other parts and of workers.
    """

    status: Readiness
    missing: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status: str = self.status

        missing = self.missing

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "missing": missing,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = check_readiness(d.pop("status"))

        missing = cast(list[str], d.pop("missing"))

        all_ready = cls(
            status=status,
            missing=missing,
        )

        all_ready.additional_properties = d
        return all_ready

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
