from typing import Literal

Grouping = Literal["department", "month", "status", "supplier"]

GROUPING_VALUES: set[Grouping] = {
    "department",
    "month",
    "status",
    "supplier",
}


def check_grouping(value: str) -> Grouping:
    if value in GROUPING_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GROUPING_VALUES!r}")
