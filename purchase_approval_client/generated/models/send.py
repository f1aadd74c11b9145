from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.send_approvers import SendApprovers


T = TypeVar("T", bound="Send")


@_attrs_define
class Send:
    """How to send: the approvers that the requester chooses, by step key, and a note.

    Attributes:
        approvers (SendApprovers | Unset):
        note (None | str | Unset):
    """

    approvers: SendApprovers | Unset = UNSET
    note: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        approvers: dict[str, Any] | Unset = UNSET
        if not isinstance(self.approvers, Unset):
            approvers = self.approvers.to_dict()

        note: None | str | Unset
        if isinstance(self.note, Unset):
            note = UNSET
        else:
            note = self.note

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if approvers is not UNSET:
            field_dict["approvers"] = approvers
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.send_approvers import SendApprovers  # noqa: PLC0415

        d = dict(src_dict)
        _approvers = d.pop("approvers", UNSET)
        approvers: SendApprovers | Unset
        if isinstance(_approvers, Unset):
            approvers = UNSET
        else:
            approvers = SendApprovers.from_dict(_approvers)

        def _parse_note(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        note = _parse_note(d.pop("note", UNSET))

        send = cls(
            approvers=approvers,
            note=note,
        )

        return send
