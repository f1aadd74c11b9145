from typing import Literal

HoldChoice = Literal["amend", "keep"]

HOLD_CHOICE_VALUES: set[HoldChoice] = {
    "amend",
    "keep",
}


def check_hold_choice(value: str) -> HoldChoice:
    if value in HOLD_CHOICE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {HOLD_CHOICE_VALUES!r}")
