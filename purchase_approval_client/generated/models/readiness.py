from typing import Literal

Readiness = Literal["not_ready", "ready", "stopping"]

READINESS_VALUES: set[Readiness] = {
    "not_ready",
    "ready",
    "stopping",
}


def check_readiness(value: str) -> Readiness:
    if value in READINESS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {READINESS_VALUES!r}")
