from typing import Literal

EndpointWithSecretLanguage = Literal["en", "vi"]

ENDPOINT_WITH_SECRET_LANGUAGE_VALUES: set[EndpointWithSecretLanguage] = {
    "en",
    "vi",
}


def check_endpoint_with_secret_language(value: str) -> EndpointWithSecretLanguage:
    if value in ENDPOINT_WITH_SECRET_LANGUAGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ENDPOINT_WITH_SECRET_LANGUAGE_VALUES!r}")
