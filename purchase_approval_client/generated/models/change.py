from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.what import What, check_what
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.change_fields import ChangeFields


T = TypeVar("T", bound="Change")


@_attrs_define
class Change:
    """What becomes of one thing.

    Attributes:
        what (What): What becomes of a thing that a file speaks of.
        key (str):
        name (str | Unset):  Default: ''.
        row (int | None | Unset):
        fields (ChangeFields | Unset):
        lines (list[Change] | Unset):
    """

    what: What
    key: str
    name: str | Unset = ""
    row: int | None | Unset = UNSET
    fields: ChangeFields | Unset = UNSET
    lines: list[Change] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        what: str = self.what

        key = self.key

        name = self.name

        row: int | None | Unset
        if isinstance(self.row, Unset):
            row = UNSET
        else:
            row = self.row

        fields: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fields, Unset):
            fields = self.fields.to_dict()

        lines: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.lines, Unset):
            lines = []
            for lines_item_data in self.lines:
                lines_item = lines_item_data.to_dict()
                lines.append(lines_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "what": what,
                "key": key,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if row is not UNSET:
            field_dict["row"] = row
        if fields is not UNSET:
            field_dict["fields"] = fields
        if lines is not UNSET:
            field_dict["lines"] = lines

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.change_fields import ChangeFields  # noqa: PLC0415

        d = dict(src_dict)
        what = check_what(d.pop("what"))

        key = d.pop("key")

        name = d.pop("name", UNSET)

        def _parse_row(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        row = _parse_row(d.pop("row", UNSET))

        _fields = d.pop("fields", UNSET)
        fields: ChangeFields | Unset
        if isinstance(_fields, Unset):
            fields = UNSET
        else:
            fields = ChangeFields.from_dict(_fields)

        _lines = d.pop("lines", UNSET)
        lines: list[Change] | Unset = UNSET
        if _lines is not UNSET:
            lines = []
            for lines_item_data in _lines:
                lines_item = Change.from_dict(lines_item_data)

                lines.append(lines_item)

        change = cls(
            what=what,
            key=key,
            name=name,
            row=row,
            fields=fields,
            lines=lines,
        )

        change.additional_properties = d
        return change

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
