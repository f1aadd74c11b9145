from typing import Literal

StepDefinitionDecisionType0 = Literal["all", "any"]

STEP_DEFINITION_DECISION_TYPE_0_VALUES: set[StepDefinitionDecisionType0] = {
    "all",
    "any",
}


def check_step_definition_decision_type_0(value: str) -> StepDefinitionDecisionType0:
    if value in STEP_DEFINITION_DECISION_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEP_DEFINITION_DECISION_TYPE_0_VALUES!r}")
