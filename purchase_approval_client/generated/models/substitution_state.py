from typing import Literal

SubstitutionState = Literal["active", "over", "revoked", "upcoming"]

SUBSTITUTION_STATE_VALUES: set[SubstitutionState] = {
    "active",
    "over",
    "revoked",
    "upcoming",
}


def check_substitution_state(value: str) -> SubstitutionState:
    if value in SUBSTITUTION_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SUBSTITUTION_STATE_VALUES!r}")
