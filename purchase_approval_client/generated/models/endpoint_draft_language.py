from typing import Literal

EndpointDraftLanguage = Literal["en", "vi"]

ENDPOINT_DRAFT_LANGUAGE_VALUES: set[EndpointDraftLanguage] = {
    "en",
    "vi",
}


def check_endpoint_draft_language(value: str) -> EndpointDraftLanguage:
    if value in ENDPOINT_DRAFT_LANGUAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ENDPOINT_DRAFT_LANGUAGE_VALUES!r}")
