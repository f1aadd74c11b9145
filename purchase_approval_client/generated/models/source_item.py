from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.source_type import SourceType, check_source_type

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="SourceItem")


@_attrs_define
class SourceItem:
    """A sales order or opportunity in a list.

    Attributes:
        id (UUID):
        type_ (SourceType): What a request can be made from.
        number (str):
        name (str):
        customer (str):
        owner (Person): Somebody of the CRM directory.
        stage (str):
        date (datetime.date):
        delivery_address (str):
        delivery_date (datetime.date | None):
        currency (str):
        total (str):
        cancelled (bool):
    """

    id: UUID
    type_: SourceType
    number: str
    name: str
    customer: str
    owner: Person
    stage: str
    date: datetime.date
    delivery_address: str
    delivery_date: datetime.date | None
    currency: str
    total: str
    cancelled: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        type_: str = self.type_

        number = self.number

        name = self.name

        customer = self.customer

        owner = self.owner.to_dict()

        stage = self.stage

        date = self.date.isoformat()

        delivery_address = self.delivery_address

        delivery_date: None | str
        if isinstance(self.delivery_date, datetime.date):
            delivery_date = self.delivery_date.isoformat()
        else:
            delivery_date = self.delivery_date

        currency = self.currency

        total = self.total

        cancelled = self.cancelled

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "type": type_,
                "number": number,
                "name": name,
                "customer": customer,
                "owner": owner,
                "stage": stage,
                "date": date,
                "delivery_address": delivery_address,
                "delivery_date": delivery_date,
                "currency": currency,
                "total": total,
                "cancelled": cancelled,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        type_ = check_source_type(d.pop("type"))

        number = d.pop("number")

        name = d.pop("name")

        customer = d.pop("customer")

        owner = Person.from_dict(d.pop("owner"))

        stage = d.pop("stage")

        date = datetime.date.fromisoformat(d.pop("date"))

        delivery_address = d.pop("delivery_address")

        def _parse_delivery_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                delivery_date_type_0 = datetime.date.fromisoformat(data)

                return delivery_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        delivery_date = _parse_delivery_date(d.pop("delivery_date"))

        currency = d.pop("currency")

        total = d.pop("total")

        cancelled = d.pop("cancelled")

        source_item = cls(
            id=id,
            type_=type_,
            number=number,
            name=name,
            customer=customer,
            owner=owner,
            stage=stage,
            date=date,
            delivery_address=delivery_address,
            delivery_date=delivery_date,
            currency=currency,
            total=total,
            cancelled=cancelled,
        )

        source_item.additional_properties = d
        return source_item

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
