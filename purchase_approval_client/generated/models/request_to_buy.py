from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.process_status import ProcessStatus, check_process_status

if TYPE_CHECKING:
    from ..models.line_record import LineRecord
    from ..models.order_change import OrderChange
    from ..models.person import Person
    from ..models.request_warning import RequestWarning
    from ..models.source_view import SourceView


T = TypeVar("T", bound="RequestToBuy")


@_attrs_define
class RequestToBuy:
    """A completed request as those who buy see it, with what looks wrong in what was reported of it.

    Attributes:
        id (UUID):
        number (str):
        request_date (datetime.date):
        version (int):
        owner (Person): Somebody of the CRM directory.
        source (None | SourceView):
        purpose (str):
        delivery_address (str):
        desired_delivery_date (datetime.date | None):
        description (str):
        currency (str):
        total (str):
        process_status (ProcessStatus): Tình trạng quy trình: how the CRM shows the request.
        purchase_status (None | str):
        approved_at (datetime.datetime | None):
        lines (list[LineRecord]):
        order_changes (list[OrderChange]):
        changed_at (datetime.datetime):
        updated_at (datetime.datetime):
        warnings (list[RequestWarning]):
    """

    id: UUID
    number: str
    request_date: datetime.date
    version: int
    owner: Person
    source: None | SourceView
    purpose: str
    delivery_address: str
    desired_delivery_date: datetime.date | None
    description: str
    currency: str
    total: str
    process_status: ProcessStatus
    purchase_status: None | str
    approved_at: datetime.datetime | None
    lines: list[LineRecord]
    order_changes: list[OrderChange]
    changed_at: datetime.datetime
    updated_at: datetime.datetime
    warnings: list[RequestWarning]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.source_view import SourceView  # noqa: PLC0415

        id = str(self.id)

        number = self.number

        request_date = self.request_date.isoformat()

        version = self.version

        owner = self.owner.to_dict()

        source: dict[str, Any] | None
        if isinstance(self.source, SourceView):
            source = self.source.to_dict()
        else:
            source = self.source

        purpose = self.purpose

        delivery_address = self.delivery_address

        desired_delivery_date: None | str
        if isinstance(self.desired_delivery_date, datetime.date):
            desired_delivery_date = self.desired_delivery_date.isoformat()
        else:
            desired_delivery_date = self.desired_delivery_date

        description = self.description

        currency = self.currency

        total = self.total

        process_status: str = self.process_status

        purchase_status: None | str
        purchase_status = self.purchase_status

        approved_at: None | str
        if isinstance(self.approved_at, datetime.datetime):
            approved_at = self.approved_at.isoformat()
        else:
            approved_at = self.approved_at

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        order_changes = []
        for order_changes_item_data in self.order_changes:
            order_changes_item = order_changes_item_data.to_dict()
            order_changes.append(order_changes_item)

        changed_at = self.changed_at.isoformat()

        updated_at = self.updated_at.isoformat()

        warnings = []
        for warnings_item_data in self.warnings:
            warnings_item = warnings_item_data.to_dict()
            warnings.append(warnings_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "request_date": request_date,
                "version": version,
                "owner": owner,
                "source": source,
                "purpose": purpose,
                "delivery_address": delivery_address,
                "desired_delivery_date": desired_delivery_date,
                "description": description,
                "currency": currency,
                "total": total,
                "process_status": process_status,
                "purchase_status": purchase_status,
                "approved_at": approved_at,
                "lines": lines,
                "order_changes": order_changes,
                "changed_at": changed_at,
                "updated_at": updated_at,
                "warnings": warnings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_record import LineRecord  # noqa: PLC0415
        from ..models.order_change import OrderChange  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415
        from ..models.request_warning import RequestWarning  # noqa: PLC0415
        from ..models.source_view import SourceView  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        request_date = datetime.date.fromisoformat(d.pop("request_date"))

        version = d.pop("version")

        owner = Person.from_dict(d.pop("owner"))

        def _parse_source(data: object) -> None | SourceView:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                source_type_0 = SourceView.from_dict(data)

                return source_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SourceView, data)

        source = _parse_source(d.pop("source"))

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

        total = d.pop("total")

        process_status = check_process_status(d.pop("process_status"))

        def _parse_purchase_status(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        purchase_status = _parse_purchase_status(d.pop("purchase_status"))

        def _parse_approved_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                approved_at_type_0 = datetime.datetime.fromisoformat(data)

                return approved_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        approved_at = _parse_approved_at(d.pop("approved_at"))

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = LineRecord.from_dict(lines_item_data)

            lines.append(lines_item)

        order_changes = []
        _order_changes = d.pop("order_changes")
        for order_changes_item_data in _order_changes:
            order_changes_item = OrderChange.from_dict(order_changes_item_data)

            order_changes.append(order_changes_item)

        changed_at = datetime.datetime.fromisoformat(d.pop("changed_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        warnings = []
        _warnings = d.pop("warnings")
        for warnings_item_data in _warnings:
            warnings_item = RequestWarning.from_dict(warnings_item_data)

            warnings.append(warnings_item)

        request_to_buy = cls(
            id=id,
            number=number,
            request_date=request_date,
            version=version,
            owner=owner,
            source=source,
            purpose=purpose,
            delivery_address=delivery_address,
            desired_delivery_date=desired_delivery_date,
            description=description,
            currency=currency,
            total=total,
            process_status=process_status,
            purchase_status=purchase_status,
            approved_at=approved_at,
            lines=lines,
            order_changes=order_changes,
            changed_at=changed_at,
            updated_at=updated_at,
            warnings=warnings,
        )

        request_to_buy.additional_properties = d
        return request_to_buy

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
