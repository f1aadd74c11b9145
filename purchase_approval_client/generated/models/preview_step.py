from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.step_outcome import StepOutcome, check_step_outcome

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.vote_view import VoteView


T = TypeVar("T", bound="PreviewStep")


@_attrs_define
class PreviewStep:
    """A step as a send would run it now.

    Attributes:
        key (str):
        name (str):
        approvers (list[Person]):
        must_choose (bool):
        skipped (bool):
        vote (VoteView): How many of a step's people must approve, and how many have.
        block (None | str):
        block_name (None | str):
        why (str):
        outcome (None | StepOutcome):
        refusal (None | str):
    """

    key: str
    name: str
    approvers: list[Person]
    must_choose: bool
    skipped: bool
    vote: VoteView
    block: None | str
    block_name: None | str
    why: str
    outcome: None | StepOutcome
    refusal: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        name = self.name

        approvers = []
        for approvers_item_data in self.approvers:
            approvers_item = approvers_item_data.to_dict()
            approvers.append(approvers_item)

        must_choose = self.must_choose

        skipped = self.skipped

        vote = self.vote.to_dict()

        block: None | str
        block = self.block

        block_name: None | str
        block_name = self.block_name

        why = self.why

        outcome: None | str
        if isinstance(self.outcome, str):
            outcome = self.outcome
        else:
            outcome = self.outcome

        refusal: None | str
        refusal = self.refusal

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "approvers": approvers,
                "must_choose": must_choose,
                "skipped": skipped,
                "vote": vote,
                "block": block,
                "block_name": block_name,
                "why": why,
                "outcome": outcome,
                "refusal": refusal,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.vote_view import VoteView  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        name = d.pop("name")

        approvers = []
        _approvers = d.pop("approvers")
        for approvers_item_data in _approvers:
            approvers_item = Person.from_dict(approvers_item_data)

            approvers.append(approvers_item)

        must_choose = d.pop("must_choose")

        skipped = d.pop("skipped")

        vote = VoteView.from_dict(d.pop("vote"))

        def _parse_block(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        block = _parse_block(d.pop("block"))

        def _parse_block_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        block_name = _parse_block_name(d.pop("block_name"))

        why = d.pop("why")

        def _parse_outcome(data: object) -> None | StepOutcome:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                outcome_type_0 = check_step_outcome(data)

                return outcome_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StepOutcome, data)

        outcome = _parse_outcome(d.pop("outcome"))

        def _parse_refusal(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refusal = _parse_refusal(d.pop("refusal"))

        preview_step = cls(
            key=key,
            name=name,
            approvers=approvers,
            must_choose=must_choose,
            skipped=skipped,
            vote=vote,
            block=block,
            block_name=block_name,
            why=why,
            outcome=outcome,
            refusal=refusal,
        )

        preview_step.additional_properties = d
        return preview_step

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
