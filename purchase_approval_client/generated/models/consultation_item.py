from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.process_status import ProcessStatus, check_process_status

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="ConsultationItem")


@_attrs_define
class ConsultationItem:
    """A question that waits for somebody's answer, with the request that it is about.

    Attributes:
        id (UUID):
        request_id (UUID):
        number (str):
        owner (Person): Somebody of the CRM directory.
        purpose (str):
        currency (str):
        total (str):
        process_status (ProcessStatus): Tình trạng quy trình: how the CRM shows the request.
        step (str):
        by (Person): Somebody of the CRM directory.
        question (str):
        asked_at (datetime.datetime):
    """

    id: UUID
    request_id: UUID
    number: str
    owner: Person
    purpose: str
    currency: str
    total: str
    process_status: ProcessStatus
    step: str
    by: Person
    question: str
    asked_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        request_id = str(self.request_id)

        number = self.number

        owner = self.owner.to_dict()

        purpose = self.purpose

        currency = self.currency

        total = self.total

        process_status: str = self.process_status

        step = self.step

        by = self.by.to_dict()

        question = self.question

        asked_at = self.asked_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "request_id": request_id,
                "number": number,
                "owner": owner,
                "purpose": purpose,
                "currency": currency,
                "total": total,
                "process_status": process_status,
                "step": step,
                "by": by,
                "question": question,
                "asked_at": asked_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        request_id = UUID(d.pop("request_id"))

        number = d.pop("number")

        owner = Person.from_dict(d.pop("owner"))

        purpose = d.pop("purpose")

        currency = d.pop("currency")

        total = d.pop("total")

        process_status = check_process_status(d.pop("process_status"))

        step = d.pop("step")

        by = Person.from_dict(d.pop("by"))

        question = d.pop("question")

        asked_at = datetime.datetime.fromisoformat(d.pop("asked_at"))

        consultation_item = cls(
            id=id,
            request_id=request_id,
            number=number,
            owner=owner,
            purpose=purpose,
            currency=currency,
            total=total,
            process_status=process_status,
            step=step,
            by=by,
            question=question,
            asked_at=asked_at,
        )

        consultation_item.additional_properties = d
        return consultation_item

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
