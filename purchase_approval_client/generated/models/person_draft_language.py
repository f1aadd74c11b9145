from typing import Literal

PersonDraftLanguage = Literal["en", "vi"]

PERSON_DRAFT_LANGUAGE_VALUES: set[PersonDraftLanguage] = {
    "en",
    "vi",
}


def check_person_draft_language(value: str) -> PersonDraftLanguage:
    if value in PERSON_DRAFT_LANGUAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PERSON_DRAFT_LANGUAGE_VALUES!r}")
