from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.process_definition_schema_version import (
    ProcessDefinitionSchemaVersion,
    check_process_definition_schema_version,
)
from ..models.repeat_approver import RepeatApprover, check_repeat_approver
from ..models.resume import Resume, check_resume
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.block_definition import BlockDefinition
    from ..models.cumulation_definition import CumulationDefinition
    from ..models.matrix_definition import MatrixDefinition
    from ..models.process_definition_name import ProcessDefinitionName
    from ..models.step_definition import StepDefinition


T = TypeVar("T", bound="ProcessDefinition")


@_attrs_define
class ProcessDefinition:
    """A process as it is written: its steps and blocks run in order.

    Attributes:
        key (str):
        name (ProcessDefinitionName):
        steps (list[BlockDefinition | StepDefinition]):
        schema_version (ProcessDefinitionSchemaVersion | Unset):  Default: 1.
        description (str | Unset):  Default: ''.
        repeat_approver (RepeatApprover | Unset): What becomes of somebody who is asked in a second step of a round.
        resume (Resume | Unset): How a run goes on after it was sent back.
        may_drop (bool | Unset):  Default: False.
        cumulative (list[CumulationDefinition] | Unset):
        owner_may_add (bool | Unset):  Default: False.
        matrix (MatrixDefinition | None | Unset):
    """

    key: str
    name: ProcessDefinitionName
    steps: list[BlockDefinition | StepDefinition]
    schema_version: ProcessDefinitionSchemaVersion | Unset = 1
    description: str | Unset = ""
    repeat_approver: RepeatApprover | Unset = UNSET
    resume: Resume | Unset = UNSET
    may_drop: bool | Unset = False
    cumulative: list[CumulationDefinition] | Unset = UNSET
    owner_may_add: bool | Unset = False
    matrix: MatrixDefinition | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.matrix_definition import MatrixDefinition  # noqa: PLC0415
        from ..models.step_definition import StepDefinition  # noqa: PLC0415

        key = self.key

        name = self.name.to_dict()

        steps = []
        for steps_item_data in self.steps:
            steps_item: dict[str, Any]
            if isinstance(steps_item_data, StepDefinition):
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
        elif isinstance(self.matrix, MatrixDefinition):
            matrix = self.matrix.to_dict()
        else:
            matrix = self.matrix

        field_dict: dict[str, Any] = {}

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
        from ..models.block_definition import BlockDefinition  # noqa: PLC0415
        from ..models.cumulation_definition import CumulationDefinition  # noqa: PLC0415
        from ..models.matrix_definition import MatrixDefinition  # noqa: PLC0415
        from ..models.process_definition_name import ProcessDefinitionName  # noqa: PLC0415
        from ..models.step_definition import StepDefinition  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = ProcessDefinitionName.from_dict(d.pop("name"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:

            def _parse_steps_item(data: object) -> BlockDefinition | StepDefinition:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    steps_item_type_0 = StepDefinition.from_dict(data)

                    return steps_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                steps_item_type_1 = BlockDefinition.from_dict(data)

                return steps_item_type_1

            steps_item = _parse_steps_item(steps_item_data)

            steps.append(steps_item)

        _schema_version = d.pop("schema_version", UNSET)
        schema_version: ProcessDefinitionSchemaVersion | Unset
        if isinstance(_schema_version, Unset):
            schema_version = UNSET
        else:
            schema_version = check_process_definition_schema_version(_schema_version)

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
        cumulative: list[CumulationDefinition] | Unset = UNSET
        if _cumulative is not UNSET:
            cumulative = []
            for cumulative_item_data in _cumulative:
                cumulative_item = CumulationDefinition.from_dict(cumulative_item_data)

                cumulative.append(cumulative_item)

        owner_may_add = d.pop("owner_may_add", UNSET)

        def _parse_matrix(data: object) -> MatrixDefinition | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                matrix_type_0 = MatrixDefinition.from_dict(data)

                return matrix_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MatrixDefinition | None | Unset, data)

        matrix = _parse_matrix(d.pop("matrix", UNSET))

        process_definition = cls(
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

        return process_definition
