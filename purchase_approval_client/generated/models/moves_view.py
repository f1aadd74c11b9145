from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.movable_view import MovableView
    from ..models.moved_view import MovedView


T = TypeVar("T", bound="MovesView")


@_attrs_define
class MovesView:
    """Of a dry run, ``would_move``, a page of it; else ``moved``, what became of each run.

    Attributes:
        to_version (int):
        would_move (list[MovableView] | Unset):
        next_after (None | Unset | UUID):
        moved (list[MovedView] | Unset):
    """

    to_version: int
    would_move: list[MovableView] | Unset = UNSET
    next_after: None | Unset | UUID = UNSET
    moved: list[MovedView] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        to_version = self.to_version

        would_move: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.would_move, Unset):
            would_move = []
            for would_move_item_data in self.would_move:
                would_move_item = would_move_item_data.to_dict()
                would_move.append(would_move_item)

        next_after: None | str | Unset
        if isinstance(self.next_after, Unset):
            next_after = UNSET
        elif isinstance(self.next_after, UUID):
            next_after = str(self.next_after)
        else:
            next_after = self.next_after

        moved: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.moved, Unset):
            moved = []
            for moved_item_data in self.moved:
                moved_item = moved_item_data.to_dict()
                moved.append(moved_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "to_version": to_version,
            }
        )
        if would_move is not UNSET:
            field_dict["would_move"] = would_move
        if next_after is not UNSET:
            field_dict["next_after"] = next_after
        if moved is not UNSET:
            field_dict["moved"] = moved

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.movable_view import MovableView  # noqa: PLC0415
        from ..models.moved_view import MovedView  # noqa: PLC0415

        d = dict(src_dict)
        to_version = d.pop("to_version")

        _would_move = d.pop("would_move", UNSET)
        would_move: list[MovableView] | Unset = UNSET
        if _would_move is not UNSET:
            would_move = []
            for would_move_item_data in _would_move:
                would_move_item = MovableView.from_dict(would_move_item_data)

                would_move.append(would_move_item)

        def _parse_next_after(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_after_type_0 = UUID(data)

                return next_after_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        next_after = _parse_next_after(d.pop("next_after", UNSET))

        _moved = d.pop("moved", UNSET)
        moved: list[MovedView] | Unset = UNSET
        if _moved is not UNSET:
            moved = []
            for moved_item_data in _moved:
                moved_item = MovedView.from_dict(moved_item_data)

                moved.append(moved_item)

        moves_view = cls(
            to_version=to_version,
            would_move=would_move,
            next_after=next_after,
            moved=moved,
        )

        moves_view.additional_properties = d
        return moves_view

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
