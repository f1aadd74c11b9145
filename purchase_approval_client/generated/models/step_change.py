from typing import Literal

StepChange = Literal["added", "changed", "gone"]

STEP_CHANGE_VALUES: set[StepChange] = {
    "added",
    "changed",
    "gone",
}


def check_step_change(value: str) -> StepChange:
    if value in STEP_CHANGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEP_CHANGE_VALUES!r}")
