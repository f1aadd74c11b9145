from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define

from ..models.editable_field import EditableField, check_editable_field
from ..models.input_field import InputField, check_input_field
from ..models.on_expiry import OnExpiry, check_on_expiry
from ..models.step_definition_decision_type_0 import StepDefinitionDecisionType0, check_step_definition_decision_type_0
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.by_manager_definition import ByManagerDefinition
    from ..models.by_matrix_definition import ByMatrixDefinition
    from ..models.by_role_definition import ByRoleDefinition
    from ..models.by_user_definition import ByUserDefinition
    from ..models.escalation_definition import EscalationDefinition
    from ..models.step_definition_condition_label_type_0 import StepDefinitionConditionLabelType0
    from ..models.step_definition_decision_type_1 import StepDefinitionDecisionType1
    from ..models.step_definition_name import StepDefinitionName


T = TypeVar("T", bound="StepDefinition")


@_attrs_define
class StepDefinition:
    """One approval step, in its form; ``process_errors`` looks at what the form cannot say.

    Attributes:
        key (str):
        name (StepDefinitionName):
        approvers (list[ByManagerDefinition | ByMatrixDefinition | ByRoleDefinition | ByUserDefinition]):
        kind (Literal['approval'] | Unset):  Default: 'approval'.
        choose (bool | Unset):  Default: False.
        when (None | str | Unset):
        condition_label (None | StepDefinitionConditionLabelType0 | Unset):
        may_edit (list[EditableField] | Unset):
        may_decide_lines (bool | Unset):  Default: False.
        decision (StepDefinitionDecisionType0 | StepDefinitionDecisionType1 | Unset):  Default: 'any'.
        deadline_hours (int | None | Unset):
        may_return_to (list[str] | Unset):
        inputs (list[InputField] | Unset):
        tolerance (int | Unset):  Default: 0.
        deadline (None | str | Unset):
        remind (list[str] | Unset):
        escalate (list[EscalationDefinition] | Unset):
        on_expiry (OnExpiry | Unset): What becomes of a request that nobody decides. There is no approval by silence.
        expire_after (None | str | Unset):
    """

    key: str
    name: StepDefinitionName
    approvers: list[ByManagerDefinition | ByMatrixDefinition | ByRoleDefinition | ByUserDefinition]
    kind: Literal["approval"] | Unset = "approval"
    choose: bool | Unset = False
    when: None | str | Unset = UNSET
    condition_label: None | StepDefinitionConditionLabelType0 | Unset = UNSET
    may_edit: list[EditableField] | Unset = UNSET
    may_decide_lines: bool | Unset = False
    decision: StepDefinitionDecisionType0 | StepDefinitionDecisionType1 | Unset = "any"
    deadline_hours: int | None | Unset = UNSET
    may_return_to: list[str] | Unset = UNSET
    inputs: list[InputField] | Unset = UNSET
    tolerance: int | Unset = 0
    deadline: None | str | Unset = UNSET
    remind: list[str] | Unset = UNSET
    escalate: list[EscalationDefinition] | Unset = UNSET
    on_expiry: OnExpiry | Unset = UNSET
    expire_after: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.by_manager_definition import ByManagerDefinition  # noqa: PLC0415
        from ..models.by_role_definition import ByRoleDefinition  # noqa: PLC0415
        from ..models.by_user_definition import ByUserDefinition  # noqa: PLC0415
        from ..models.step_definition_condition_label_type_0 import StepDefinitionConditionLabelType0  # noqa: PLC0415

        key = self.key

        name = self.name.to_dict()

        approvers = []
        for approvers_item_data in self.approvers:
            approvers_item: dict[str, Any]
            if isinstance(approvers_item_data, ByUserDefinition):
                approvers_item = approvers_item_data.to_dict()
            elif isinstance(approvers_item_data, ByRoleDefinition):
                approvers_item = approvers_item_data.to_dict()
            elif isinstance(approvers_item_data, ByManagerDefinition):
                approvers_item = approvers_item_data.to_dict()
            else:
                approvers_item = approvers_item_data.to_dict()

            approvers.append(approvers_item)

        kind = self.kind

        choose = self.choose

        when: None | str | Unset
        if isinstance(self.when, Unset):
            when = UNSET
        else:
            when = self.when

        condition_label: dict[str, Any] | None | Unset
        if isinstance(self.condition_label, Unset):
            condition_label = UNSET
        elif isinstance(self.condition_label, StepDefinitionConditionLabelType0):
            condition_label = self.condition_label.to_dict()
        else:
            condition_label = self.condition_label

        may_edit: list[str] | Unset = UNSET
        if not isinstance(self.may_edit, Unset):
            may_edit = []
            for may_edit_item_data in self.may_edit:
                may_edit_item: str = may_edit_item_data
                may_edit.append(may_edit_item)

        may_decide_lines = self.may_decide_lines

        decision: dict[str, Any] | str | Unset
        if isinstance(self.decision, Unset):
            decision = UNSET
        elif isinstance(self.decision, str):
            decision = self.decision
        else:
            decision = self.decision.to_dict()

        deadline_hours: int | None | Unset
        if isinstance(self.deadline_hours, Unset):
            deadline_hours = UNSET
        else:
            deadline_hours = self.deadline_hours

        may_return_to: list[str] | Unset = UNSET
        if not isinstance(self.may_return_to, Unset):
            may_return_to = self.may_return_to

        inputs: list[str] | Unset = UNSET
        if not isinstance(self.inputs, Unset):
            inputs = []
            for inputs_item_data in self.inputs:
                inputs_item: str = inputs_item_data
                inputs.append(inputs_item)

        tolerance = self.tolerance

        deadline: None | str | Unset
        if isinstance(self.deadline, Unset):
            deadline = UNSET
        else:
            deadline = self.deadline

        remind: list[str] | Unset = UNSET
        if not isinstance(self.remind, Unset):
            remind = self.remind

        escalate: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.escalate, Unset):
            escalate = []
            for escalate_item_data in self.escalate:
                escalate_item = escalate_item_data.to_dict()
                escalate.append(escalate_item)

        on_expiry: str | Unset = UNSET
        if not isinstance(self.on_expiry, Unset):
            on_expiry = self.on_expiry

        expire_after: None | str | Unset
        if isinstance(self.expire_after, Unset):
            expire_after = UNSET
        else:
            expire_after = self.expire_after

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "key": key,
                "name": name,
                "approvers": approvers,
            }
        )
        if kind is not UNSET:
            field_dict["kind"] = kind
        if choose is not UNSET:
            field_dict["choose"] = choose
        if when is not UNSET:
            field_dict["when"] = when
        if condition_label is not UNSET:
            field_dict["condition_label"] = condition_label
        if may_edit is not UNSET:
            field_dict["may_edit"] = may_edit
        if may_decide_lines is not UNSET:
            field_dict["may_decide_lines"] = may_decide_lines
        if decision is not UNSET:
            field_dict["decision"] = decision
        if deadline_hours is not UNSET:
            field_dict["deadline_hours"] = deadline_hours
        if may_return_to is not UNSET:
            field_dict["may_return_to"] = may_return_to
        if inputs is not UNSET:
            field_dict["inputs"] = inputs
        if tolerance is not UNSET:
            field_dict["tolerance"] = tolerance
        if deadline is not UNSET:
            field_dict["deadline"] = deadline
        if remind is not UNSET:
            field_dict["remind"] = remind
        if escalate is not UNSET:
            field_dict["escalate"] = escalate
        if on_expiry is not UNSET:
            field_dict["on_expiry"] = on_expiry
        if expire_after is not UNSET:
            field_dict["expire_after"] = expire_after

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.by_manager_definition import ByManagerDefinition  # noqa: PLC0415
        from ..models.by_matrix_definition import ByMatrixDefinition  # noqa: PLC0415
        from ..models.by_role_definition import ByRoleDefinition  # noqa: PLC0415
        from ..models.by_user_definition import ByUserDefinition  # noqa: PLC0415
        from ..models.escalation_definition import EscalationDefinition  # noqa: PLC0415
        from ..models.step_definition_condition_label_type_0 import StepDefinitionConditionLabelType0  # noqa: PLC0415
        from ..models.step_definition_decision_type_1 import StepDefinitionDecisionType1  # noqa: PLC0415
        from ..models.step_definition_name import StepDefinitionName  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = StepDefinitionName.from_dict(d.pop("name"))

        approvers = []
        _approvers = d.pop("approvers")
        for approvers_item_data in _approvers:

            def _parse_approvers_item(
                data: object,
            ) -> ByManagerDefinition | ByMatrixDefinition | ByRoleDefinition | ByUserDefinition:
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
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    approvers_item_type_2 = ByManagerDefinition.from_dict(data)

                    return approvers_item_type_2
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                approvers_item_type_3 = ByMatrixDefinition.from_dict(data)

                return approvers_item_type_3

            approvers_item = _parse_approvers_item(approvers_item_data)

            approvers.append(approvers_item)

        kind = cast(Literal["approval"] | Unset, d.pop("kind", UNSET))
        if kind != "approval" and not isinstance(kind, Unset):
            raise ValueError(f"kind must match const 'approval', got '{kind}'")

        choose = d.pop("choose", UNSET)

        def _parse_when(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        when = _parse_when(d.pop("when", UNSET))

        def _parse_condition_label(data: object) -> None | StepDefinitionConditionLabelType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                condition_label_type_0 = StepDefinitionConditionLabelType0.from_dict(data)

                return condition_label_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StepDefinitionConditionLabelType0 | Unset, data)

        condition_label = _parse_condition_label(d.pop("condition_label", UNSET))

        _may_edit = d.pop("may_edit", UNSET)
        may_edit: list[EditableField] | Unset = UNSET
        if _may_edit is not UNSET:
            may_edit = []
            for may_edit_item_data in _may_edit:
                may_edit_item = check_editable_field(may_edit_item_data)

                may_edit.append(may_edit_item)

        may_decide_lines = d.pop("may_decide_lines", UNSET)

        def _parse_decision(data: object) -> StepDefinitionDecisionType0 | StepDefinitionDecisionType1 | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decision_type_0 = check_step_definition_decision_type_0(data)

                return decision_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            decision_type_1 = StepDefinitionDecisionType1.from_dict(data)

            return decision_type_1

        decision = _parse_decision(d.pop("decision", UNSET))

        def _parse_deadline_hours(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        deadline_hours = _parse_deadline_hours(d.pop("deadline_hours", UNSET))

        may_return_to = cast(list[str], d.pop("may_return_to", UNSET))

        _inputs = d.pop("inputs", UNSET)
        inputs: list[InputField] | Unset = UNSET
        if _inputs is not UNSET:
            inputs = []
            for inputs_item_data in _inputs:
                inputs_item = check_input_field(inputs_item_data)

                inputs.append(inputs_item)

        tolerance = d.pop("tolerance", UNSET)

        def _parse_deadline(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        deadline = _parse_deadline(d.pop("deadline", UNSET))

        remind = cast(list[str], d.pop("remind", UNSET))

        _escalate = d.pop("escalate", UNSET)
        escalate: list[EscalationDefinition] | Unset = UNSET
        if _escalate is not UNSET:
            escalate = []
            for escalate_item_data in _escalate:
                escalate_item = EscalationDefinition.from_dict(escalate_item_data)

                escalate.append(escalate_item)

        _on_expiry = d.pop("on_expiry", UNSET)
        on_expiry: OnExpiry | Unset
        if isinstance(_on_expiry, Unset):
            on_expiry = UNSET
        else:
            on_expiry = check_on_expiry(_on_expiry)

        def _parse_expire_after(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        expire_after = _parse_expire_after(d.pop("expire_after", UNSET))

        step_definition = cls(
            key=key,
            name=name,
            approvers=approvers,
            kind=kind,
            choose=choose,
            when=when,
            condition_label=condition_label,
            may_edit=may_edit,
            may_decide_lines=may_decide_lines,
            decision=decision,
            deadline_hours=deadline_hours,
            may_return_to=may_return_to,
            inputs=inputs,
            tolerance=tolerance,
            deadline=deadline,
            remind=remind,
            escalate=escalate,
            on_expiry=on_expiry,
            expire_after=expire_after,
        )

        return step_definition
