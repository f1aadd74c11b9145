from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.by_role import ByRole
    from ..models.by_user import ByUser


T = TypeVar("T", bound="Escalation")


@_attrs_define
class Escalation:
    """Who may decide too, so long after the deadline.

    Attributes:
        after (str):
        to (ByRole | ByUser | Literal['manager']):
    """

    after: str
    to: ByRole | ByUser | Literal["manager"]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.by_role import ByRole  # noqa: PLC0415
        from ..models.by_user import ByUser  # noqa: PLC0415

        after = self.after

        to: dict[str, Any] | Literal["manager"]
        if isinstance(self.to, ByRole):
            to = self.to.to_dict()
        elif isinstance(self.to, ByUser):
            to = self.to.to_dict()
        else:
            to = self.to

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "after": after,
                "to": to,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.by_role import ByRole  # noqa: PLC0415
        from ..models.by_user import ByUser  # noqa: PLC0415

        d = dict(src_dict)
        after = d.pop("after")

        def _parse_to(data: object) -> ByRole | ByUser | Literal["manager"]:
            to_type_0 = cast(Literal["manager"], data)
            if to_type_0 != "manager":
                raise ValueError(f"to_type_0 must match const 'manager', got '{to_type_0}'")
            return to_type_0
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                to_type_1 = ByRole.from_dict(data)

                return to_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            to_type_2 = ByUser.from_dict(data)

            return to_type_2

        to = _parse_to(d.pop("to"))

        escalation = cls(
            after=after,
            to=to,
        )

        escalation.additional_properties = d
        return escalation

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
