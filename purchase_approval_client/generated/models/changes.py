from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.line_changes import LineChanges


T = TypeVar("T", bound="Changes")


@_attrs_define
class Changes:
    """What an approver changes together with an approval; see api.md, ``approve``.

    Attributes:
        purpose (None | str | Unset):
        delivery_address (None | str | Unset):
        desired_delivery_date (datetime.date | None | Unset):
        description (None | str | Unset):
        lines (list[LineChanges] | Unset):
    """

    purpose: None | str | Unset = UNSET
    delivery_address: None | str | Unset = UNSET
    desired_delivery_date: datetime.date | None | Unset = UNSET
    description: None | str | Unset = UNSET
    lines: list[LineChanges] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        purpose: None | str | Unset
        if isinstance(self.purpose, Unset):
            purpose = UNSET
        else:
            purpose = self.purpose

        delivery_address: None | str | Unset
        if isinstance(self.delivery_address, Unset):
            delivery_address = UNSET
        else:
            delivery_address = self.delivery_address

        desired_delivery_date: None | str | Unset
        if isinstance(self.desired_delivery_date, Unset):
            desired_delivery_date = UNSET
        elif isinstance(self.desired_delivery_date, datetime.date):
            desired_delivery_date = self.desired_delivery_date.isoformat()
        else:
            desired_delivery_date = self.desired_delivery_date

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        lines: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.lines, Unset):
            lines = []
            for lines_item_data in self.lines:
                lines_item = lines_item_data.to_dict()
                lines.append(lines_item)

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if purpose is not UNSET:
            field_dict["purpose"] = purpose
        if delivery_address is not UNSET:
            field_dict["delivery_address"] = delivery_address
        if desired_delivery_date is not UNSET:
            field_dict["desired_delivery_date"] = desired_delivery_date
        if description is not UNSET:
            field_dict["description"] = description
        if lines is not UNSET:
            field_dict["lines"] = lines

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_changes import LineChanges  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_purpose(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        purpose = _parse_purpose(d.pop("purpose", UNSET))

        def _parse_delivery_address(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        delivery_address = _parse_delivery_address(d.pop("delivery_address", UNSET))

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

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

        _lines = d.pop("lines", UNSET)
        lines: list[LineChanges] | Unset = UNSET
        if _lines is not UNSET:
            lines = []
            for lines_item_data in _lines:
                lines_item = LineChanges.from_dict(lines_item_data)

                lines.append(lines_item)

        changes = cls(
            purpose=purpose,
            delivery_address=delivery_address,
            desired_delivery_date=desired_delivery_date,
            description=description,
            lines=lines,
        )

        return changes
