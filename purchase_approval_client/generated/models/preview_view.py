from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.cumulated_view import CumulatedView
    from ..models.preview_step import PreviewStep


T = TypeVar("T", bound="PreviewView")


@_attrs_define
class PreviewView:
    """What a send would run now, and what the request would be added up to.

    Attributes:
        routing_amount (None | str):
        cumulated (CumulatedView | None):
        steps (list[PreviewStep]):
        refusal (None | str):
        detail (None | str):
    """

    routing_amount: None | str
    cumulated: CumulatedView | None
    steps: list[PreviewStep]
    refusal: None | str
    detail: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.cumulated_view import CumulatedView  # noqa: PLC0415

        routing_amount: None | str
        routing_amount = self.routing_amount

        cumulated: dict[str, Any] | None
        if isinstance(self.cumulated, CumulatedView):
            cumulated = self.cumulated.to_dict()
        else:
            cumulated = self.cumulated

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        refusal: None | str
        refusal = self.refusal

        detail: None | str
        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "routing_amount": routing_amount,
                "cumulated": cumulated,
                "steps": steps,
                "refusal": refusal,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.cumulated_view import CumulatedView  # noqa: PLC0415
        from ..models.preview_step import PreviewStep  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_routing_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        routing_amount = _parse_routing_amount(d.pop("routing_amount"))

        def _parse_cumulated(data: object) -> CumulatedView | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                cumulated_type_0 = CumulatedView.from_dict(data)

                return cumulated_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CumulatedView | None, data)

        cumulated = _parse_cumulated(d.pop("cumulated"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = PreviewStep.from_dict(steps_item_data)

            steps.append(steps_item)

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

        preview_view = cls(
            routing_amount=routing_amount,
            cumulated=cumulated,
            steps=steps,
            refusal=refusal,
            detail=detail,
        )

        preview_view.additional_properties = d
        return preview_view

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
