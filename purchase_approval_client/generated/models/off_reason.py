from typing import Literal

OffReason = Literal["by_hand", "failing", "gone"]

OFF_REASON_VALUES: set[OffReason] = {
    "by_hand",
    "failing",
    "gone",
}


def check_off_reason(value: str) -> OffReason:
    if value in OFF_REASON_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OFF_REASON_VALUES!r}")
