from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.assignment_state import AssignmentState, check_assignment_state
from ..models.move_state import MoveState, check_move_state

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="WouldMove")


@_attrs_define
class WouldMove:
    """What would become of one assignment.

    Attributes:
        request_id (UUID):
        number (str):
        owner (Person): Somebody of the CRM directory.
        step (str):
        state (AssignmentState): What became of asking somebody.
        due_at (datetime.datetime | None):
        outcome (MoveState): What becomes of one place of somebody.
        to (list[Person]):
        code (None | str):
        detail (None | str):
    """

    request_id: UUID
    number: str
    owner: Person
    step: str
    state: AssignmentState
    due_at: datetime.datetime | None
    outcome: MoveState
    to: list[Person]
    code: None | str
    detail: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = str(self.request_id)

        number = self.number

        owner = self.owner.to_dict()

        step = self.step

        state: str = self.state

        due_at: None | str
        if isinstance(self.due_at, datetime.datetime):
            due_at = self.due_at.isoformat()
        else:
            due_at = self.due_at

        outcome: str = self.outcome

        to = []
        for to_item_data in self.to:
            to_item = to_item_data.to_dict()
            to.append(to_item)

        code: None | str
        code = self.code

        detail: None | str
        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "number": number,
                "owner": owner,
                "step": step,
                "state": state,
                "due_at": due_at,
                "outcome": outcome,
                "to": to,
                "code": code,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        request_id = UUID(d.pop("request_id"))

        number = d.pop("number")

        owner = Person.from_dict(d.pop("owner"))

        step = d.pop("step")

        state = check_assignment_state(d.pop("state"))

        def _parse_due_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_at_type_0 = datetime.datetime.fromisoformat(data)

                return due_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        due_at = _parse_due_at(d.pop("due_at"))

        outcome = check_move_state(d.pop("outcome"))

        to = []
        _to = d.pop("to")
        for to_item_data in _to:
            to_item = Person.from_dict(to_item_data)

            to.append(to_item)

        def _parse_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        code = _parse_code(d.pop("code"))

        def _parse_detail(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        detail = _parse_detail(d.pop("detail"))

        would_move = cls(
            request_id=request_id,
            number=number,
            owner=owner,
            step=step,
            state=state,
            due_at=due_at,
            outcome=outcome,
            to=to,
            code=code,
            detail=detail,
        )

        would_move.additional_properties = d
        return would_move

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
