from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.failure_view_params import FailureViewParams


T = TypeVar("T", bound="FailureView")


@_attrs_define
class FailureView:
    """Something that could not be taken from AMIS: `reason` is a code, `detail` says it in the caller's language.

    Attributes:
        key (str):
        number (str):
        owner (str):
        reason (str):
        id (UUID):
        failed_at (datetime.datetime):
        tries (int):
        next_try_at (datetime.datetime):
        detail (str):
        params (FailureViewParams | Unset):
    """

    key: str
    number: str
    owner: str
    reason: str
    id: UUID
    failed_at: datetime.datetime
    tries: int
    next_try_at: datetime.datetime
    detail: str
    params: FailureViewParams | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        number = self.number

        owner = self.owner

        reason = self.reason

        id = str(self.id)

        failed_at = self.failed_at.isoformat()

        tries = self.tries

        next_try_at = self.next_try_at.isoformat()

        detail = self.detail

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "number": number,
                "owner": owner,
                "reason": reason,
                "id": id,
                "failed_at": failed_at,
                "tries": tries,
                "next_try_at": next_try_at,
                "detail": detail,
            }
        )
        if params is not UNSET:
            field_dict["params"] = params

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.failure_view_params import FailureViewParams  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        number = d.pop("number")

        owner = d.pop("owner")

        reason = d.pop("reason")

        id = UUID(d.pop("id"))

        failed_at = datetime.datetime.fromisoformat(d.pop("failed_at"))

        tries = d.pop("tries")

        next_try_at = datetime.datetime.fromisoformat(d.pop("next_try_at"))

        detail = d.pop("detail")

        _params = d.pop("params", UNSET)
        params: FailureViewParams | Unset
        if isinstance(_params, Unset):
            params = UNSET
        else:
            params = FailureViewParams.from_dict(_params)

        failure_view = cls(
            key=key,
            number=number,
            owner=owner,
            reason=reason,
            id=id,
            failed_at=failed_at,
            tries=tries,
            next_try_at=next_try_at,
            detail=detail,
            params=params,
        )

        failure_view.additional_properties = d
        return failure_view

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
