from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.decision_rule import DecisionRule, check_decision_rule

T = TypeVar("T", bound="VoteView")


@_attrs_define
class VoteView:
    """How many of a step's people must approve, and how many have.

    Attributes:
        rule (DecisionRule): The kinds of vote rule.
        needed (int):
        approved (int):
        of (int):
    """

    rule: DecisionRule
    needed: int
    approved: int
    of: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        rule: str = self.rule

        needed = self.needed

        approved = self.approved

        of = self.of

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "rule": rule,
                "needed": needed,
                "approved": approved,
                "of": of,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        rule = check_decision_rule(d.pop("rule"))

        needed = d.pop("needed")

        approved = d.pop("approved")

        of = d.pop("of")

        vote_view = cls(
            rule=rule,
            needed=needed,
            approved=approved,
            of=of,
        )

        vote_view.additional_properties = d
        return vote_view

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
