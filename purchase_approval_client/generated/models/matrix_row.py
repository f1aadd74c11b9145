from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.matrix_row_vote_type_0 import MatrixRowVoteType0, check_matrix_row_vote_type_0
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.by_manager import ByManager
    from ..models.by_role import ByRole
    from ..models.by_user import ByUser
    from ..models.quorum import Quorum


T = TypeVar("T", bound="MatrixRow")


@_attrs_define
class MatrixRow:
    """A row of the approval matrix (Ma trận phê duyệt): who approves a step of such requests. None matches anything.

    Attributes:
        step (str):
        approvers (list[ByManager | ByRole | ByUser]):
        department (None | str | Unset):
        product_category (None | str | Unset):
        supplier (None | str | Unset):
        amount_from (None | str | Unset):
        amount_to (None | str | Unset):
        vote (MatrixRowVoteType0 | None | Quorum | Unset):
        deadline (None | str | Unset):
    """

    step: str
    approvers: list[ByManager | ByRole | ByUser]
    department: None | str | Unset = UNSET
    product_category: None | str | Unset = UNSET
    supplier: None | str | Unset = UNSET
    amount_from: None | str | Unset = UNSET
    amount_to: None | str | Unset = UNSET
    vote: MatrixRowVoteType0 | None | Quorum | Unset = UNSET
    deadline: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.by_role import ByRole  # noqa: PLC0415
        from ..models.by_user import ByUser  # noqa: PLC0415
        from ..models.quorum import Quorum  # noqa: PLC0415

        step = self.step

        approvers = []
        for approvers_item_data in self.approvers:
            approvers_item: dict[str, Any]
            if isinstance(approvers_item_data, ByUser):
                approvers_item = approvers_item_data.to_dict()
            elif isinstance(approvers_item_data, ByRole):
                approvers_item = approvers_item_data.to_dict()
            else:
                approvers_item = approvers_item_data.to_dict()

            approvers.append(approvers_item)

        department: None | str | Unset
        if isinstance(self.department, Unset):
            department = UNSET
        else:
            department = self.department

        product_category: None | str | Unset
        if isinstance(self.product_category, Unset):
            product_category = UNSET
        else:
            product_category = self.product_category

        supplier: None | str | Unset
        if isinstance(self.supplier, Unset):
            supplier = UNSET
        else:
            supplier = self.supplier

        amount_from: None | str | Unset
        if isinstance(self.amount_from, Unset):
            amount_from = UNSET
        else:
            amount_from = self.amount_from

        amount_to: None | str | Unset
        if isinstance(self.amount_to, Unset):
            amount_to = UNSET
        else:
            amount_to = self.amount_to

        vote: dict[str, Any] | None | str | Unset
        if isinstance(self.vote, Unset):
            vote = UNSET
        elif isinstance(self.vote, str):
            vote = self.vote
        elif isinstance(self.vote, Quorum):
            vote = self.vote.to_dict()
        else:
            vote = self.vote

        deadline: None | str | Unset
        if isinstance(self.deadline, Unset):
            deadline = UNSET
        else:
            deadline = self.deadline

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "step": step,
                "approvers": approvers,
            }
        )
        if department is not UNSET:
            field_dict["department"] = department
        if product_category is not UNSET:
            field_dict["product_category"] = product_category
        if supplier is not UNSET:
            field_dict["supplier"] = supplier
        if amount_from is not UNSET:
            field_dict["amount_from"] = amount_from
        if amount_to is not UNSET:
            field_dict["amount_to"] = amount_to
        if vote is not UNSET:
            field_dict["vote"] = vote
        if deadline is not UNSET:
            field_dict["deadline"] = deadline

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.by_manager import ByManager  # noqa: PLC0415
        from ..models.by_role import ByRole  # noqa: PLC0415
        from ..models.by_user import ByUser  # noqa: PLC0415
        from ..models.quorum import Quorum  # noqa: PLC0415

        d = dict(src_dict)
        step = d.pop("step")

        approvers = []
        _approvers = d.pop("approvers")
        for approvers_item_data in _approvers:

            def _parse_approvers_item(data: object) -> ByManager | ByRole | ByUser:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    approvers_item_type_0 = ByUser.from_dict(data)

                    return approvers_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    approvers_item_type_1 = ByRole.from_dict(data)

                    return approvers_item_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                approvers_item_type_2 = ByManager.from_dict(data)

                return approvers_item_type_2

            approvers_item = _parse_approvers_item(approvers_item_data)

            approvers.append(approvers_item)

        def _parse_department(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        department = _parse_department(d.pop("department", UNSET))

        def _parse_product_category(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        product_category = _parse_product_category(d.pop("product_category", UNSET))

        def _parse_supplier(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        supplier = _parse_supplier(d.pop("supplier", UNSET))

        def _parse_amount_from(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        amount_from = _parse_amount_from(d.pop("amount_from", UNSET))

        def _parse_amount_to(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        amount_to = _parse_amount_to(d.pop("amount_to", UNSET))

        def _parse_vote(data: object) -> MatrixRowVoteType0 | None | Quorum | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                vote_type_0 = check_matrix_row_vote_type_0(data)

                return vote_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                vote_type_1 = Quorum.from_dict(data)

                return vote_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MatrixRowVoteType0 | None | Quorum | Unset, data)

        vote = _parse_vote(d.pop("vote", UNSET))

        def _parse_deadline(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        deadline = _parse_deadline(d.pop("deadline", UNSET))

        matrix_row = cls(
            step=step,
            approvers=approvers,
            department=department,
            product_category=product_category,
            supplier=supplier,
            amount_from=amount_from,
            amount_to=amount_to,
            vote=vote,
            deadline=deadline,
        )

        matrix_row.additional_properties = d
        return matrix_row

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
