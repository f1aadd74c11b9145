from typing import Literal

SettingsViewLanguage = Literal["en", "vi"]

SETTINGS_VIEW_LANGUAGE_VALUES: set[SettingsViewLanguage] = {
    "en",
    "vi",
}


def check_settings_view_language(value: str) -> SettingsViewLanguage:
    if value in SETTINGS_VIEW_LANGUAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SETTINGS_VIEW_LANGUAGE_VALUES!r}")
