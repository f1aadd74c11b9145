from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.matrix_row_definition_vote_type_0 import (
    MatrixRowDefinitionVoteType0,
    check_matrix_row_definition_vote_type_0,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.by_manager_definition import ByManagerDefinition
    from ..models.by_role_definition import ByRoleDefinition
    from ..models.by_user_definition import ByUserDefinition
    from ..models.matrix_row_definition_vote_type_1 import MatrixRowDefinitionVoteType1


T = TypeVar("T", bound="MatrixRowDefinition")


@_attrs_define
class MatrixRowDefinition:
    """A row of the approval matrix, in its form. What is left out, null or empty matches anything.

    Attributes:
        step (str):
        approvers (list[ByManagerDefinition | ByRoleDefinition | ByUserDefinition]):
        department (None | str | Unset):
        product_category (None | str | Unset):
        supplier (None | str | Unset):
        amount_from (float | None | str | Unset):
        amount_to (float | None | str | Unset):
        vote (MatrixRowDefinitionVoteType0 | MatrixRowDefinitionVoteType1 | None | Unset):
        deadline (None | str | Unset):
    """

    step: str
    approvers: list[ByManagerDefinition | ByRoleDefinition | ByUserDefinition]
    department: None | str | Unset = UNSET
    product_category: None | str | Unset = UNSET
    supplier: None | str | Unset = UNSET
    amount_from: float | None | str | Unset = UNSET
    amount_to: float | None | str | Unset = UNSET
    vote: MatrixRowDefinitionVoteType0 | MatrixRowDefinitionVoteType1 | None | Unset = UNSET
    deadline: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.by_role_definition import ByRoleDefinition  # noqa: PLC0415
        from ..models.by_user_definition import ByUserDefinition  # noqa: PLC0415
        from ..models.matrix_row_definition_vote_type_1 import MatrixRowDefinitionVoteType1  # noqa: PLC0415

        step = self.step

        approvers = []
        for approvers_item_data in self.approvers:
            approvers_item: dict[str, Any]
            if isinstance(approvers_item_data, ByUserDefinition):
                approvers_item = approvers_item_data.to_dict()
            elif isinstance(approvers_item_data, ByRoleDefinition):
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

        amount_from: float | None | str | Unset
        if isinstance(self.amount_from, Unset):
            amount_from = UNSET
        else:
            amount_from = self.amount_from

        amount_to: float | None | str | Unset
        if isinstance(self.amount_to, Unset):
            amount_to = UNSET
        else:
            amount_to = self.amount_to

        vote: dict[str, Any] | None | str | Unset
        if isinstance(self.vote, Unset):
            vote = UNSET
        elif isinstance(self.vote, str):
            vote = self.vote
        elif isinstance(self.vote, MatrixRowDefinitionVoteType1):
            vote = self.vote.to_dict()
        else:
            vote = self.vote

        deadline: None | str | Unset
        if isinstance(self.deadline, Unset):
            deadline = UNSET
        else:
            deadline = self.deadline

        field_dict: dict[str, Any] = {}

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
        from ..models.by_manager_definition import ByManagerDefinition  # noqa: PLC0415
        from ..models.by_role_definition import ByRoleDefinition  # noqa: PLC0415
        from ..models.by_user_definition import ByUserDefinition  # noqa: PLC0415
        from ..models.matrix_row_definition_vote_type_1 import MatrixRowDefinitionVoteType1  # noqa: PLC0415

        d = dict(src_dict)
        step = d.pop("step")

        approvers = []
        _approvers = d.pop("approvers")
        for approvers_item_data in _approvers:

            def _parse_approvers_item(data: object) -> ByManagerDefinition | ByRoleDefinition | ByUserDefinition:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    approvers_item_type_0 = ByUserDefinition.from_dict(data)

                    return approvers_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    approvers_item_type_1 = ByRoleDefinition.from_dict(data)

                    return approvers_item_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                approvers_item_type_2 = ByManagerDefinition.from_dict(data)

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

        def _parse_amount_from(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        amount_from = _parse_amount_from(d.pop("amount_from", UNSET))

        def _parse_amount_to(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        amount_to = _parse_amount_to(d.pop("amount_to", UNSET))

        def _parse_vote(data: object) -> MatrixRowDefinitionVoteType0 | MatrixRowDefinitionVoteType1 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                vote_type_0 = check_matrix_row_definition_vote_type_0(data)

                return vote_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                vote_type_1 = MatrixRowDefinitionVoteType1.from_dict(data)

                return vote_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MatrixRowDefinitionVoteType0 | MatrixRowDefinitionVoteType1 | None | Unset, data)

        vote = _parse_vote(d.pop("vote", UNSET))

        def _parse_deadline(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        deadline = _parse_deadline(d.pop("deadline", UNSET))

        matrix_row_definition = cls(
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

        return matrix_row_definition
