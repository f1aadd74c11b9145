from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="Workload")


@_attrs_define
class Workload:
    """What somebody has to decide, and has decided.

    Attributes:
        person (Person): Somebody of the CRM directory.
        department (str):
        waiting (int):
        oldest_since (datetime.date | None):
        late (int):
        decided (int):
    """

    person: Person
    department: str
    waiting: int
    oldest_since: datetime.date | None
    late: int
    decided: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        person = self.person.to_dict()

        department = self.department

        waiting = self.waiting

        oldest_since: None | str
        if isinstance(self.oldest_since, datetime.date):
            oldest_since = self.oldest_since.isoformat()
        else:
            oldest_since = self.oldest_since

        late = self.late

        decided = self.decided

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "person": person,
                "department": department,
                "waiting": waiting,
                "oldest_since": oldest_since,
                "late": late,
                "decided": decided,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        person = Person.from_dict(d.pop("person"))

        department = d.pop("department")

        waiting = d.pop("waiting")

        def _parse_oldest_since(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                oldest_since_type_0 = datetime.date.fromisoformat(data)

                return oldest_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        oldest_since = _parse_oldest_since(d.pop("oldest_since"))

        late = d.pop("late")

        decided = d.pop("decided")

        workload = cls(
            person=person,
            department=department,
            waiting=waiting,
            oldest_since=oldest_since,
            late=late,
            decided=decided,
        )

        workload.additional_properties = d
        return workload

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
