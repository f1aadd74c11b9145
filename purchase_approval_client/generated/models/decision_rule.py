from typing import Literal

DecisionRule = Literal["all", "any", "quorum"]

DECISION_RULE_VALUES: set[DecisionRule] = {
    "all",
    "any",
    "quorum",
}


def check_decision_rule(value: str) -> DecisionRule:
    if value in DECISION_RULE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DECISION_RULE_VALUES!r}")
