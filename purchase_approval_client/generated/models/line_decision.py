from typing import Literal

LineDecision = Literal["approve", "reject", "return"]

LINE_DECISION_VALUES: set[LineDecision] = {
    "approve",
    "reject",
    "return",
}


def check_line_decision(value: str) -> LineDecision:
    if value in LINE_DECISION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LINE_DECISION_VALUES!r}")
