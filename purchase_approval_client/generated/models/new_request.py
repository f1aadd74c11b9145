from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.new_line import NewLine
    from ..models.send import Send
    from ..models.source_ref import SourceRef


T = TypeVar("T", bound="NewRequest")


@_attrs_define
class NewRequest:
    """A purchase request to be saved, and sent too if ``send`` is given.

    Attributes:
        purpose (str):
        lines (list[NewLine]):
        source (None | SourceRef | Unset):
        delivery_address (str | Unset):  Default: ''.
        desired_delivery_date (datetime.date | None | Unset):
        description (str | Unset):  Default: ''.
        currency (str | Unset):  Default: 'VND'.
        send (None | Send | Unset):
    """

    purpose: str
    lines: list[NewLine]
    source: None | SourceRef | Unset = UNSET
    delivery_address: str | Unset = ""
    desired_delivery_date: datetime.date | None | Unset = UNSET
    description: str | Unset = ""
    currency: str | Unset = "VND"
    send: None | Send | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.send import Send  # noqa: PLC0415
        from ..models.source_ref import SourceRef  # noqa: PLC0415

        purpose = self.purpose

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        source: dict[str, Any] | None | Unset
        if isinstance(self.source, Unset):
            source = UNSET
        elif isinstance(self.source, SourceRef):
            source = self.source.to_dict()
        else:
            source = self.source

        delivery_address = self.delivery_address

        desired_delivery_date: None | str | Unset
        if isinstance(self.desired_delivery_date, Unset):
            desired_delivery_date = UNSET
        elif isinstance(self.desired_delivery_date, datetime.date):
            desired_delivery_date = self.desired_delivery_date.isoformat()
        else:
            desired_delivery_date = self.desired_delivery_date

        description = self.description

        currency = self.currency

        send: dict[str, Any] | None | Unset
        if isinstance(self.send, Unset):
            send = UNSET
        elif isinstance(self.send, Send):
            send = self.send.to_dict()
        else:
            send = self.send

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "purpose": purpose,
                "lines": lines,
            }
        )
        if source is not UNSET:
            field_dict["source"] = source
        if delivery_address is not UNSET:
            field_dict["delivery_address"] = delivery_address
        if desired_delivery_date is not UNSET:
            field_dict["desired_delivery_date"] = desired_delivery_date
        if description is not UNSET:
            field_dict["description"] = description
        if currency is not UNSET:
            field_dict["currency"] = currency
        if send is not UNSET:
            field_dict["send"] = send

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.new_line import NewLine  # noqa: PLC0415
        from ..models.send import Send  # noqa: PLC0415
        from ..models.source_ref import SourceRef  # noqa: PLC0415

        d = dict(src_dict)
        purpose = d.pop("purpose")

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = NewLine.from_dict(lines_item_data)

            lines.append(lines_item)

        def _parse_source(data: object) -> None | SourceRef | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                source_type_0 = SourceRef.from_dict(data)

                return source_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SourceRef | Unset, data)

        source = _parse_source(d.pop("source", UNSET))

        delivery_address = d.pop("delivery_address", UNSET)

        def _parse_desired_delivery_date(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                desired_delivery_date_type_0 = datetime.date.fromisoformat(data)

                return desired_delivery_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        desired_delivery_date = _parse_desired_delivery_date(d.pop("desired_delivery_date", UNSET))

        description = d.pop("description", UNSET)

        currency = d.pop("currency", UNSET)

        def _parse_send(data: object) -> None | Send | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                send_type_0 = Send.from_dict(data)

                return send_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Send | Unset, data)

        send = _parse_send(d.pop("send", UNSET))

        new_request = cls(
            purpose=purpose,
            lines=lines,
            source=source,
            delivery_address=delivery_address,
            desired_delivery_date=desired_delivery_date,
            description=description,
            currency=currency,
            send=send,
        )

        return new_request
