from typing import Literal

ProcessStepDecisionType0 = Literal["all", "any"]

PROCESS_STEP_DECISION_TYPE_0_VALUES: set[ProcessStepDecisionType0] = {
    "all",
    "any",
}


def check_process_step_decision_type_0(value: str) -> ProcessStepDecisionType0:
    if value in PROCESS_STEP_DECISION_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROCESS_STEP_DECISION_TYPE_0_VALUES!r}")
