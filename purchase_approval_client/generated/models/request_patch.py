from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.line_draft import LineDraft
    from ..models.source_ref import SourceRef


T = TypeVar("T", bound="RequestPatch")


@_attrs_define
class RequestPatch:
    """An edit: only the fields given change; ``lines`` replaces all lines, those with an ``id`` keep it.

    Attributes:
        source (None | SourceRef | Unset):
        purpose (str | Unset):  Default: '-'.
        delivery_address (str | Unset):  Default: ''.
        desired_delivery_date (datetime.date | None | Unset):
        description (str | Unset):  Default: ''.
        currency (str | Unset):  Default: 'VND'.
        lines (list[LineDraft] | Unset):
    """

    source: None | SourceRef | Unset = UNSET
    purpose: str | Unset = "-"
    delivery_address: str | Unset = ""
    desired_delivery_date: datetime.date | None | Unset = UNSET
    description: str | Unset = ""
    currency: str | Unset = "VND"
    lines: list[LineDraft] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.source_ref import SourceRef  # noqa: PLC0415

        source: dict[str, Any] | None | Unset
        if isinstance(self.source, Unset):
            source = UNSET
        elif isinstance(self.source, SourceRef):
            source = self.source.to_dict()
        else:
            source = self.source

        purpose = self.purpose

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

        lines: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.lines, Unset):
            lines = []
            for lines_item_data in self.lines:
                lines_item = lines_item_data.to_dict()
                lines.append(lines_item)

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if source is not UNSET:
            field_dict["source"] = source
        if purpose is not UNSET:
            field_dict["purpose"] = purpose
        if delivery_address is not UNSET:
            field_dict["delivery_address"] = delivery_address
        if desired_delivery_date is not UNSET:
            field_dict["desired_delivery_date"] = desired_delivery_date
        if description is not UNSET:
            field_dict["description"] = description
        if currency is not UNSET:
            field_dict["currency"] = currency
        if lines is not UNSET:
            field_dict["lines"] = lines

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_draft import LineDraft  # noqa: PLC0415
        from ..models.source_ref import SourceRef  # noqa: PLC0415

        d = dict(src_dict)

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

        purpose = d.pop("purpose", UNSET)

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

        _lines = d.pop("lines", UNSET)
        lines: list[LineDraft] | Unset = UNSET
        if _lines is not UNSET:
            lines = []
            for lines_item_data in _lines:
                lines_item = LineDraft.from_dict(lines_item_data)

                lines.append(lines_item)

        request_patch = cls(
            source=source,
            purpose=purpose,
            delivery_address=delivery_address,
            desired_delivery_date=desired_delivery_date,
            description=description,
            currency=currency,
            lines=lines,
        )

        return request_patch
