from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ceiling_draft import CeilingDraft


T = TypeVar("T", bound="SubstitutionDraft")


@_attrs_define
class SubstitutionDraft:
    """A substitution to be made. Left out, ``processes`` and ``departments`` are all, and there is no ceiling.

    Attributes:
        substitute (str):
        until (datetime.datetime):
        reason (str):
        person (None | str | Unset):
        from_ (datetime.datetime | None | Unset):
        processes (list[str] | None | Unset):
        departments (list[str] | None | Unset):
        ceiling (CeilingDraft | None | Unset):
    """

    substitute: str
    until: datetime.datetime
    reason: str
    person: None | str | Unset = UNSET
    from_: datetime.datetime | None | Unset = UNSET
    processes: list[str] | None | Unset = UNSET
    departments: list[str] | None | Unset = UNSET
    ceiling: CeilingDraft | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.ceiling_draft import CeilingDraft  # noqa: PLC0415

        substitute = self.substitute

        until = self.until.isoformat()

        reason = self.reason

        person: None | str | Unset
        if isinstance(self.person, Unset):
            person = UNSET
        else:
            person = self.person

        from_: None | str | Unset
        if isinstance(self.from_, Unset):
            from_ = UNSET
        elif isinstance(self.from_, datetime.datetime):
            from_ = self.from_.isoformat()
        else:
            from_ = self.from_

        processes: list[str] | None | Unset
        if isinstance(self.processes, Unset):
            processes = UNSET
        elif isinstance(self.processes, list):
            processes = self.processes

        else:
            processes = self.processes

        departments: list[str] | None | Unset
        if isinstance(self.departments, Unset):
            departments = UNSET
        elif isinstance(self.departments, list):
            departments = self.departments

        else:
            departments = self.departments

        ceiling: dict[str, Any] | None | Unset
        if isinstance(self.ceiling, Unset):
            ceiling = UNSET
        elif isinstance(self.ceiling, CeilingDraft):
            ceiling = self.ceiling.to_dict()
        else:
            ceiling = self.ceiling

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "substitute": substitute,
                "until": until,
                "reason": reason,
            }
        )
        if person is not UNSET:
            field_dict["person"] = person
        if from_ is not UNSET:
            field_dict["from"] = from_
        if processes is not UNSET:
            field_dict["processes"] = processes
        if departments is not UNSET:
            field_dict["departments"] = departments
        if ceiling is not UNSET:
            field_dict["ceiling"] = ceiling

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ceiling_draft import CeilingDraft  # noqa: PLC0415

        d = dict(src_dict)
        substitute = d.pop("substitute")

        until = datetime.datetime.fromisoformat(d.pop("until"))

        reason = d.pop("reason")

        def _parse_person(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        person = _parse_person(d.pop("person", UNSET))

        def _parse_from_(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                from_type_0 = datetime.datetime.fromisoformat(data)

                return from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        from_ = _parse_from_(d.pop("from", UNSET))

        def _parse_processes(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                processes_type_0 = cast(list[str], data)

                return processes_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        processes = _parse_processes(d.pop("processes", UNSET))

        def _parse_departments(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                departments_type_0 = cast(list[str], data)

                return departments_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        departments = _parse_departments(d.pop("departments", UNSET))

        def _parse_ceiling(data: object) -> CeilingDraft | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                ceiling_type_0 = CeilingDraft.from_dict(data)

                return ceiling_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CeilingDraft | None | Unset, data)

        ceiling = _parse_ceiling(d.pop("ceiling", UNSET))

        substitution_draft = cls(
            substitute=substitute,
            until=until,
            reason=reason,
            person=person,
            from_=from_,
            processes=processes,
            departments=departments,
            ceiling=ceiling,
        )

        return substitution_draft
