from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.process_status import ProcessStatus, check_process_status

if TYPE_CHECKING:
    from ..models.order_change import OrderChange


T = TypeVar("T", bound="ConcernedRequest")


@_attrs_define
class ConcernedRequest:
    """A request whose order would differ otherwise than it does from what the request was made from.

    Attributes:
        id (UUID):
        number (str):
        status (ProcessStatus): Tình trạng quy trình: how the CRM shows the request.
        changes (list[OrderChange]):
        held (bool):
    """

    id: UUID
    number: str
    status: ProcessStatus
    changes: list[OrderChange]
    held: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        number = self.number

        status: str = self.status

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        held = self.held

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "status": status,
                "changes": changes,
                "held": held,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_change import OrderChange  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        status = check_process_status(d.pop("status"))

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = OrderChange.from_dict(changes_item_data)

            changes.append(changes_item)

        held = d.pop("held")

        concerned_request = cls(
            id=id,
            number=number,
            status=status,
            changes=changes,
            held=held,
        )

        concerned_request.additional_properties = d
        return concerned_request

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
