from typing import Literal

What = Literal["changed", "gone", "new", "unchanged"]

WHAT_VALUES: set[What] = {
    "changed",
    "gone",
    "new",
    "unchanged",
}


def check_what(value: str) -> What:
    if value in WHAT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WHAT_VALUES!r}")
