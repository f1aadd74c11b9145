from typing import Literal

MatrixRowDefinitionVoteType0 = Literal["all", "any"]

MATRIX_ROW_DEFINITION_VOTE_TYPE_0_VALUES: set[MatrixRowDefinitionVoteType0] = {
    "all",
    "any",
}


def check_matrix_row_definition_vote_type_0(value: str) -> MatrixRowDefinitionVoteType0:
    if value in MATRIX_ROW_DEFINITION_VOTE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MATRIX_ROW_DEFINITION_VOTE_TYPE_0_VALUES!r}")
