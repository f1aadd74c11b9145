from typing import Literal

MatrixPolicy = Literal["collected", "first"]

MATRIX_POLICY_VALUES: set[MatrixPolicy] = {
    "collected",
    "first",
}


def check_matrix_policy(value: str) -> MatrixPolicy:
    if value in MATRIX_POLICY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MATRIX_POLICY_VALUES!r}")
