from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.person_change_language_type_0 import PersonChangeLanguageType0, check_person_change_language_type_0
from ..types import UNSET, Unset

T = TypeVar("T", bound="PersonChange")


@_attrs_define
class PersonChange:
    """What is to become of somebody; what is left out stays as it is.

    Attributes:
        name (None | str | Unset):
        roles (list[str] | None | Unset):
        manager (None | str | Unset):
        department (None | str | Unset):
        email (None | str | Unset):
        language (None | PersonChangeLanguageType0 | Unset):
        left (bool | None | Unset):
        give_up_admin (bool | Unset):  Default: False.
    """

    name: None | str | Unset = UNSET
    roles: list[str] | None | Unset = UNSET
    manager: None | str | Unset = UNSET
    department: None | str | Unset = UNSET
    email: None | str | Unset = UNSET
    language: None | PersonChangeLanguageType0 | Unset = UNSET
    left: bool | None | Unset = UNSET
    give_up_admin: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        roles: list[str] | None | Unset
        if isinstance(self.roles, Unset):
            roles = UNSET
        elif isinstance(self.roles, list):
            roles = self.roles

        else:
            roles = self.roles

        manager: None | str | Unset
        if isinstance(self.manager, Unset):
            manager = UNSET
        else:
            manager = self.manager

        department: None | str | Unset
        if isinstance(self.department, Unset):
            department = UNSET
        else:
            department = self.department

        email: None | str | Unset
        if isinstance(self.email, Unset):
            email = UNSET
        else:
            email = self.email

        language: None | str | Unset
        if isinstance(self.language, Unset):
            language = UNSET
        elif isinstance(self.language, str):
            language = self.language
        else:
            language = self.language

        left: bool | None | Unset
        if isinstance(self.left, Unset):
            left = UNSET
        else:
            left = self.left

        give_up_admin = self.give_up_admin

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if roles is not UNSET:
            field_dict["roles"] = roles
        if manager is not UNSET:
            field_dict["manager"] = manager
        if department is not UNSET:
            field_dict["department"] = department
        if email is not UNSET:
            field_dict["email"] = email
        if language is not UNSET:
            field_dict["language"] = language
        if left is not UNSET:
            field_dict["left"] = left
        if give_up_admin is not UNSET:
            field_dict["give_up_admin"] = give_up_admin

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_roles(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                roles_type_0 = cast(list[str], data)

                return roles_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        roles = _parse_roles(d.pop("roles", UNSET))

        def _parse_manager(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        manager = _parse_manager(d.pop("manager", UNSET))

        def _parse_department(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        department = _parse_department(d.pop("department", UNSET))

        def _parse_email(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        email = _parse_email(d.pop("email", UNSET))

        def _parse_language(data: object) -> None | PersonChangeLanguageType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                language_type_0 = check_person_change_language_type_0(data)

                return language_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PersonChangeLanguageType0 | Unset, data)

        language = _parse_language(d.pop("language", UNSET))

        def _parse_left(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        left = _parse_left(d.pop("left", UNSET))

        give_up_admin = d.pop("give_up_admin", UNSET)

        person_change = cls(
            name=name,
            roles=roles,
            manager=manager,
            department=department,
            email=email,
            language=language,
            left=left,
            give_up_admin=give_up_admin,
        )

        return person_change
