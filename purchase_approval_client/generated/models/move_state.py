from typing import Literal

MoveState = Literal["stays", "would_move"]

MOVE_STATE_VALUES: set[MoveState] = {
    "stays",
    "would_move",
}


def check_move_state(value: str) -> MoveState:
    if value in MOVE_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MOVE_STATE_VALUES!r}")
