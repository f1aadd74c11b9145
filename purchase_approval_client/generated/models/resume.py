from typing import Literal

Resume = Literal["delta", "from_start"]

RESUME_VALUES: set[Resume] = {
    "delta",
    "from_start",
}


def check_resume(value: str) -> Resume:
    if value in RESUME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RESUME_VALUES!r}")
