from typing import Literal

Ignored = Literal["older", "repeated"]

IGNORED_VALUES: set[Ignored] = {
    "older",
    "repeated",
}


def check_ignored(value: str) -> Ignored:
    if value in IGNORED_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {IGNORED_VALUES!r}")
