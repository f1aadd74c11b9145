from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.matrix_policy import MatrixPolicy, check_matrix_policy
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.matrix_row import MatrixRow


T = TypeVar("T", bound="ApprovalMatrix")


@_attrs_define
class ApprovalMatrix:
    """The rows from which steps take their approvers, in the order in which they are looked at; see approval/matrix.py.

    Attributes:
        matches (MatrixPolicy | Unset): Which of the rows that match a request count.
        currency (str | Unset):  Default: 'VND'.
        rows (list[MatrixRow] | Unset):
    """

    matches: MatrixPolicy | Unset = UNSET
    currency: str | Unset = "VND"
    rows: list[MatrixRow] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

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
        field_dict.update(self.additional_properties)
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
        from ..models.matrix_row import MatrixRow  # noqa: PLC0415

        d = dict(src_dict)
        _matches = d.pop("matches", UNSET)
        matches: MatrixPolicy | Unset
        if isinstance(_matches, Unset):
            matches = UNSET
        else:
            matches = check_matrix_policy(_matches)

        currency = d.pop("currency", UNSET)

        _rows = d.pop("rows", UNSET)
        rows: list[MatrixRow] | Unset = UNSET
        if _rows is not UNSET:
            rows = []
            for rows_item_data in _rows:
                rows_item = MatrixRow.from_dict(rows_item_data)

                rows.append(rows_item)

        approval_matrix = cls(
            matches=matches,
            currency=currency,
            rows=rows,
        )

        approval_matrix.additional_properties = d
        return approval_matrix

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
