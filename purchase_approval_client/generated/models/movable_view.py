from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.step_difference_view import StepDifferenceView


T = TypeVar("T", bound="MovableView")


@_attrs_define
class MovableView:
    """A run, and what moving it would do to the steps that are still to be decided, or why it cannot be moved (``code``
    and, in
    words, ``detail``). ``step`` is the first one that is open; null: it was returned to its owner.

        Attributes:
            request_id (UUID):
            number (str):
            version (int):
            step (None | str):
            can_move (bool):
            changes (list[StepDifferenceView]):
            code (None | str):
            detail (None | str):
    """

    request_id: UUID
    number: str
    version: int
    step: None | str
    can_move: bool
    changes: list[StepDifferenceView]
    code: None | str
    detail: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = str(self.request_id)

        number = self.number

        version = self.version

        step: None | str
        step = self.step

        can_move = self.can_move

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        code: None | str
        code = self.code

        detail: None | str
        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "number": number,
                "version": version,
                "step": step,
                "can_move": can_move,
                "changes": changes,
                "code": code,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.step_difference_view import StepDifferenceView  # noqa: PLC0415

        d = dict(src_dict)
        request_id = UUID(d.pop("request_id"))

        number = d.pop("number")

        version = d.pop("version")

        def _parse_step(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        step = _parse_step(d.pop("step"))

        can_move = d.pop("can_move")

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = StepDifferenceView.from_dict(changes_item_data)

            changes.append(changes_item)

        def _parse_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        code = _parse_code(d.pop("code"))

        def _parse_detail(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        detail = _parse_detail(d.pop("detail"))

        movable_view = cls(
            request_id=request_id,
            number=number,
            version=version,
            step=step,
            can_move=can_move,
            changes=changes,
            code=code,
            detail=detail,
        )

        movable_view.additional_properties = d
        return movable_view

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
