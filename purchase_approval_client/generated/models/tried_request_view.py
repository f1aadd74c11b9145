from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.step_difference_view import StepDifferenceView


T = TypeVar("T", bound="TriedRequestView")


@_attrs_define
class TriedRequestView:
    """A request for which the draft differs from the version that it ran. ``more`` and ``fewer``: people asked in all.
    ``refusal`` is the code of what would refuse the send.

        Attributes:
            id (UUID):
            number (str):
            process_key (str):
            version (int):
            steps (list[StepDifferenceView]):
            more (bool):
            fewer (bool):
            refusal (None | str):
            detail (None | str):
    """

    id: UUID
    number: str
    process_key: str
    version: int
    steps: list[StepDifferenceView]
    more: bool
    fewer: bool
    refusal: None | str
    detail: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        number = self.number

        process_key = self.process_key

        version = self.version

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        more = self.more

        fewer = self.fewer

        refusal: None | str
        refusal = self.refusal

        detail: None | str
        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "process_key": process_key,
                "version": version,
                "steps": steps,
                "more": more,
                "fewer": fewer,
                "refusal": refusal,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.step_difference_view import StepDifferenceView  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        process_key = d.pop("process_key")

        version = d.pop("version")

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = StepDifferenceView.from_dict(steps_item_data)

            steps.append(steps_item)

        more = d.pop("more")

        fewer = d.pop("fewer")

        def _parse_refusal(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refusal = _parse_refusal(d.pop("refusal"))

        def _parse_detail(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        detail = _parse_detail(d.pop("detail"))

        tried_request_view = cls(
            id=id,
            number=number,
            process_key=process_key,
            version=version,
            steps=steps,
            more=more,
            fewer=fewer,
            refusal=refusal,
            detail=detail,
        )

        tried_request_view.additional_properties = d
        return tried_request_view

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
