from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.settings_view_language import SettingsViewLanguage, check_settings_view_language

if TYPE_CHECKING:
    from ..models.settings_view_email import SettingsViewEmail
    from ..models.settings_view_push import SettingsViewPush


T = TypeVar("T", bound="SettingsView")


@_attrs_define
class SettingsView:
    """How somebody is told.

    Attributes:
        address (str):
        language (SettingsViewLanguage):
        email (SettingsViewEmail):
        push (SettingsViewPush):
    """

    address: str
    language: SettingsViewLanguage
    email: SettingsViewEmail
    push: SettingsViewPush
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        address = self.address

        language: str = self.language

        email = self.email.to_dict()

        push = self.push.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "address": address,
                "language": language,
                "email": email,
                "push": push,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.settings_view_email import SettingsViewEmail  # noqa: PLC0415
        from ..models.settings_view_push import SettingsViewPush  # noqa: PLC0415

        d = dict(src_dict)
        address = d.pop("address")

        language = check_settings_view_language(d.pop("language"))

        email = SettingsViewEmail.from_dict(d.pop("email"))

        push = SettingsViewPush.from_dict(d.pop("push"))

        settings_view = cls(
            address=address,
            language=language,
            email=email,
            push=push,
        )

        settings_view.additional_properties = d
        return settings_view

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
