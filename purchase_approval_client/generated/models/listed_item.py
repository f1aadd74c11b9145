from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.process_status import ProcessStatus, check_process_status
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.source_view import SourceView


T = TypeVar("T", bound="ListedItem")


@_attrs_define
class ListedItem:
    """A request in the list of somebody who looks for one.

    Attributes:
        id (UUID):
        number (str):
        request_date (datetime.date):
        owner (Person): Somebody of the CRM directory.
        source (None | SourceView):
        purpose (str):
        currency (str):
        total (str):
        process_status (ProcessStatus): Tình trạng quy trình: how the CRM shows the request.
        purchase_status (None | str):
        goods (list[str]):
        desired_delivery_date (datetime.date | None):
        version (int):
        updated_at (datetime.datetime):
        customer (None | str | Unset):
        proposed_total (None | str | Unset):
        waiting_on (list[Person] | Unset):
        order_changed (bool | Unset):  Default: False.
        order_cancelled (bool | Unset):  Default: False.
        held (bool | Unset):  Default: False.
        flagged (bool | Unset):  Default: False.
    """

    id: UUID
    number: str
    request_date: datetime.date
    owner: Person
    source: None | SourceView
    purpose: str
    currency: str
    total: str
    process_status: ProcessStatus
    purchase_status: None | str
    goods: list[str]
    desired_delivery_date: datetime.date | None
    version: int
    updated_at: datetime.datetime
    customer: None | str | Unset = UNSET
    proposed_total: None | str | Unset = UNSET
    waiting_on: list[Person] | Unset = UNSET
    order_changed: bool | Unset = False
    order_cancelled: bool | Unset = False
    held: bool | Unset = False
    flagged: bool | Unset = False
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.source_view import SourceView  # noqa: PLC0415

        id = str(self.id)

        number = self.number

        request_date = self.request_date.isoformat()

        owner = self.owner.to_dict()

        source: dict[str, Any] | None
        if isinstance(self.source, SourceView):
            source = self.source.to_dict()
        else:
            source = self.source

        purpose = self.purpose

        currency = self.currency

        total = self.total

        process_status: str = self.process_status

        purchase_status: None | str
        purchase_status = self.purchase_status

        goods = self.goods

        desired_delivery_date: None | str
        if isinstance(self.desired_delivery_date, datetime.date):
            desired_delivery_date = self.desired_delivery_date.isoformat()
        else:
            desired_delivery_date = self.desired_delivery_date

        version = self.version

        updated_at = self.updated_at.isoformat()

        customer: None | str | Unset
        if isinstance(self.customer, Unset):
            customer = UNSET
        else:
            customer = self.customer

        proposed_total: None | str | Unset
        if isinstance(self.proposed_total, Unset):
            proposed_total = UNSET
        else:
            proposed_total = self.proposed_total

        waiting_on: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.waiting_on, Unset):
            waiting_on = []
            for waiting_on_item_data in self.waiting_on:
                waiting_on_item = waiting_on_item_data.to_dict()
                waiting_on.append(waiting_on_item)

        order_changed = self.order_changed

        order_cancelled = self.order_cancelled

        held = self.held

        flagged = self.flagged

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "request_date": request_date,
                "owner": owner,
                "source": source,
                "purpose": purpose,
                "currency": currency,
                "total": total,
                "process_status": process_status,
                "purchase_status": purchase_status,
                "goods": goods,
                "desired_delivery_date": desired_delivery_date,
                "version": version,
                "updated_at": updated_at,
            }
        )
        if customer is not UNSET:
            field_dict["customer"] = customer
        if proposed_total is not UNSET:
            field_dict["proposed_total"] = proposed_total
        if waiting_on is not UNSET:
            field_dict["waiting_on"] = waiting_on
        if order_changed is not UNSET:
            field_dict["order_changed"] = order_changed
        if order_cancelled is not UNSET:
            field_dict["order_cancelled"] = order_cancelled
        if held is not UNSET:
            field_dict["held"] = held
        if flagged is not UNSET:
            field_dict["flagged"] = flagged

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.source_view import SourceView  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        request_date = datetime.date.fromisoformat(d.pop("request_date"))

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

        currency = d.pop("currency")

        total = d.pop("total")

        process_status = check_process_status(d.pop("process_status"))

        def _parse_purchase_status(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        purchase_status = _parse_purchase_status(d.pop("purchase_status"))

        goods = cast(list[str], d.pop("goods"))

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

        version = d.pop("version")

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        def _parse_customer(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        customer = _parse_customer(d.pop("customer", UNSET))

        def _parse_proposed_total(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        proposed_total = _parse_proposed_total(d.pop("proposed_total", UNSET))

        _waiting_on = d.pop("waiting_on", UNSET)
        waiting_on: list[Person] | Unset = UNSET
        if _waiting_on is not UNSET:
            waiting_on = []
            for waiting_on_item_data in _waiting_on:
                waiting_on_item = Person.from_dict(waiting_on_item_data)

                waiting_on.append(waiting_on_item)

        order_changed = d.pop("order_changed", UNSET)

        order_cancelled = d.pop("order_cancelled", UNSET)

        held = d.pop("held", UNSET)

        flagged = d.pop("flagged", UNSET)

        listed_item = cls(
            id=id,
            number=number,
            request_date=request_date,
            owner=owner,
            source=source,
            purpose=purpose,
            currency=currency,
            total=total,
            process_status=process_status,
            purchase_status=purchase_status,
            goods=goods,
            desired_delivery_date=desired_delivery_date,
            version=version,
            updated_at=updated_at,
            customer=customer,
            proposed_total=proposed_total,
            waiting_on=waiting_on,
            order_changed=order_changed,
            order_cancelled=order_cancelled,
            held=held,
            flagged=flagged,
        )

        listed_item.additional_properties = d
        return listed_item

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
