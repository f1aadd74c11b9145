from typing import Literal

StepOutcome = Literal["asks_again", "carried", "new", "skipped"]

STEP_OUTCOME_VALUES: set[StepOutcome] = {
    "asks_again",
    "carried",
    "new",
    "skipped",
}


def check_step_outcome(value: str) -> StepOutcome:
    if value in STEP_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEP_OUTCOME_VALUES!r}")
