from typing import Literal

CumulationKey = Literal["department", "owner", "source", "supplier"]

CUMULATION_KEY_VALUES: set[CumulationKey] = {
    "department",
    "owner",
    "source",
    "supplier",
}


def check_cumulation_key(value: str) -> CumulationKey:
    if value in CUMULATION_KEY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CUMULATION_KEY_VALUES!r}")
