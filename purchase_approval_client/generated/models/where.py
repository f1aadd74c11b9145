from typing import Literal

Where = Literal["after", "before", "beside"]

WHERE_VALUES: set[Where] = {
    "after",
    "before",
    "beside",
}


def check_where(value: str) -> Where:
    if value in WHERE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WHERE_VALUES!r}")
