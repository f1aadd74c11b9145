from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.purchase_process_schema_version import PurchaseProcessSchemaVersion, check_purchase_process_schema_version
from ..models.repeat_approver import RepeatApprover, check_repeat_approver
from ..models.resume import Resume, check_resume
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.approval_matrix import ApprovalMatrix
    from ..models.cumulation import Cumulation
    from ..models.parallel_block import ParallelBlock
    from ..models.process_step import ProcessStep
    from ..models.purchase_process_name import PurchaseProcessName


T = TypeVar("T", bound="PurchaseProcess")


@_attrs_define
class PurchaseProcess:
    """A process: its steps and blocks run in order.

    Attributes:
        key (str):
        name (PurchaseProcessName):
        steps (list[ParallelBlock | ProcessStep]):
        schema_version (PurchaseProcessSchemaVersion | Unset):  Default: 1.
        description (str | Unset):  Default: ''.
        repeat_approver (RepeatApprover | Unset): What becomes of somebody who is asked in a second step of a round.
        resume (Resume | Unset): How a run goes on after it was sent back.
        may_drop (bool | Unset):  Default: False.
        cumulative (list[Cumulation] | Unset):
        owner_may_add (bool | Unset):  Default: False.
        matrix (ApprovalMatrix | None | Unset):
    """

    key: str
    name: PurchaseProcessName
    steps: list[ParallelBlock | ProcessStep]
    schema_version: PurchaseProcessSchemaVersion | Unset = 1
    description: str | Unset = ""
    repeat_approver: RepeatApprover | Unset = UNSET
    resume: Resume | Unset = UNSET
    may_drop: bool | Unset = False
    cumulative: list[Cumulation] | Unset = UNSET
    owner_may_add: bool | Unset = False
    matrix: ApprovalMatrix | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.approval_matrix import ApprovalMatrix  # noqa: PLC0415
        from ..models.process_step import ProcessStep  # noqa: PLC0415

        key = self.key

        name = self.name.to_dict()

        steps = []
        for steps_item_data in self.steps:
            steps_item: dict[str, Any]
            if isinstance(steps_item_data, ProcessStep):
                steps_item = steps_item_data.to_dict()
            else:
                steps_item = steps_item_data.to_dict()

            steps.append(steps_item)

        schema_version: int | Unset = UNSET
        if not isinstance(self.schema_version, Unset):
            schema_version = self.schema_version

        description = self.description

        repeat_approver: str | Unset = UNSET
        if not isinstance(self.repeat_approver, Unset):
            repeat_approver = self.repeat_approver

        resume: str | Unset = UNSET
        if not isinstance(self.resume, Unset):
            resume = self.resume

        may_drop = self.may_drop

        cumulative: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.cumulative, Unset):
            cumulative = []
            for cumulative_item_data in self.cumulative:
                cumulative_item = cumulative_item_data.to_dict()
                cumulative.append(cumulative_item)

        owner_may_add = self.owner_may_add

        matrix: dict[str, Any] | None | Unset
        if isinstance(self.matrix, Unset):
            matrix = UNSET
        elif isinstance(self.matrix, ApprovalMatrix):
            matrix = self.matrix.to_dict()
        else:
            matrix = self.matrix

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "steps": steps,
            }
        )
        if schema_version is not UNSET:
            field_dict["schema_version"] = schema_version
        if description is not UNSET:
            field_dict["description"] = description
        if repeat_approver is not UNSET:
            field_dict["repeat_approver"] = repeat_approver
        if resume is not UNSET:
            field_dict["resume"] = resume
        if may_drop is not UNSET:
            field_dict["may_drop"] = may_drop
        if cumulative is not UNSET:
            field_dict["cumulative"] = cumulative
        if owner_may_add is not UNSET:
            field_dict["owner_may_add"] = owner_may_add
        if matrix is not UNSET:
            field_dict["matrix"] = matrix

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.approval_matrix import ApprovalMatrix  # noqa: PLC0415
        from ..models.cumulation import Cumulation  # noqa: PLC0415
        from ..models.parallel_block import ParallelBlock  # noqa: PLC0415
        from ..models.process_step import ProcessStep  # noqa: PLC0415
        from ..models.purchase_process_name import PurchaseProcessName  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = PurchaseProcessName.from_dict(d.pop("name"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:

            def _parse_steps_item(data: object) -> ParallelBlock | ProcessStep:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    steps_item_type_0 = ProcessStep.from_dict(data)

                    return steps_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                steps_item_type_1 = ParallelBlock.from_dict(data)

                return steps_item_type_1

            steps_item = _parse_steps_item(steps_item_data)

            steps.append(steps_item)

        _schema_version = d.pop("schema_version", UNSET)
        schema_version: PurchaseProcessSchemaVersion | Unset
        if isinstance(_schema_version, Unset):
            schema_version = UNSET
        else:
            schema_version = check_purchase_process_schema_version(_schema_version)

        description = d.pop("description", UNSET)

        _repeat_approver = d.pop("repeat_approver", UNSET)
        repeat_approver: RepeatApprover | Unset
        if isinstance(_repeat_approver, Unset):
            repeat_approver = UNSET
        else:
            repeat_approver = check_repeat_approver(_repeat_approver)

        _resume = d.pop("resume", UNSET)
        resume: Resume | Unset
        if isinstance(_resume, Unset):
            resume = UNSET
        else:
            resume = check_resume(_resume)

        may_drop = d.pop("may_drop", UNSET)

        _cumulative = d.pop("cumulative", UNSET)
        cumulative: list[Cumulation] | Unset = UNSET
        if _cumulative is not UNSET:
            cumulative = []
            for cumulative_item_data in _cumulative:
                cumulative_item = Cumulation.from_dict(cumulative_item_data)

                cumulative.append(cumulative_item)

        owner_may_add = d.pop("owner_may_add", UNSET)

        def _parse_matrix(data: object) -> ApprovalMatrix | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                matrix_type_0 = ApprovalMatrix.from_dict(data)

                return matrix_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ApprovalMatrix | None | Unset, data)

        matrix = _parse_matrix(d.pop("matrix", UNSET))

        purchase_process = cls(
            key=key,
            name=name,
            steps=steps,
            schema_version=schema_version,
            description=description,
            repeat_approver=repeat_approver,
            resume=resume,
            may_drop=may_drop,
            cumulative=cumulative,
            owner_may_add=owner_may_add,
            matrix=matrix,
        )

        purchase_process.additional_properties = d
        return purchase_process

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
