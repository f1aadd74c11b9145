from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.run_status import RunStatus, check_run_status
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.hold_view import HoldView
    from ..models.kept_view import KeptView
    from ..models.open_step_view import OpenStepView
    from ..models.process_ref import ProcessRef
    from ..models.proposed_change import ProposedChange
    from ..models.run_line_view import RunLineView
    from ..models.step_view import StepView


T = TypeVar("T", bound="RunView")


@_attrs_define
class RunView:
    """One request going through one process. ``step`` is the first open one.

    Attributes:
        id (UUID):
        status (RunStatus): Trạng thái: how the process side shows the run. It stays in progress while a request is
            returned.
        process (ProcessRef): The process version that the run keeps.
        round_ (int):
        step (None | OpenStepView):
        open_steps (list[str]):
        steps (list[StepView]):
        proposed_changes (list[ProposedChange]):
        purchase_status (None | str):
        lines (list[RunLineView]):
        hold (HoldView | None | Unset):
        kept (KeptView | None | Unset):
    """

    id: UUID
    status: RunStatus
    process: ProcessRef
    round_: int
    step: None | OpenStepView
    open_steps: list[str]
    steps: list[StepView]
    proposed_changes: list[ProposedChange]
    purchase_status: None | str
    lines: list[RunLineView]
    hold: HoldView | None | Unset = UNSET
    kept: KeptView | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.hold_view import HoldView  # noqa: PLC0415
        from ..models.kept_view import KeptView  # noqa: PLC0415
        from ..models.open_step_view import OpenStepView  # noqa: PLC0415

        id = str(self.id)

        status: str = self.status

        process = self.process.to_dict()

        round_ = self.round_

        step: dict[str, Any] | None
        if isinstance(self.step, OpenStepView):
            step = self.step.to_dict()
        else:
            step = self.step

        open_steps = self.open_steps

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        proposed_changes = []
        for proposed_changes_item_data in self.proposed_changes:
            proposed_changes_item = proposed_changes_item_data.to_dict()
            proposed_changes.append(proposed_changes_item)

        purchase_status: None | str
        purchase_status = self.purchase_status

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        hold: dict[str, Any] | None | Unset
        if isinstance(self.hold, Unset):
            hold = UNSET
        elif isinstance(self.hold, HoldView):
            hold = self.hold.to_dict()
        else:
            hold = self.hold

        kept: dict[str, Any] | None | Unset
        if isinstance(self.kept, Unset):
            kept = UNSET
        elif isinstance(self.kept, KeptView):
            kept = self.kept.to_dict()
        else:
            kept = self.kept

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "status": status,
                "process": process,
                "round": round_,
                "step": step,
                "open_steps": open_steps,
                "steps": steps,
                "proposed_changes": proposed_changes,
                "purchase_status": purchase_status,
                "lines": lines,
            }
        )
        if hold is not UNSET:
            field_dict["hold"] = hold
        if kept is not UNSET:
            field_dict["kept"] = kept

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.hold_view import HoldView  # noqa: PLC0415
        from ..models.kept_view import KeptView  # noqa: PLC0415
        from ..models.open_step_view import OpenStepView  # noqa: PLC0415
        from ..models.process_ref import ProcessRef  # noqa: PLC0415
        from ..models.proposed_change import ProposedChange  # noqa: PLC0415
        from ..models.run_line_view import RunLineView  # noqa: PLC0415
        from ..models.step_view import StepView  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        status = check_run_status(d.pop("status"))

        process = ProcessRef.from_dict(d.pop("process"))

        round_ = d.pop("round")

        def _parse_step(data: object) -> None | OpenStepView:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                step_type_0 = OpenStepView.from_dict(data)

                return step_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OpenStepView, data)

        step = _parse_step(d.pop("step"))

        open_steps = cast(list[str], d.pop("open_steps"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = StepView.from_dict(steps_item_data)

            steps.append(steps_item)

        proposed_changes = []
        _proposed_changes = d.pop("proposed_changes")
        for proposed_changes_item_data in _proposed_changes:
            proposed_changes_item = ProposedChange.from_dict(proposed_changes_item_data)

            proposed_changes.append(proposed_changes_item)

        def _parse_purchase_status(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        purchase_status = _parse_purchase_status(d.pop("purchase_status"))

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = RunLineView.from_dict(lines_item_data)

            lines.append(lines_item)

        def _parse_hold(data: object) -> HoldView | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                hold_type_0 = HoldView.from_dict(data)

                return hold_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(HoldView | None | Unset, data)

        hold = _parse_hold(d.pop("hold", UNSET))

        def _parse_kept(data: object) -> KeptView | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                kept_type_0 = KeptView.from_dict(data)

                return kept_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(KeptView | None | Unset, data)

        kept = _parse_kept(d.pop("kept", UNSET))

        run_view = cls(
            id=id,
            status=status,
            process=process,
            round_=round_,
            step=step,
            open_steps=open_steps,
            steps=steps,
            proposed_changes=proposed_changes,
            purchase_status=purchase_status,
            lines=lines,
            hold=hold,
            kept=kept,
        )

        run_view.additional_properties = d
        return run_view

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
