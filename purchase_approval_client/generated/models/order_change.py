from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.change_kind import ChangeKind, check_change_kind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goods import Goods


T = TypeVar("T", bound="OrderChange")


@_attrs_define
class OrderChange:
    """One difference. ``line_id`` is the request's line that was made from the order's.

    Attributes:
        kind (ChangeKind): How an order differs from what a request was made from.
        line_id (None | Unset | UUID):
        was (Goods | None | Unset):
        now (Goods | None | Unset):
    """

    kind: ChangeKind
    line_id: None | Unset | UUID = UNSET
    was: Goods | None | Unset = UNSET
    now: Goods | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.goods import Goods  # noqa: PLC0415

        kind: str = self.kind

        line_id: None | str | Unset
        if isinstance(self.line_id, Unset):
            line_id = UNSET
        elif isinstance(self.line_id, UUID):
            line_id = str(self.line_id)
        else:
            line_id = self.line_id

        was: dict[str, Any] | None | Unset
        if isinstance(self.was, Unset):
            was = UNSET
        elif isinstance(self.was, Goods):
            was = self.was.to_dict()
        else:
            was = self.was

        now: dict[str, Any] | None | Unset
        if isinstance(self.now, Unset):
            now = UNSET
        elif isinstance(self.now, Goods):
            now = self.now.to_dict()
        else:
            now = self.now

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
            }
        )
        if line_id is not UNSET:
            field_dict["line_id"] = line_id
        if was is not UNSET:
            field_dict["was"] = was
        if now is not UNSET:
            field_dict["now"] = now

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.goods import Goods  # noqa: PLC0415

        d = dict(src_dict)
        kind = check_change_kind(d.pop("kind"))

        def _parse_line_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                line_id_type_0 = UUID(data)

                return line_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        line_id = _parse_line_id(d.pop("line_id", UNSET))

        def _parse_was(data: object) -> Goods | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                was_type_0 = Goods.from_dict(data)

                return was_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Goods | None | Unset, data)

        was = _parse_was(d.pop("was", UNSET))

        def _parse_now(data: object) -> Goods | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                now_type_0 = Goods.from_dict(data)

                return now_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Goods | None | Unset, data)

        now = _parse_now(d.pop("now", UNSET))

        order_change = cls(
            kind=kind,
            line_id=line_id,
            was=was,
            now=now,
        )

        order_change.additional_properties = d
        return order_change

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
