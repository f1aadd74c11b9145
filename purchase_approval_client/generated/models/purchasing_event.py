from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.received_line import ReceivedLine


T = TypeVar("T", bound="PurchasingEvent")


@_attrs_define
class PurchasingEvent:
    """One report of the purchasing system.

    Attributes:
        event_id (str):
        occurred_at (datetime.datetime):
        request_number (str):
        purchase_status (None | str | Unset):
        lines (list[ReceivedLine] | Unset):
    """

    event_id: str
    occurred_at: datetime.datetime
    request_number: str
    purchase_status: None | str | Unset = UNSET
    lines: list[ReceivedLine] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        event_id = self.event_id

        occurred_at = self.occurred_at.isoformat()

        request_number = self.request_number

        purchase_status: None | str | Unset
        if isinstance(self.purchase_status, Unset):
            purchase_status = UNSET
        else:
            purchase_status = self.purchase_status

        lines: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.lines, Unset):
            lines = []
            for lines_item_data in self.lines:
                lines_item = lines_item_data.to_dict()
                lines.append(lines_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "event_id": event_id,
                "occurred_at": occurred_at,
                "request_number": request_number,
            }
        )
        if purchase_status is not UNSET:
            field_dict["purchase_status"] = purchase_status
        if lines is not UNSET:
            field_dict["lines"] = lines

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.received_line import ReceivedLine  # noqa: PLC0415

        d = dict(src_dict)
        event_id = d.pop("event_id")

        occurred_at = datetime.datetime.fromisoformat(d.pop("occurred_at"))

        request_number = d.pop("request_number")

        def _parse_purchase_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        purchase_status = _parse_purchase_status(d.pop("purchase_status", UNSET))

        _lines = d.pop("lines", UNSET)
        lines: list[ReceivedLine] | Unset = UNSET
        if _lines is not UNSET:
            lines = []
            for lines_item_data in _lines:
                lines_item = ReceivedLine.from_dict(lines_item_data)

                lines.append(lines_item)

        purchasing_event = cls(
            event_id=event_id,
            occurred_at=occurred_at,
            request_number=request_number,
            purchase_status=purchase_status,
            lines=lines,
        )

        return purchasing_event
