from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.line_decision import LineDecision, check_line_decision
from ..types import UNSET, Unset

T = TypeVar("T", bound="SaidOfLine")


@_attrs_define
class SaidOfLine:
    """What an approver says of one line. Whoever rejects or returns it says why.

    Attributes:
        decision (LineDecision): What becomes of a line.
        note (None | str | Unset):
    """

    decision: LineDecision
    note: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        decision: str = self.decision

        note: None | str | Unset
        if isinstance(self.note, Unset):
            note = UNSET
        else:
            note = self.note

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "decision": decision,
            }
        )
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        decision = check_line_decision(d.pop("decision"))

        def _parse_note(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        note = _parse_note(d.pop("note", UNSET))

        said_of_line = cls(
            decision=decision,
            note=note,
        )

        return said_of_line
