from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="MatrixRowDefinitionVoteType1")


@_attrs_define
class MatrixRowDefinitionVoteType1:
    """
    Attributes:
        quorum (int | str):
    """

    quorum: int | str

    def to_dict(self) -> dict[str, Any]:
        quorum: int | str
        quorum = self.quorum

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "quorum": quorum,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_quorum(data: object) -> int | str:
            return cast(int | str, data)

        quorum = _parse_quorum(d.pop("quorum"))

        matrix_row_definition_vote_type_1 = cls(
            quorum=quorum,
        )

        return matrix_row_definition_vote_type_1
