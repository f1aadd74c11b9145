from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.pass_ import Pass


T = TypeVar("T", bound="ReconciliationView")


@_attrs_define
class ReconciliationView:
    """What the reconciler has done.

    Attributes:
        under_way (bool):
        waiting (int):
        passes (list[Pass]):
    """

    under_way: bool
    waiting: int
    passes: list[Pass]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        under_way = self.under_way

        waiting = self.waiting

        passes = []
        for passes_item_data in self.passes:
            passes_item = passes_item_data.to_dict()
            passes.append(passes_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "under_way": under_way,
                "waiting": waiting,
                "passes": passes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.pass_ import Pass  # noqa: PLC0415

        d = dict(src_dict)
        under_way = d.pop("under_way")

        waiting = d.pop("waiting")

        passes = []
        _passes = d.pop("passes")
        for passes_item_data in _passes:
            passes_item = Pass.from_dict(passes_item_data)

            passes.append(passes_item)

        reconciliation_view = cls(
            under_way=under_way,
            waiting=waiting,
            passes=passes,
        )

        reconciliation_view.additional_properties = d
        return reconciliation_view

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
