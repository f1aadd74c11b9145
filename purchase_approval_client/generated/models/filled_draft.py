from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.filled_line import FilledLine
    from ..models.source_ref import SourceRef


T = TypeVar("T", bound="FilledDraft")


@_attrs_define
class FilledDraft:
    """A request filled in from a source: what the source does not have is left to be filled in.

    Attributes:
        source (SourceRef): The sales order or opportunity that a request is made from.
        purpose (str):
        delivery_address (str):
        desired_delivery_date (datetime.date | None):
        description (str):
        currency (str):
        lines (list[FilledLine]):
    """

    source: SourceRef
    purpose: str
    delivery_address: str
    desired_delivery_date: datetime.date | None
    description: str
    currency: str
    lines: list[FilledLine]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        source = self.source.to_dict()

        purpose = self.purpose

        delivery_address = self.delivery_address

        desired_delivery_date: None | str
        if isinstance(self.desired_delivery_date, datetime.date):
            desired_delivery_date = self.desired_delivery_date.isoformat()
        else:
            desired_delivery_date = self.desired_delivery_date

        description = self.description

        currency = self.currency

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "purpose": purpose,
                "delivery_address": delivery_address,
                "desired_delivery_date": desired_delivery_date,
                "description": description,
                "currency": currency,
                "lines": lines,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.filled_line import FilledLine  # noqa: PLC0415
        from ..models.source_ref import SourceRef  # noqa: PLC0415

        d = dict(src_dict)
        source = SourceRef.from_dict(d.pop("source"))

        purpose = d.pop("purpose")

        delivery_address = d.pop("delivery_address")

        def _parse_desired_delivery_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                desired_delivery_date_type_0 = datetime.date.fromisoformat(data)

                return desired_delivery_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        desired_delivery_date = _parse_desired_delivery_date(d.pop("desired_delivery_date"))

        description = d.pop("description")

        currency = d.pop("currency")

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = FilledLine.from_dict(lines_item_data)

            lines.append(lines_item)

        filled_draft = cls(
            source=source,
            purpose=purpose,
            delivery_address=delivery_address,
            desired_delivery_date=desired_delivery_date,
            description=description,
            currency=currency,
            lines=lines,
        )

        filled_draft.additional_properties = d
        return filled_draft

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
