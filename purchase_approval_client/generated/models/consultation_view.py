from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="ConsultationView")


@_attrs_define
class ConsultationView:
    """A question to somebody who has no vote by it, and their answer.

    Attributes:
        id (UUID):
        assignment_id (UUID):
        by (Person): Somebody of the CRM directory.
        asked (Person): Somebody of the CRM directory.
        question (str):
        asked_at (datetime.datetime):
        answer (None | str):
        answered_at (datetime.datetime | None):
        closed_at (datetime.datetime | None):
    """

    id: UUID
    assignment_id: UUID
    by: Person
    asked: Person
    question: str
    asked_at: datetime.datetime
    answer: None | str
    answered_at: datetime.datetime | None
    closed_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        assignment_id = str(self.assignment_id)

        by = self.by.to_dict()

        asked = self.asked.to_dict()

        question = self.question

        asked_at = self.asked_at.isoformat()

        answer: None | str
        answer = self.answer

        answered_at: None | str
        if isinstance(self.answered_at, datetime.datetime):
            answered_at = self.answered_at.isoformat()
        else:
            answered_at = self.answered_at

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "assignment_id": assignment_id,
                "by": by,
                "asked": asked,
                "question": question,
                "asked_at": asked_at,
                "answer": answer,
                "answered_at": answered_at,
                "closed_at": closed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        assignment_id = UUID(d.pop("assignment_id"))

        by = Person.from_dict(d.pop("by"))

        asked = Person.from_dict(d.pop("asked"))

        question = d.pop("question")

        asked_at = datetime.datetime.fromisoformat(d.pop("asked_at"))

        def _parse_answer(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        answer = _parse_answer(d.pop("answer"))

        def _parse_answered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                answered_at_type_0 = datetime.datetime.fromisoformat(data)

                return answered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        answered_at = _parse_answered_at(d.pop("answered_at"))

        def _parse_closed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_at_type_0 = datetime.datetime.fromisoformat(data)

                return closed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        closed_at = _parse_closed_at(d.pop("closed_at"))

        consultation_view = cls(
            id=id,
            assignment_id=assignment_id,
            by=by,
            asked=asked,
            question=question,
            asked_at=asked_at,
            answer=answer,
            answered_at=answered_at,
            closed_at=closed_at,
        )

        consultation_view.additional_properties = d
        return consultation_view

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
