from typing import Literal

EndpointViewLanguage = Literal["en", "vi"]

ENDPOINT_VIEW_LANGUAGE_VALUES: set[EndpointViewLanguage] = {
    "en",
    "vi",
}


def check_endpoint_view_language(value: str) -> EndpointViewLanguage:
    if value in ENDPOINT_VIEW_LANGUAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ENDPOINT_VIEW_LANGUAGE_VALUES!r}")
