from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ProposedChange")


@_attrs_define
class ProposedChange:
    """One field as an approver would have it. ``line_id`` and ``field`` say where; ``pointer`` says it to readers.

    Attributes:
        pointer (str):
        field (str):
        from_ (None | str):
        to (None | str):
        by (str):
        at (datetime.datetime):
        line_id (None | Unset | UUID):
        step (None | str | Unset):
        note (str | Unset):  Default: ''.
    """

    pointer: str
    field: str
    from_: None | str
    to: None | str
    by: str
    at: datetime.datetime
    line_id: None | Unset | UUID = UNSET
    step: None | str | Unset = UNSET
    note: str | Unset = ""
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pointer = self.pointer

        field = self.field

        from_: None | str
        from_ = self.from_

        to: None | str
        to = self.to

        by = self.by

        at = self.at.isoformat()

        line_id: None | str | Unset
        if isinstance(self.line_id, Unset):
            line_id = UNSET
        elif isinstance(self.line_id, UUID):
            line_id = str(self.line_id)
        else:
            line_id = self.line_id

        step: None | str | Unset
        if isinstance(self.step, Unset):
            step = UNSET
        else:
            step = self.step

        note = self.note

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pointer": pointer,
                "field": field,
                "from": from_,
                "to": to,
                "by": by,
                "at": at,
            }
        )
        if line_id is not UNSET:
            field_dict["line_id"] = line_id
        if step is not UNSET:
            field_dict["step"] = step
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        pointer = d.pop("pointer")

        field = d.pop("field")

        def _parse_from_(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        from_ = _parse_from_(d.pop("from"))

        def _parse_to(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        to = _parse_to(d.pop("to"))

        by = d.pop("by")

        at = datetime.datetime.fromisoformat(d.pop("at"))

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

        def _parse_step(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        step = _parse_step(d.pop("step", UNSET))

        note = d.pop("note", UNSET)

        proposed_change = cls(
            pointer=pointer,
            field=field,
            from_=from_,
            to=to,
            by=by,
            at=at,
            line_id=line_id,
            step=step,
            note=note,
        )

        proposed_change.additional_properties = d
        return proposed_change

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
