from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.changed_row import ChangedRow
    from ..models.missing_rows import MissingRows


T = TypeVar("T", bound="MatrixImport")


@_attrs_define
class MatrixImport:
    """What a file does to the matrix. Rows count from 1: those that are gone as they were before, all others as they are
    now.

        Attributes:
            dry_run (bool):
            rows (int):
            added (list[int]):
            changed (list[ChangedRow]):
            gone (list[int]):
            moved (bool):
            missing (list[MissingRows]):
    """

    dry_run: bool
    rows: int
    added: list[int]
    changed: list[ChangedRow]
    gone: list[int]
    moved: bool
    missing: list[MissingRows]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        dry_run = self.dry_run

        rows = self.rows

        added = self.added

        changed = []
        for changed_item_data in self.changed:
            changed_item = changed_item_data.to_dict()
            changed.append(changed_item)

        gone = self.gone

        moved = self.moved

        missing = []
        for missing_item_data in self.missing:
            missing_item = missing_item_data.to_dict()
            missing.append(missing_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "dry_run": dry_run,
                "rows": rows,
                "added": added,
                "changed": changed,
                "gone": gone,
                "moved": moved,
                "missing": missing,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.changed_row import ChangedRow  # noqa: PLC0415
        from ..models.missing_rows import MissingRows  # noqa: PLC0415

        d = dict(src_dict)
        dry_run = d.pop("dry_run")

        rows = d.pop("rows")

        added = cast(list[int], d.pop("added"))

        changed = []
        _changed = d.pop("changed")
        for changed_item_data in _changed:
            changed_item = ChangedRow.from_dict(changed_item_data)

            changed.append(changed_item)

        gone = cast(list[int], d.pop("gone"))

        moved = d.pop("moved")

        missing = []
        _missing = d.pop("missing")
        for missing_item_data in _missing:
            missing_item = MissingRows.from_dict(missing_item_data)

            missing.append(missing_item)

        matrix_import = cls(
            dry_run=dry_run,
            rows=rows,
            added=added,
            changed=changed,
            gone=gone,
            moved=moved,
            missing=missing,
        )

        matrix_import.additional_properties = d
        return matrix_import

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
