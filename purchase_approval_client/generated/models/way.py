from typing import Literal

Way = Literal["file", "hand", "other", "sign_in"]

WAY_VALUES: set[Way] = {
    "file",
    "hand",
    "other",
    "sign_in",
}


def check_way(value: str) -> Way:
    if value in WAY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WAY_VALUES!r}")
