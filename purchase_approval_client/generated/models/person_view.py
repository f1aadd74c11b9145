from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.person_state import PersonState, check_person_state

if TYPE_CHECKING:
    from ..models.away import Away
    from ..models.person import Person


T = TypeVar("T", bound="PersonView")


@_attrs_define
class PersonView:
    """Somebody of the directory. ``away`` are those who decide for them now; ``reports`` counts who report to them
    directly,
    ``waiting`` the decisions that wait on them now.

        Attributes:
            username (str):
            name (str):
            roles (list[str]):
            manager (None | Person):
            department (str):
            email (str):
            language (str):
            left (bool):
            state (PersonState): Whether somebody is there.
            away (list[Away]):
            reports (int):
            waiting (int):
            version (int):
    """

    username: str
    name: str
    roles: list[str]
    manager: None | Person
    department: str
    email: str
    language: str
    left: bool
    state: PersonState
    away: list[Away]
    reports: int
    waiting: int
    version: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415

        username = self.username

        name = self.name

        roles = self.roles

        manager: dict[str, Any] | None
        if isinstance(self.manager, Person):
            manager = self.manager.to_dict()
        else:
            manager = self.manager

        department = self.department

        email = self.email

        language = self.language

        left = self.left

        state: str = self.state

        away = []
        for away_item_data in self.away:
            away_item = away_item_data.to_dict()
            away.append(away_item)

        reports = self.reports

        waiting = self.waiting

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "username": username,
                "name": name,
                "roles": roles,
                "manager": manager,
                "department": department,
                "email": email,
                "language": language,
                "left": left,
                "state": state,
                "away": away,
                "reports": reports,
                "waiting": waiting,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.away import Away  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        username = d.pop("username")

        name = d.pop("name")

        roles = cast(list[str], d.pop("roles"))

        def _parse_manager(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                manager_type_0 = Person.from_dict(data)

                return manager_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        manager = _parse_manager(d.pop("manager"))

        department = d.pop("department")

        email = d.pop("email")

        language = d.pop("language")

        left = d.pop("left")

        state = check_person_state(d.pop("state"))

        away = []
        _away = d.pop("away")
        for away_item_data in _away:
            away_item = Away.from_dict(away_item_data)

            away.append(away_item)

        reports = d.pop("reports")

        waiting = d.pop("waiting")

        version = d.pop("version")

        person_view = cls(
            username=username,
            name=name,
            roles=roles,
            manager=manager,
            department=department,
            email=email,
            language=language,
            left=left,
            state=state,
            away=away,
            reports=reports,
            waiting=waiting,
            version=version,
        )

        person_view.additional_properties = d
        return person_view

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
