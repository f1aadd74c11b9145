from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.catalogue_kind import CatalogueKind, check_catalogue_kind

if TYPE_CHECKING:
    from ..models.entry_problem import EntryProblem


T = TypeVar("T", bound="CatalogueState")


@_attrs_define
class CatalogueState:
    """What is known of a catalogue of another system.

    Attributes:
        kind (CatalogueKind): What a catalogue is of.
        entries (int):
        not_taken (int):
        problems (list[EntryProblem]):
        read_at (datetime.datetime | None):
        trouble (None | str):
        detail (str):
    """

    kind: CatalogueKind
    entries: int
    not_taken: int
    problems: list[EntryProblem]
    read_at: datetime.datetime | None
    trouble: None | str
    detail: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        entries = self.entries

        not_taken = self.not_taken

        problems = []
        for problems_item_data in self.problems:
            problems_item = problems_item_data.to_dict()
            problems.append(problems_item)

        read_at: None | str
        if isinstance(self.read_at, datetime.datetime):
            read_at = self.read_at.isoformat()
        else:
            read_at = self.read_at

        trouble: None | str
        trouble = self.trouble

        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "entries": entries,
                "not_taken": not_taken,
                "problems": problems,
                "read_at": read_at,
                "trouble": trouble,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.entry_problem import EntryProblem  # noqa: PLC0415

        d = dict(src_dict)
        kind = check_catalogue_kind(d.pop("kind"))

        entries = d.pop("entries")

        not_taken = d.pop("not_taken")

        problems = []
        _problems = d.pop("problems")
        for problems_item_data in _problems:
            problems_item = EntryProblem.from_dict(problems_item_data)

            problems.append(problems_item)

        def _parse_read_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                read_at_type_0 = datetime.datetime.fromisoformat(data)

                return read_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        read_at = _parse_read_at(d.pop("read_at"))

        def _parse_trouble(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        trouble = _parse_trouble(d.pop("trouble"))

        detail = d.pop("detail")

        catalogue_state = cls(
            kind=kind,
            entries=entries,
            not_taken=not_taken,
            problems=problems,
            read_at=read_at,
            trouble=trouble,
            detail=detail,
        )

        catalogue_state.additional_properties = d
        return catalogue_state

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
