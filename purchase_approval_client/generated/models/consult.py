from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Consult")


@_attrs_define
class Consult:
    """Ask somebody before one decides.

    Attributes:
        step (str):
        to (str):
        for_ (None | str | Unset): Whose substitute you decide as, where you are that of several people.
        question (None | str | Unset):
        command_id (None | Unset | UUID):
    """

    step: str
    to: str
    for_: None | str | Unset = UNSET
    question: None | str | Unset = UNSET
    command_id: None | Unset | UUID = UNSET

    def to_dict(self) -> dict[str, Any]:
        step = self.step

        to = self.to

        for_: None | str | Unset
        if isinstance(self.for_, Unset):
            for_ = UNSET
        else:
            for_ = self.for_

        question: None | str | Unset
        if isinstance(self.question, Unset):
            question = UNSET
        else:
            question = self.question

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
                "to": to,
            }
        )
        if for_ is not UNSET:
            field_dict["for"] = for_
        if question is not UNSET:
            field_dict["question"] = question
        if command_id is not UNSET:
            field_dict["command_id"] = command_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        step = d.pop("step")

        to = d.pop("to")

        def _parse_for_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        for_ = _parse_for_(d.pop("for", UNSET))

        def _parse_question(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        question = _parse_question(d.pop("question", UNSET))

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

        consult = cls(
            step=step,
            to=to,
            for_=for_,
            question=question,
            command_id=command_id,
        )

        return consult
