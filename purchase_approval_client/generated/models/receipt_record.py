from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.receipt_kind import ReceiptKind, check_receipt_kind

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="ReceiptRecord")


@_attrs_define
class ReceiptRecord:
    """A row of the ledger. ``counts``: what has come is the sum of those rows that no later correction has settled.

    Attributes:
        line_id (UUID):
        kind (ReceiptKind): What a row of the ledger says.
        quantity (str):
        occurred_at (datetime.datetime):
        event_id (str):
        product_code (str):
        received_at (datetime.datetime):
        reported_by (None | Person):
        by_hand (bool):
        counts (bool):
    """

    line_id: UUID
    kind: ReceiptKind
    quantity: str
    occurred_at: datetime.datetime
    event_id: str
    product_code: str
    received_at: datetime.datetime
    reported_by: None | Person
    by_hand: bool
    counts: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415

        line_id = str(self.line_id)

        kind: str = self.kind

        quantity = self.quantity

        occurred_at = self.occurred_at.isoformat()

        event_id = self.event_id

        product_code = self.product_code

        received_at = self.received_at.isoformat()

        reported_by: dict[str, Any] | None
        if isinstance(self.reported_by, Person):
            reported_by = self.reported_by.to_dict()
        else:
            reported_by = self.reported_by

        by_hand = self.by_hand

        counts = self.counts

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "line_id": line_id,
                "kind": kind,
                "quantity": quantity,
                "occurred_at": occurred_at,
                "event_id": event_id,
                "product_code": product_code,
                "received_at": received_at,
                "reported_by": reported_by,
                "by_hand": by_hand,
                "counts": counts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        line_id = UUID(d.pop("line_id"))

        kind = check_receipt_kind(d.pop("kind"))

        quantity = d.pop("quantity")

        occurred_at = datetime.datetime.fromisoformat(d.pop("occurred_at"))

        event_id = d.pop("event_id")

        product_code = d.pop("product_code")

        received_at = datetime.datetime.fromisoformat(d.pop("received_at"))

        def _parse_reported_by(data: object) -> None | Person:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                reported_by_type_0 = Person.from_dict(data)

                return reported_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person, data)

        reported_by = _parse_reported_by(d.pop("reported_by"))

        by_hand = d.pop("by_hand")

        counts = d.pop("counts")

        receipt_record = cls(
            line_id=line_id,
            kind=kind,
            quantity=quantity,
            occurred_at=occurred_at,
            event_id=event_id,
            product_code=product_code,
            received_at=received_at,
            reported_by=reported_by,
            by_hand=by_hand,
            counts=counts,
        )

        receipt_record.additional_properties = d
        return receipt_record

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
