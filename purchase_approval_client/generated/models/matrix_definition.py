from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.matrix_policy import MatrixPolicy, check_matrix_policy
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.matrix_row_definition import MatrixRowDefinition


T = TypeVar("T", bound="MatrixDefinition")


@_attrs_define
class MatrixDefinition:
    """The approval matrix, in its form.

    Attributes:
        matches (MatrixPolicy | Unset): Which of the rows that match a request count.
        currency (str | Unset):  Default: 'VND'.
        rows (list[MatrixRowDefinition] | Unset):
    """

    matches: MatrixPolicy | Unset = UNSET
    currency: str | Unset = "VND"
    rows: list[MatrixRowDefinition] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        matches: str | Unset = UNSET
        if not isinstance(self.matches, Unset):
            matches = self.matches

        currency = self.currency

        rows: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.rows, Unset):
            rows = []
            for rows_item_data in self.rows:
                rows_item = rows_item_data.to_dict()
                rows.append(rows_item)

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if matches is not UNSET:
            field_dict["matches"] = matches
        if currency is not UNSET:
            field_dict["currency"] = currency
        if rows is not UNSET:
            field_dict["rows"] = rows

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.matrix_row_definition import MatrixRowDefinition  # noqa: PLC0415

        d = dict(src_dict)
        _matches = d.pop("matches", UNSET)
        matches: MatrixPolicy | Unset
        if isinstance(_matches, Unset):
            matches = UNSET
        else:
            matches = check_matrix_policy(_matches)

        currency = d.pop("currency", UNSET)

        _rows = d.pop("rows", UNSET)
        rows: list[MatrixRowDefinition] | Unset = UNSET
        if _rows is not UNSET:
            rows = []
            for rows_item_data in _rows:
                rows_item = MatrixRowDefinition.from_dict(rows_item_data)

                rows.append(rows_item)

        matrix_definition = cls(
            matches=matches,
            currency=currency,
            rows=rows,
        )

        return matrix_definition
