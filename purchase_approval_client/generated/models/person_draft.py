from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.person_draft_language import PersonDraftLanguage, check_person_draft_language
from ..types import UNSET, Unset

T = TypeVar("T", bound="PersonDraft")


@_attrs_define
class PersonDraft:
    """Somebody new.

    Attributes:
        username (str):
        name (str):
        roles (list[str] | Unset):
        manager (None | str | Unset):
        department (str | Unset):  Default: ''.
        email (str | Unset):  Default: ''.
        language (PersonDraftLanguage | Unset):  Default: 'vi'.
    """

    username: str
    name: str
    roles: list[str] | Unset = UNSET
    manager: None | str | Unset = UNSET
    department: str | Unset = ""
    email: str | Unset = ""
    language: PersonDraftLanguage | Unset = "vi"

    def to_dict(self) -> dict[str, Any]:
        username = self.username

        name = self.name

        roles: list[str] | Unset = UNSET
        if not isinstance(self.roles, Unset):
            roles = self.roles

        manager: None | str | Unset
        if isinstance(self.manager, Unset):
            manager = UNSET
        else:
            manager = self.manager

        department = self.department

        email = self.email

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "username": username,
                "name": name,
            }
        )
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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        username = d.pop("username")

        name = d.pop("name")

        roles = cast(list[str], d.pop("roles", UNSET))

        def _parse_manager(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        manager = _parse_manager(d.pop("manager", UNSET))

        department = d.pop("department", UNSET)

        email = d.pop("email", UNSET)

        _language = d.pop("language", UNSET)
        language: PersonDraftLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = check_person_draft_language(_language)

        person_draft = cls(
            username=username,
            name=name,
            roles=roles,
            manager=manager,
            department=department,
            email=email,
            language=language,
        )

        return person_draft
