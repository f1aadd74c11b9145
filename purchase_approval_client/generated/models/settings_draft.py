from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.settings_draft_language import SettingsDraftLanguage, check_settings_draft_language
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.settings_draft_email import SettingsDraftEmail
    from ..models.settings_draft_push import SettingsDraftPush


T = TypeVar("T", bound="SettingsDraft")


@_attrs_define
class SettingsDraft:
    """How somebody wants to be told. A kind that is left out is as usual.

    Attributes:
        language (SettingsDraftLanguage | Unset):  Default: 'vi'.
        email (SettingsDraftEmail | Unset):
        push (SettingsDraftPush | Unset):
    """

    language: SettingsDraftLanguage | Unset = "vi"
    email: SettingsDraftEmail | Unset = UNSET
    push: SettingsDraftPush | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language

        email: dict[str, Any] | Unset = UNSET
        if not isinstance(self.email, Unset):
            email = self.email.to_dict()

        push: dict[str, Any] | Unset = UNSET
        if not isinstance(self.push, Unset):
            push = self.push.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if language is not UNSET:
            field_dict["language"] = language
        if email is not UNSET:
            field_dict["email"] = email
        if push is not UNSET:
            field_dict["push"] = push

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.settings_draft_email import SettingsDraftEmail  # noqa: PLC0415
        from ..models.settings_draft_push import SettingsDraftPush  # noqa: PLC0415

        d = dict(src_dict)
        _language = d.pop("language", UNSET)
        language: SettingsDraftLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = check_settings_draft_language(_language)

        _email = d.pop("email", UNSET)
        email: SettingsDraftEmail | Unset
        if isinstance(_email, Unset):
            email = UNSET
        else:
            email = SettingsDraftEmail.from_dict(_email)

        _push = d.pop("push", UNSET)
        push: SettingsDraftPush | Unset
        if isinstance(_push, Unset):
            push = UNSET
        else:
            push = SettingsDraftPush.from_dict(_push)

        settings_draft = cls(
            language=language,
            email=email,
            push=push,
        )

        return settings_draft
