from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.tried_request_view import TriedRequestView


T = TypeVar("T", bound="TrialView")


@_attrs_define
class TrialView:
    """What a draft would do to past requests: of how many steps come or go (``other_steps``), others are asked in a step
    that stays
    (``other_people``), more or fewer are asked in all, the send would be refused. Those that would have taken too long
    are
    ``left_out``.

        Attributes:
            tried (int):
            left_out (int):
            other_steps (int):
            other_people (int):
            more (int):
            fewer (int):
            refused (int):
            requests (list[TriedRequestView]):
    """

    tried: int
    left_out: int
    other_steps: int
    other_people: int
    more: int
    fewer: int
    refused: int
    requests: list[TriedRequestView]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tried = self.tried

        left_out = self.left_out

        other_steps = self.other_steps

        other_people = self.other_people

        more = self.more

        fewer = self.fewer

        refused = self.refused

        requests = []
        for requests_item_data in self.requests:
            requests_item = requests_item_data.to_dict()
            requests.append(requests_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tried": tried,
                "left_out": left_out,
                "other_steps": other_steps,
                "other_people": other_people,
                "more": more,
                "fewer": fewer,
                "refused": refused,
                "requests": requests,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.tried_request_view import TriedRequestView  # noqa: PLC0415

        d = dict(src_dict)
        tried = d.pop("tried")

        left_out = d.pop("left_out")

        other_steps = d.pop("other_steps")

        other_people = d.pop("other_people")

        more = d.pop("more")

        fewer = d.pop("fewer")

        refused = d.pop("refused")

        requests = []
        _requests = d.pop("requests")
        for requests_item_data in _requests:
            requests_item = TriedRequestView.from_dict(requests_item_data)

            requests.append(requests_item)

        trial_view = cls(
            tried=tried,
            left_out=left_out,
            other_steps=other_steps,
            other_people=other_people,
            more=more,
            fewer=fewer,
            refused=refused,
            requests=requests,
        )

        trial_view.additional_properties = d
        return trial_view

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
