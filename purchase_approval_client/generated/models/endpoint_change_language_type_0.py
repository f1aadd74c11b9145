from typing import Literal

EndpointChangeLanguageType0 = Literal["en", "vi"]

ENDPOINT_CHANGE_LANGUAGE_TYPE_0_VALUES: set[EndpointChangeLanguageType0] = {
    "en",
    "vi",
}


def check_endpoint_change_language_type_0(value: str) -> EndpointChangeLanguageType0:
    if value in ENDPOINT_CHANGE_LANGUAGE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ENDPOINT_CHANGE_LANGUAGE_TYPE_0_VALUES!r}")
