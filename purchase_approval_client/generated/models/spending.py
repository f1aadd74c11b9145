from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.process_status import ProcessStatus, check_process_status
from ..types import UNSET, Unset

T = TypeVar("T", bound="Spending")


@_attrs_define
class Spending:
    """What some requests come to.

    Attributes:
        currency (str):
        requests (int):
        amount (str):
        month (datetime.date | None | Unset):
        status (None | ProcessStatus | Unset):
        department (None | str | Unset):
        supplier (None | str | Unset):
    """

    currency: str
    requests: int
    amount: str
    month: datetime.date | None | Unset = UNSET
    status: None | ProcessStatus | Unset = UNSET
    department: None | str | Unset = UNSET
    supplier: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        currency = self.currency

        requests = self.requests

        amount = self.amount

        month: None | str | Unset
        if isinstance(self.month, Unset):
            month = UNSET
        elif isinstance(self.month, datetime.date):
            month = self.month.isoformat()
        else:
            month = self.month

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        elif isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        department: None | str | Unset
        if isinstance(self.department, Unset):
            department = UNSET
        else:
            department = self.department

        supplier: None | str | Unset
        if isinstance(self.supplier, Unset):
            supplier = UNSET
        else:
            supplier = self.supplier

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "currency": currency,
                "requests": requests,
                "amount": amount,
            }
        )
        if month is not UNSET:
            field_dict["month"] = month
        if status is not UNSET:
            field_dict["status"] = status
        if department is not UNSET:
            field_dict["department"] = department
        if supplier is not UNSET:
            field_dict["supplier"] = supplier

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        currency = d.pop("currency")

        requests = d.pop("requests")

        amount = d.pop("amount")

        def _parse_month(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                month_type_0 = datetime.date.fromisoformat(data)

                return month_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        month = _parse_month(d.pop("month", UNSET))

        def _parse_status(data: object) -> None | ProcessStatus | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = check_process_status(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ProcessStatus | Unset, data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_department(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        department = _parse_department(d.pop("department", UNSET))

        def _parse_supplier(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        supplier = _parse_supplier(d.pop("supplier", UNSET))

        spending = cls(
            currency=currency,
            requests=requests,
            amount=amount,
            month=month,
            status=status,
            department=department,
            supplier=supplier,
        )

        spending.additional_properties = d
        return spending

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
