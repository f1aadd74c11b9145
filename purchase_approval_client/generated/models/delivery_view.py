from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.delivery_outcome import DeliveryOutcome, check_delivery_outcome

if TYPE_CHECKING:
    from ..models.delivery_answer import DeliveryAnswer


T = TypeVar("T", bound="DeliveryView")


@_attrs_define
class DeliveryView:
    """What an endpoint was told of an event, or is to be: `outcome` is null while it waits. The answers are those of the
    last tries.

        Attributes:
            id (UUID):
            webhook_id (str):
            request_id (UUID):
            number (None | str):
            sequence (int):
            type_ (str):
            created_at (datetime.datetime):
            tries (int):
            next_try_at (datetime.datetime | None):
            answers (list[DeliveryAnswer]):
            outcome (DeliveryOutcome | None):
            done_at (datetime.datetime | None):
    """

    id: UUID
    webhook_id: str
    request_id: UUID
    number: None | str
    sequence: int
    type_: str
    created_at: datetime.datetime
    tries: int
    next_try_at: datetime.datetime | None
    answers: list[DeliveryAnswer]
    outcome: DeliveryOutcome | None
    done_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        webhook_id = self.webhook_id

        request_id = str(self.request_id)

        number: None | str
        number = self.number

        sequence = self.sequence

        type_ = self.type_

        created_at = self.created_at.isoformat()

        tries = self.tries

        next_try_at: None | str
        if isinstance(self.next_try_at, datetime.datetime):
            next_try_at = self.next_try_at.isoformat()
        else:
            next_try_at = self.next_try_at

        answers = []
        for answers_item_data in self.answers:
            answers_item = answers_item_data.to_dict()
            answers.append(answers_item)

        outcome: None | str
        if isinstance(self.outcome, str):
            outcome = self.outcome
        else:
            outcome = self.outcome

        done_at: None | str
        if isinstance(self.done_at, datetime.datetime):
            done_at = self.done_at.isoformat()
        else:
            done_at = self.done_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "webhook_id": webhook_id,
                "request_id": request_id,
                "number": number,
                "sequence": sequence,
                "type": type_,
                "created_at": created_at,
                "tries": tries,
                "next_try_at": next_try_at,
                "answers": answers,
                "outcome": outcome,
                "done_at": done_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.delivery_answer import DeliveryAnswer  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        webhook_id = d.pop("webhook_id")

        request_id = UUID(d.pop("request_id"))

        def _parse_number(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        number = _parse_number(d.pop("number"))

        sequence = d.pop("sequence")

        type_ = d.pop("type")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        tries = d.pop("tries")

        def _parse_next_try_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_try_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_try_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_try_at = _parse_next_try_at(d.pop("next_try_at"))

        answers = []
        _answers = d.pop("answers")
        for answers_item_data in _answers:
            answers_item = DeliveryAnswer.from_dict(answers_item_data)

            answers.append(answers_item)

        def _parse_outcome(data: object) -> DeliveryOutcome | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                outcome_type_0 = check_delivery_outcome(data)

                return outcome_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DeliveryOutcome | None, data)

        outcome = _parse_outcome(d.pop("outcome"))

        def _parse_done_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                done_at_type_0 = datetime.datetime.fromisoformat(data)

                return done_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        done_at = _parse_done_at(d.pop("done_at"))

        delivery_view = cls(
            id=id,
            webhook_id=webhook_id,
            request_id=request_id,
            number=number,
            sequence=sequence,
            type_=type_,
            created_at=created_at,
            tries=tries,
            next_try_at=next_try_at,
            answers=answers,
            outcome=outcome,
            done_at=done_at,
        )

        delivery_view.additional_properties = d
        return delivery_view

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
