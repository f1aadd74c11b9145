from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.substitution_state import SubstitutionState, check_substitution_state

if TYPE_CHECKING:
    from ..models.ceiling import Ceiling
    from ..models.person import Person


T = TypeVar("T", bound="Substitution")


@_attrs_define
class Substitution:
    """A substitution: `substitute` decides for `person` from `from` up to and without `until`. `processes` and
    `departments`
    are null where it is for all.

        Attributes:
            id (UUID):
            person (Person): Somebody of the CRM directory.
            substitute (Person): Somebody of the CRM directory.
            from_ (datetime.datetime):
            until (datetime.datetime):
            processes (list[str] | None):
            departments (list[str] | None):
            ceiling (Ceiling | None):
            reason (str):
            made_by (Person): Somebody of the CRM directory.
            made_at (datetime.datetime):
            revoked_by (None | Person):
            revoked_at (datetime.datetime | None):
            state (SubstitutionState): Where a substitution stands.
    """

    id: UUID
    person: Person
    substitute: Person
    from_: datetime.datetime
    until: datetime.datetime
    processes: list[str] | None
    departments: list[str] | None
    ceiling: Ceiling | None
    reason: str
    made_by: Person
    made_at: datetime.datetime
    revoked_by: None | Person
    revoked_at: datetime.datetime | None
    state: SubstitutionState
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.ceiling import Ceiling  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415

        id = str(self.id)

        person = self.person.to_dict()

        substitute = self.substitute.to_dict()

        from_ = self.from_.isoformat()

        until = self.until.isoformat()

        processes: list[str] | None
        if isinstance(self.processes, list):
            processes = self.processes

        else:
            processes = self.processes

        departments: list[str] | None
        if isinstance(self.departments, list):
            departments = self.departments

        else:
            departments = self.departments

        ceiling: dict[str, Any] | None
        if isinstance(self.ceiling, Ceiling):
            ceiling = self.ceiling.to_dict()
        else:
            ceiling = self.ceiling

        reason = self.reason

        made_by = self.made_by.to_dict()

        made_at = self.made_at.isoformat()

        revoked_by: dict[str, Any] | None
        if isinstance(self.revoked_by, Person):
            revoked_by = self.revoked_by.to_dict()
        else:
            revoked_by = self.revoked_by

        revoked_at: None | str
        if isinstance(self.revoked_at, datetime.datetime):
            revoked_at = self.revoked_at.isoformat()
        else:
            revoked_at = self.revoked_at

        state: str = self.state

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "person": person,
                "substitute": substitute,
                "from": from_,
                "until": until,
                "processes": processes,
                "departments": departments,
                "ceiling": ceiling,
                "reason": reason,
                "made_by": made_by,
                "made_at": made_at,
                "revoked_by": revoked_by,
                "revoked_at": revoked_at,
                "state": state,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ceiling import Ceiling  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        person = Person.from_dict(d.pop("person"))

        substitute = Person.from_dict(d.pop("substitute"))

        from_ = datetime.datetime.fromisoformat(d.pop("from"))

        until = datetime.datetime.fromisoformat(d.pop("until"))

        def _parse_processes(data: object) -> list[str] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                processes_type_0 = cast(list[str], data)

                return processes_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None, data)

        processes = _parse_processes(d.pop("processes"))

        def _parse_departments(data: object) -> list[str] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                departments_type_0 = cast(list[str], data)

                return departments_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None, data)

        departments = _parse_departments(d.pop("departments"))

        def _parse_ceiling(data: object) -> Ceiling | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                ceiling_type_0 = Ceiling.from_dict(data)

                return ceiling_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Ceiling | None, data)

        ceiling = _parse_ceiling(d.pop("ceiling"))

        reason = d.pop("reason")

        made_by = Person.from_dict(d.pop("made_by"))

        made_at = datetime.datetime.fromisoformat(d.pop("made_at"))

        def _parse_revoked_by(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                revoked_by_type_0 = Person.from_dict(data)

                return revoked_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        revoked_by = _parse_revoked_by(d.pop("revoked_by"))

        def _parse_revoked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                revoked_at_type_0 = datetime.datetime.fromisoformat(data)

                return revoked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        revoked_at = _parse_revoked_at(d.pop("revoked_at"))

        state = check_substitution_state(d.pop("state"))

        substitution = cls(
            id=id,
            person=person,
            substitute=substitute,
            from_=from_,
            until=until,
            processes=processes,
            departments=departments,
            ceiling=ceiling,
            reason=reason,
            made_by=made_by,
            made_at=made_at,
            revoked_by=revoked_by,
            revoked_at=revoked_at,
            state=state,
        )

        substitution.additional_properties = d
        return substitution

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
