from typing import Literal

PersonChangeLanguageType0 = Literal["en", "vi"]

PERSON_CHANGE_LANGUAGE_TYPE_0_VALUES: set[PersonChangeLanguageType0] = {
    "en",
    "vi",
}


def check_person_change_language_type_0(value: str) -> PersonChangeLanguageType0:
    if value in PERSON_CHANGE_LANGUAGE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PERSON_CHANGE_LANGUAGE_TYPE_0_VALUES!r}")
