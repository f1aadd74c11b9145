from typing import Literal

RepeatApprover = Literal["ask", "carry"]

REPEAT_APPROVER_VALUES: set[RepeatApprover] = {
    "ask",
    "carry",
}


def check_repeat_approver(value: str) -> RepeatApprover:
    if value in REPEAT_APPROVER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {REPEAT_APPROVER_VALUES!r}")
