from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.approve_lines_type_0 import ApproveLinesType0
    from ..models.changes import Changes


T = TypeVar("T", bound="Approve")


@_attrs_define
class Approve:
    """Approve the step, with changes to the fields that it may edit.

    Attributes:
        step (str):
        for_ (None | str | Unset): Whose substitute you decide as, where you are that of several people.
        note (None | str | Unset):
        changes (Changes | None | Unset):
        lines (ApproveLinesType0 | None | Unset):
        undo (bool | Unset): Whether you want to be able to take it back. It then takes effect some seconds later, as
            many as the company allows (`UNDO_SECONDS`), and is answered with 202 and `deferred`; where the company allows
            none, at once. Default: False.
        command_id (None | Unset | UUID):
    """

    step: str
    for_: None | str | Unset = UNSET
    note: None | str | Unset = UNSET
    changes: Changes | None | Unset = UNSET
    lines: ApproveLinesType0 | None | Unset = UNSET
    undo: bool | Unset = False
    command_id: None | Unset | UUID = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.approve_lines_type_0 import ApproveLinesType0  # noqa: PLC0415
        from ..models.changes import Changes  # noqa: PLC0415

        step = self.step

        for_: None | str | Unset
        if isinstance(self.for_, Unset):
            for_ = UNSET
        else:
            for_ = self.for_

        note: None | str | Unset
        if isinstance(self.note, Unset):
            note = UNSET
        else:
            note = self.note

        changes: dict[str, Any] | None | Unset
        if isinstance(self.changes, Unset):
            changes = UNSET
        elif isinstance(self.changes, Changes):
            changes = self.changes.to_dict()
        else:
            changes = self.changes

        lines: dict[str, Any] | None | Unset
        if isinstance(self.lines, Unset):
            lines = UNSET
        elif isinstance(self.lines, ApproveLinesType0):
            lines = self.lines.to_dict()
        else:
            lines = self.lines

        undo = self.undo

        command_id: None | str | Unset
        if isinstance(self.command_id, Unset):
            command_id = UNSET
        elif isinstance(self.command_id, UUID):
            command_id = str(self.command_id)
        else:
            command_id = self.command_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "step": step,
            }
        )
        if for_ is not UNSET:
            field_dict["for"] = for_
        if note is not UNSET:
            field_dict["note"] = note
        if changes is not UNSET:
            field_dict["changes"] = changes
        if lines is not UNSET:
            field_dict["lines"] = lines
        if undo is not UNSET:
            field_dict["undo"] = undo
        if command_id is not UNSET:
            field_dict["command_id"] = command_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.approve_lines_type_0 import ApproveLinesType0  # noqa: PLC0415
        from ..models.changes import Changes  # noqa: PLC0415

        d = dict(src_dict)
        step = d.pop("step")

        def _parse_for_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        for_ = _parse_for_(d.pop("for", UNSET))

        def _parse_note(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        note = _parse_note(d.pop("note", UNSET))

        def _parse_changes(data: object) -> Changes | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                changes_type_0 = Changes.from_dict(data)

                return changes_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Changes | None | Unset, data)

        changes = _parse_changes(d.pop("changes", UNSET))

        def _parse_lines(data: object) -> ApproveLinesType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                lines_type_0 = ApproveLinesType0.from_dict(data)

                return lines_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ApproveLinesType0 | None | Unset, data)

        lines = _parse_lines(d.pop("lines", UNSET))

        undo = d.pop("undo", UNSET)

        def _parse_command_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                command_id_type_0 = UUID(data)

                return command_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        command_id = _parse_command_id(d.pop("command_id", UNSET))

        approve = cls(
            step=step,
            for_=for_,
            note=note,
            changes=changes,
            lines=lines,
            undo=undo,
            command_id=command_id,
        )

        return approve
