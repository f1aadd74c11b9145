from typing import Literal

EngineState = Literal["away", "ok"]

ENGINE_STATE_VALUES: set[EngineState] = {
    "away",
    "ok",
}


def check_engine_state(value: str) -> EngineState:
    if value in ENGINE_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ENGINE_STATE_VALUES!r}")
