from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.counted import Counted
    from ..models.cumulated_view_key import CumulatedViewKey
    from ..models.further import Further


T = TypeVar("T", bound="CumulatedView")


@_attrs_define
class CumulatedView:
    """Live requests that are added up with one, since they have the same owner, supplier, source or department (``key``),
    sent as
    far back as ``window``. Those that the reader may not see are counted in ``further``.

        Attributes:
            amount (str):
            own (str):
            key (CumulatedViewKey):
            window (None | str):
            requests (list[Counted]):
            further (Further): Requests that count in a sum without being named.
    """

    amount: str
    own: str
    key: CumulatedViewKey
    window: None | str
    requests: list[Counted]
    further: Further
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        own = self.own

        key = self.key.to_dict()

        window: None | str
        window = self.window

        requests = []
        for requests_item_data in self.requests:
            requests_item = requests_item_data.to_dict()
            requests.append(requests_item)

        further = self.further.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "amount": amount,
                "own": own,
                "key": key,
                "window": window,
                "requests": requests,
                "further": further,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.counted import Counted  # noqa: PLC0415
        from ..models.cumulated_view_key import CumulatedViewKey  # noqa: PLC0415
        from ..models.further import Further  # noqa: PLC0415

        d = dict(src_dict)
        amount = d.pop("amount")

        own = d.pop("own")

        key = CumulatedViewKey.from_dict(d.pop("key"))

        def _parse_window(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        window = _parse_window(d.pop("window"))

        requests = []
        _requests = d.pop("requests")
        for requests_item_data in _requests:
            requests_item = Counted.from_dict(requests_item_data)

            requests.append(requests_item)

        further = Further.from_dict(d.pop("further"))

        cumulated_view = cls(
            amount=amount,
            own=own,
            key=key,
            window=window,
            requests=requests,
            further=further,
        )

        cumulated_view.additional_properties = d
        return cumulated_view

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
