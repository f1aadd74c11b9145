from typing import Literal

StepViewKind = Literal["approval", "parallel"]

STEP_VIEW_KIND_VALUES: set[StepViewKind] = {
    "approval",
    "parallel",
}


def check_step_view_kind(value: str) -> StepViewKind:
    if value in STEP_VIEW_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEP_VIEW_KIND_VALUES!r}")
