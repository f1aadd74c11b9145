from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.changed_row_cells import ChangedRowCells


T = TypeVar("T", bound="ChangedRow")


@_attrs_define
class ChangedRow:
    """A row that is for the same as before. Rows count from 1.

    Attributes:
        row (int):
        was (int):
        cells (ChangedRowCells):
    """

    row: int
    was: int
    cells: ChangedRowCells
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        row = self.row

        was = self.was

        cells = self.cells.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "row": row,
                "was": was,
                "cells": cells,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.changed_row_cells import ChangedRowCells  # noqa: PLC0415

        d = dict(src_dict)
        row = d.pop("row")

        was = d.pop("was")

        cells = ChangedRowCells.from_dict(d.pop("cells"))

        changed_row = cls(
            row=row,
            was=was,
            cells=cells,
        )

        changed_row.additional_properties = d
        return changed_row

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
