from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.import_kind import ImportKind, check_import_kind

if TYPE_CHECKING:
    from ..models.change import Change
    from ..models.concerned_request import ConcernedRequest
    from ..models.unknown_column import UnknownColumn


T = TypeVar("T", bound="ImportAnswer")


@_attrs_define
class ImportAnswer:
    """What a file changes, or with `dry_run` would change. `changes` lists the first of them, without what stays as it is.

    Attributes:
        kind (ImportKind): What a file is about.
        dry_run (bool):
        rows (int):
        new (int):
        changed (int):
        unchanged (int):
        gone (int):
        not_in_file (int):
        new_roles (list[str]):
        unknown_columns (list[UnknownColumn]):
        changes (list[Change]):
        changes_left_out (int):
        requests (list[ConcernedRequest]):
        requests_left_out (int):
    """

    kind: ImportKind
    dry_run: bool
    rows: int
    new: int
    changed: int
    unchanged: int
    gone: int
    not_in_file: int
    new_roles: list[str]
    unknown_columns: list[UnknownColumn]
    changes: list[Change]
    changes_left_out: int
    requests: list[ConcernedRequest]
    requests_left_out: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        dry_run = self.dry_run

        rows = self.rows

        new = self.new

        changed = self.changed

        unchanged = self.unchanged

        gone = self.gone

        not_in_file = self.not_in_file

        new_roles = self.new_roles

        unknown_columns = []
        for unknown_columns_item_data in self.unknown_columns:
            unknown_columns_item = unknown_columns_item_data.to_dict()
            unknown_columns.append(unknown_columns_item)

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        changes_left_out = self.changes_left_out

        requests = []
        for requests_item_data in self.requests:
            requests_item = requests_item_data.to_dict()
            requests.append(requests_item)

        requests_left_out = self.requests_left_out

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "dry_run": dry_run,
                "rows": rows,
                "new": new,
                "changed": changed,
                "unchanged": unchanged,
                "gone": gone,
                "not_in_file": not_in_file,
                "new_roles": new_roles,
                "unknown_columns": unknown_columns,
                "changes": changes,
                "changes_left_out": changes_left_out,
                "requests": requests,
                "requests_left_out": requests_left_out,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.change import Change  # noqa: PLC0415
        from ..models.concerned_request import ConcernedRequest  # noqa: PLC0415
        from ..models.unknown_column import UnknownColumn  # noqa: PLC0415

        d = dict(src_dict)
        kind = check_import_kind(d.pop("kind"))

        dry_run = d.pop("dry_run")

        rows = d.pop("rows")

        new = d.pop("new")

        changed = d.pop("changed")

        unchanged = d.pop("unchanged")

        gone = d.pop("gone")

        not_in_file = d.pop("not_in_file")

        new_roles = cast(list[str], d.pop("new_roles"))

        unknown_columns = []
        _unknown_columns = d.pop("unknown_columns")
        for unknown_columns_item_data in _unknown_columns:
            unknown_columns_item = UnknownColumn.from_dict(unknown_columns_item_data)

            unknown_columns.append(unknown_columns_item)

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = Change.from_dict(changes_item_data)

            changes.append(changes_item)

        changes_left_out = d.pop("changes_left_out")

        requests = []
        _requests = d.pop("requests")
        for requests_item_data in _requests:
            requests_item = ConcernedRequest.from_dict(requests_item_data)

            requests.append(requests_item)

        requests_left_out = d.pop("requests_left_out")

        import_answer = cls(
            kind=kind,
            dry_run=dry_run,
            rows=rows,
            new=new,
            changed=changed,
            unchanged=unchanged,
            gone=gone,
            not_in_file=not_in_file,
            new_roles=new_roles,
            unknown_columns=unknown_columns,
            changes=changes,
            changes_left_out=changes_left_out,
            requests=requests,
            requests_left_out=requests_left_out,
        )

        import_answer.additional_properties = d
        return import_answer

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
