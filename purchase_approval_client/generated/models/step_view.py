from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.step_state import StepState, check_step_state
from ..models.step_view_kind import StepViewKind, check_step_view_kind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.assignment_view import AssignmentView
    from ..models.consultation_view import ConsultationView
    from ..models.person import Person
    from ..models.step_view_compared import StepViewCompared
    from ..models.vote_view import VoteView


T = TypeVar("T", bound="StepView")


@_attrs_define
class StepView:
    """One step of the round, or a parallel block, which has no approvers of its own and the steps that it holds.

    Attributes:
        key (str):
        name (str):
        state (StepState): Where one step of a round stands.
        kind (StepViewKind | Unset):  Default: 'approval'.
        visit (int | Unset):  Default: 1.
        approvers (list[Person] | Unset):
        approved_by (list[str] | Unset):
        vote (None | Unset | VoteView):
        assignments (list[AssignmentView] | Unset):
        consultations (list[ConsultationView] | Unset):
        why (str | Unset):  Default: ''.
        compared (StepViewCompared | Unset):
        steps (list[StepView] | Unset):
    """

    key: str
    name: str
    state: StepState
    kind: StepViewKind | Unset = "approval"
    visit: int | Unset = 1
    approvers: list[Person] | Unset = UNSET
    approved_by: list[str] | Unset = UNSET
    vote: None | Unset | VoteView = UNSET
    assignments: list[AssignmentView] | Unset = UNSET
    consultations: list[ConsultationView] | Unset = UNSET
    why: str | Unset = ""
    compared: StepViewCompared | Unset = UNSET
    steps: list[StepView] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.vote_view import VoteView  # noqa: PLC0415

        key = self.key

        name = self.name

        state: str = self.state

        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind

        visit = self.visit

        approvers: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.approvers, Unset):
            approvers = []
            for approvers_item_data in self.approvers:
                approvers_item = approvers_item_data.to_dict()
                approvers.append(approvers_item)

        approved_by: list[str] | Unset = UNSET
        if not isinstance(self.approved_by, Unset):
            approved_by = self.approved_by

        vote: dict[str, Any] | None | Unset
        if isinstance(self.vote, Unset):
            vote = UNSET
        elif isinstance(self.vote, VoteView):
            vote = self.vote.to_dict()
        else:
            vote = self.vote

        assignments: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.assignments, Unset):
            assignments = []
            for assignments_item_data in self.assignments:
                assignments_item = assignments_item_data.to_dict()
                assignments.append(assignments_item)

        consultations: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.consultations, Unset):
            consultations = []
            for consultations_item_data in self.consultations:
                consultations_item = consultations_item_data.to_dict()
                consultations.append(consultations_item)

        why = self.why

        compared: dict[str, Any] | Unset = UNSET
        if not isinstance(self.compared, Unset):
            compared = self.compared.to_dict()

        steps: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.steps, Unset):
            steps = []
            for steps_item_data in self.steps:
                steps_item = steps_item_data.to_dict()
                steps.append(steps_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "state": state,
            }
        )
        if kind is not UNSET:
            field_dict["kind"] = kind
        if visit is not UNSET:
            field_dict["visit"] = visit
        if approvers is not UNSET:
            field_dict["approvers"] = approvers
        if approved_by is not UNSET:
            field_dict["approved_by"] = approved_by
        if vote is not UNSET:
            field_dict["vote"] = vote
        if assignments is not UNSET:
            field_dict["assignments"] = assignments
        if consultations is not UNSET:
            field_dict["consultations"] = consultations
        if why is not UNSET:
            field_dict["why"] = why
        if compared is not UNSET:
            field_dict["compared"] = compared
        if steps is not UNSET:
            field_dict["steps"] = steps

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.assignment_view import AssignmentView  # noqa: PLC0415
        from ..models.consultation_view import ConsultationView  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415
        from ..models.step_view_compared import StepViewCompared  # noqa: PLC0415
        from ..models.vote_view import VoteView  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = d.pop("name")

        state = check_step_state(d.pop("state"))

        _kind = d.pop("kind", UNSET)
        kind: StepViewKind | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = check_step_view_kind(_kind)

        visit = d.pop("visit", UNSET)

        _approvers = d.pop("approvers", UNSET)
        approvers: list[Person] | Unset = UNSET
        if _approvers is not UNSET:
            approvers = []
            for approvers_item_data in _approvers:
                approvers_item = Person.from_dict(approvers_item_data)

                approvers.append(approvers_item)

        approved_by = cast(list[str], d.pop("approved_by", UNSET))

        def _parse_vote(data: object) -> None | Unset | VoteView:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                vote_type_0 = VoteView.from_dict(data)

                return vote_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | VoteView, data)

        vote = _parse_vote(d.pop("vote", UNSET))

        _assignments = d.pop("assignments", UNSET)
        assignments: list[AssignmentView] | Unset = UNSET
        if _assignments is not UNSET:
            assignments = []
            for assignments_item_data in _assignments:
                assignments_item = AssignmentView.from_dict(assignments_item_data)

                assignments.append(assignments_item)

        _consultations = d.pop("consultations", UNSET)
        consultations: list[ConsultationView] | Unset = UNSET
        if _consultations is not UNSET:
            consultations = []
            for consultations_item_data in _consultations:
                consultations_item = ConsultationView.from_dict(consultations_item_data)

                consultations.append(consultations_item)

        why = d.pop("why", UNSET)

        _compared = d.pop("compared", UNSET)
        compared: StepViewCompared | Unset
        if isinstance(_compared, Unset):
            compared = UNSET
        else:
            compared = StepViewCompared.from_dict(_compared)

        _steps = d.pop("steps", UNSET)
        steps: list[StepView] | Unset = UNSET
        if _steps is not UNSET:
            steps = []
            for steps_item_data in _steps:
                steps_item = StepView.from_dict(steps_item_data)

                steps.append(steps_item)

        step_view = cls(
            key=key,
            name=name,
            state=state,
            kind=kind,
            visit=visit,
            approvers=approvers,
            approved_by=approved_by,
            vote=vote,
            assignments=assignments,
            consultations=consultations,
            why=why,
            compared=compared,
            steps=steps,
        )

        step_view.additional_properties = d
        return step_view

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
