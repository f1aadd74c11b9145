from typing import Literal

SettingsDraftLanguage = Literal["en", "vi"]

SETTINGS_DRAFT_LANGUAGE_VALUES: set[SettingsDraftLanguage] = {
    "en",
    "vi",
}


def check_settings_draft_language(value: str) -> SettingsDraftLanguage:
    if value in SETTINGS_DRAFT_LANGUAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SETTINGS_DRAFT_LANGUAGE_VALUES!r}")
