from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReceivedLine")


@_attrs_define
class ReceivedLine:
    """What happened to the goods of one line, named by its id, or by its product code where that is unambiguous: so much
    more
    came (``received``), so much went back (``sent_back``), or so much has come in all (``quantity_received``), which
    corrects
    whatever was reported of earlier times.

        Attributes:
            line_id (None | Unset | UUID):
            product_code (None | str | Unset):
            received (float | None | str | Unset):
            sent_back (float | None | str | Unset):
            quantity_received (float | None | str | Unset):
    """

    line_id: None | Unset | UUID = UNSET
    product_code: None | str | Unset = UNSET
    received: float | None | str | Unset = UNSET
    sent_back: float | None | str | Unset = UNSET
    quantity_received: float | None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        line_id: None | str | Unset
        if isinstance(self.line_id, Unset):
            line_id = UNSET
        elif isinstance(self.line_id, UUID):
            line_id = str(self.line_id)
        else:
            line_id = self.line_id

        product_code: None | str | Unset
        if isinstance(self.product_code, Unset):
            product_code = UNSET
        else:
            product_code = self.product_code

        received: float | None | str | Unset
        if isinstance(self.received, Unset):
            received = UNSET
        else:
            received = self.received

        sent_back: float | None | str | Unset
        if isinstance(self.sent_back, Unset):
            sent_back = UNSET
        else:
            sent_back = self.sent_back

        quantity_received: float | None | str | Unset
        if isinstance(self.quantity_received, Unset):
            quantity_received = UNSET
        else:
            quantity_received = self.quantity_received

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if line_id is not UNSET:
            field_dict["line_id"] = line_id
        if product_code is not UNSET:
            field_dict["product_code"] = product_code
        if received is not UNSET:
            field_dict["received"] = received
        if sent_back is not UNSET:
            field_dict["sent_back"] = sent_back
        if quantity_received is not UNSET:
            field_dict["quantity_received"] = quantity_received

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_line_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                line_id_type_0 = UUID(data)

                return line_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        line_id = _parse_line_id(d.pop("line_id", UNSET))

        def _parse_product_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        product_code = _parse_product_code(d.pop("product_code", UNSET))

        def _parse_received(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        received = _parse_received(d.pop("received", UNSET))

        def _parse_sent_back(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        sent_back = _parse_sent_back(d.pop("sent_back", UNSET))

        def _parse_quantity_received(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        quantity_received = _parse_quantity_received(d.pop("quantity_received", UNSET))

        received_line = cls(
            line_id=line_id,
            product_code=product_code,
            received=received,
            sent_back=sent_back,
            quantity_received=quantity_received,
        )

        return received_line
