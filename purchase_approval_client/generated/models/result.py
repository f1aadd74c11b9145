from typing import Literal

Result = Literal["changed", "placed", "unchanged"]

RESULT_VALUES: set[Result] = {
    "changed",
    "placed",
    "unchanged",
}


def check_result(value: str) -> Result:
    if value in RESULT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RESULT_VALUES!r}")
