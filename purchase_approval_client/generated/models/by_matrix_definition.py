from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ByMatrixDefinition")


@_attrs_define
class ByMatrixDefinition:
    """Whoever the approval matrix says.

    Attributes:
        matrix (bool):
    """

    matrix: bool

    def to_dict(self) -> dict[str, Any]:
        matrix = self.matrix

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "matrix": matrix,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        matrix = d.pop("matrix")

        by_matrix_definition = cls(
            matrix=matrix,
        )

        return by_matrix_definition
