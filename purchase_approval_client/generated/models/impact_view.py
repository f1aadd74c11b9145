from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.movable_view import MovableView
    from ..models.step_count import StepCount


T = TypeVar("T", bound="ImpactView")


@_attrs_define
class ImpactView:
    """The runs that go on, by the version that they run and the first step that is open, and what moving would do: to the
    newest version, and to the draft if it were published.

        Attributes:
            newest (int | None):
            runs (list[StepCount]):
            to_newest (list[MovableView]):
            to_draft (list[MovableView]):
    """

    newest: int | None
    runs: list[StepCount]
    to_newest: list[MovableView]
    to_draft: list[MovableView]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        newest: int | None
        newest = self.newest

        runs = []
        for runs_item_data in self.runs:
            runs_item = runs_item_data.to_dict()
            runs.append(runs_item)

        to_newest = []
        for to_newest_item_data in self.to_newest:
            to_newest_item = to_newest_item_data.to_dict()
            to_newest.append(to_newest_item)

        to_draft = []
        for to_draft_item_data in self.to_draft:
            to_draft_item = to_draft_item_data.to_dict()
            to_draft.append(to_draft_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "newest": newest,
                "runs": runs,
                "to_newest": to_newest,
                "to_draft": to_draft,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.movable_view import MovableView  # noqa: PLC0415
        from ..models.step_count import StepCount  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_newest(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        newest = _parse_newest(d.pop("newest"))

        runs = []
        _runs = d.pop("runs")
        for runs_item_data in _runs:
            runs_item = StepCount.from_dict(runs_item_data)

            runs.append(runs_item)

        to_newest = []
        _to_newest = d.pop("to_newest")
        for to_newest_item_data in _to_newest:
            to_newest_item = MovableView.from_dict(to_newest_item_data)

            to_newest.append(to_newest_item)

        to_draft = []
        _to_draft = d.pop("to_draft")
        for to_draft_item_data in _to_draft:
            to_draft_item = MovableView.from_dict(to_draft_item_data)

            to_draft.append(to_draft_item)

        impact_view = cls(
            newest=newest,
            runs=runs,
            to_newest=to_newest,
            to_draft=to_draft,
        )

        impact_view.additional_properties = d
        return impact_view

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
