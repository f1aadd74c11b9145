from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.resume import Resume, check_resume
from ..types import UNSET, Unset

T = TypeVar("T", bound="Reject")


@_attrs_define
class Reject:
    """Return the request to its owner, or with ``end`` reject it for good.

    Attributes:
        step (str):
        for_ (None | str | Unset): Whose substitute you decide as, where you are that of several people.
        note (None | str | Unset):
        end (bool | Unset):  Default: False.
        to (None | str | Unset):
        resume (None | Resume | Unset):
        undo (bool | Unset): Whether you want to be able to take it back. It then takes effect some seconds later, as
            many as the company allows (`UNDO_SECONDS`), and is answered with 202 and `deferred`; where the company allows
            none, at once. Default: False.
        command_id (None | Unset | UUID):
    """

    step: str
    for_: None | str | Unset = UNSET
    note: None | str | Unset = UNSET
    end: bool | Unset = False
    to: None | str | Unset = UNSET
    resume: None | Resume | Unset = UNSET
    undo: bool | Unset = False
    command_id: None | Unset | UUID = UNSET

    def to_dict(self) -> dict[str, Any]:
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

        end = self.end

        to: None | str | Unset
        if isinstance(self.to, Unset):
            to = UNSET
        else:
            to = self.to

        resume: None | str | Unset
        if isinstance(self.resume, Unset):
            resume = UNSET
        elif isinstance(self.resume, str):
            resume = self.resume
        else:
            resume = self.resume

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
        if end is not UNSET:
            field_dict["end"] = end
        if to is not UNSET:
            field_dict["to"] = to
        if resume is not UNSET:
            field_dict["resume"] = resume
        if undo is not UNSET:
            field_dict["undo"] = undo
        if command_id is not UNSET:
            field_dict["command_id"] = command_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
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

        end = d.pop("end", UNSET)

        def _parse_to(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        to = _parse_to(d.pop("to", UNSET))

        def _parse_resume(data: object) -> None | Resume | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resume_type_0 = check_resume(data)

                return resume_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Resume | Unset, data)

        resume = _parse_resume(d.pop("resume", UNSET))

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

        reject = cls(
            step=step,
            for_=for_,
            note=note,
            end=end,
            to=to,
            resume=resume,
            undo=undo,
            command_id=command_id,
        )

        return reject
