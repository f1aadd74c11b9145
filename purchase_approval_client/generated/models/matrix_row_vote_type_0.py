from typing import Literal

MatrixRowVoteType0 = Literal["all", "any"]

MATRIX_ROW_VOTE_TYPE_0_VALUES: set[MatrixRowVoteType0] = {
    "all",
    "any",
}


def check_matrix_row_vote_type_0(value: str) -> MatrixRowVoteType0:
    if value in MATRIX_ROW_VOTE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MATRIX_ROW_VOTE_TYPE_0_VALUES!r}")
