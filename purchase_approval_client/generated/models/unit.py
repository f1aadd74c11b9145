from typing import Literal

Unit = Literal["%", "bd", "bh", "h"]

UNIT_VALUES: set[Unit] = {
    "%",
    "bd",
    "bh",
    "h",
}


def check_unit(value: str) -> Unit:
    if value in UNIT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {UNIT_VALUES!r}")
