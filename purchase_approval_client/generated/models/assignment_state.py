from typing import Literal

AssignmentState = Literal[
    "approved", "carried", "forwarded", "not_needed", "open", "paused", "rejected", "returned", "waiting"
]

ASSIGNMENT_STATE_VALUES: set[AssignmentState] = {
    "approved",
    "carried",
    "forwarded",
    "not_needed",
    "open",
    "paused",
    "rejected",
    "returned",
    "waiting",
}


def check_assignment_state(value: str) -> AssignmentState:
    if value in ASSIGNMENT_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ASSIGNMENT_STATE_VALUES!r}")
