from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.by_role_definition import ByRoleDefinition
    from ..models.by_user_definition import ByUserDefinition


T = TypeVar("T", bound="EscalationDefinition")


@_attrs_define
class EscalationDefinition:
    """Who may decide too, in its form.

    Attributes:
        after (str):
        to (ByRoleDefinition | ByUserDefinition | Literal['manager']):
    """

    after: str
    to: ByRoleDefinition | ByUserDefinition | Literal["manager"]

    def to_dict(self) -> dict[str, Any]:
        from ..models.by_role_definition import ByRoleDefinition  # noqa: PLC0415
        from ..models.by_user_definition import ByUserDefinition  # noqa: PLC0415

        after = self.after

        to: dict[str, Any] | Literal["manager"]
        if isinstance(self.to, ByRoleDefinition):
            to = self.to.to_dict()
        elif isinstance(self.to, ByUserDefinition):
            to = self.to.to_dict()
        else:
            to = self.to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "after": after,
                "to": to,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.by_role_definition import ByRoleDefinition  # noqa: PLC0415
        from ..models.by_user_definition import ByUserDefinition  # noqa: PLC0415

        d = dict(src_dict)
        after = d.pop("after")

        def _parse_to(data: object) -> ByRoleDefinition | ByUserDefinition | Literal["manager"]:
            to_type_0 = cast(Literal["manager"], data)
            if to_type_0 != "manager":
                raise ValueError(f"to_type_0 must match const 'manager', got '{to_type_0}'")
            return to_type_0
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                to_type_1 = ByRoleDefinition.from_dict(data)

                return to_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            to_type_2 = ByUserDefinition.from_dict(data)

            return to_type_2

        to = _parse_to(d.pop("to"))

        escalation_definition = cls(
            after=after,
            to=to,
        )

        return escalation_definition
