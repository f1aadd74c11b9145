from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.entry_problem_params import EntryProblemParams


T = TypeVar("T", bound="EntryProblem")


@_attrs_define
class EntryProblem:
    """An entry that could not be taken. ``reason`` is a key of ``texts.connectors``.

    Attributes:
        key (str):
        name (str):
        reason (str):
        params (EntryProblemParams):
    """

    key: str
    name: str
    reason: str
    params: EntryProblemParams
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        name = self.name

        reason = self.reason

        params = self.params.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "reason": reason,
                "params": params,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.entry_problem_params import EntryProblemParams  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = d.pop("name")

        reason = d.pop("reason")

        params = EntryProblemParams.from_dict(d.pop("params"))

        entry_problem = cls(
            key=key,
            name=name,
            reason=reason,
            params=params,
        )

        entry_problem.additional_properties = d
        return entry_problem

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
