from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.line_decision import LineDecision, check_line_decision
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.line_on_order import LineOnOrder


T = TypeVar("T", bound="LineRecord")


@_attrs_define
class LineRecord:
    """A line of a request as the CRM has it.

    Attributes:
        id (UUID):
        source_line_id (None | UUID):
        product_code (str):
        description (str):
        warehouse (str):
        unit (str):
        quantity (str):
        unit_price (str):
        supplier (None | str):
        quantity_received (str):
        decision (LineDecision | None | Unset):
        decision_note (str | Unset):  Default: ''.
        product_category (str | Unset):  Default: ''.
        ordered (None | str | Unset):
        requested (None | str | Unset):
        purchase_orders (list[LineOnOrder] | Unset):
    """

    id: UUID
    source_line_id: None | UUID
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: str
    unit_price: str
    supplier: None | str
    quantity_received: str
    decision: LineDecision | None | Unset = UNSET
    decision_note: str | Unset = ""
    product_category: str | Unset = ""
    ordered: None | str | Unset = UNSET
    requested: None | str | Unset = UNSET
    purchase_orders: list[LineOnOrder] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        source_line_id: None | str
        if isinstance(self.source_line_id, UUID):
            source_line_id = str(self.source_line_id)
        else:
            source_line_id = self.source_line_id

        product_code = self.product_code

        description = self.description

        warehouse = self.warehouse

        unit = self.unit

        quantity = self.quantity

        unit_price = self.unit_price

        supplier: None | str
        supplier = self.supplier

        quantity_received = self.quantity_received

        decision: None | str | Unset
        if isinstance(self.decision, Unset):
            decision = UNSET
        elif isinstance(self.decision, str):
            decision = self.decision
        else:
            decision = self.decision

        decision_note = self.decision_note

        product_category = self.product_category

        ordered: None | str | Unset
        if isinstance(self.ordered, Unset):
            ordered = UNSET
        else:
            ordered = self.ordered

        requested: None | str | Unset
        if isinstance(self.requested, Unset):
            requested = UNSET
        else:
            requested = self.requested

        purchase_orders: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.purchase_orders, Unset):
            purchase_orders = []
            for purchase_orders_item_data in self.purchase_orders:
                purchase_orders_item = purchase_orders_item_data.to_dict()
                purchase_orders.append(purchase_orders_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "source_line_id": source_line_id,
                "product_code": product_code,
                "description": description,
                "warehouse": warehouse,
                "unit": unit,
                "quantity": quantity,
                "unit_price": unit_price,
                "supplier": supplier,
                "quantity_received": quantity_received,
            }
        )
        if decision is not UNSET:
            field_dict["decision"] = decision
        if decision_note is not UNSET:
            field_dict["decision_note"] = decision_note
        if product_category is not UNSET:
            field_dict["product_category"] = product_category
        if ordered is not UNSET:
            field_dict["ordered"] = ordered
        if requested is not UNSET:
            field_dict["requested"] = requested
        if purchase_orders is not UNSET:
            field_dict["purchase_orders"] = purchase_orders

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_on_order import LineOnOrder  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        def _parse_source_line_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                source_line_id_type_0 = UUID(data)

                return source_line_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        source_line_id = _parse_source_line_id(d.pop("source_line_id"))

        product_code = d.pop("product_code")

        description = d.pop("description")

        warehouse = d.pop("warehouse")

        unit = d.pop("unit")

        quantity = d.pop("quantity")

        unit_price = d.pop("unit_price")

        def _parse_supplier(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        supplier = _parse_supplier(d.pop("supplier"))

        quantity_received = d.pop("quantity_received")

        def _parse_decision(data: object) -> LineDecision | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decision_type_0 = check_line_decision(data)

                return decision_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LineDecision | None | Unset, data)

        decision = _parse_decision(d.pop("decision", UNSET))

        decision_note = d.pop("decision_note", UNSET)

        product_category = d.pop("product_category", UNSET)

        def _parse_ordered(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ordered = _parse_ordered(d.pop("ordered", UNSET))

        def _parse_requested(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        requested = _parse_requested(d.pop("requested", UNSET))

        _purchase_orders = d.pop("purchase_orders", UNSET)
        purchase_orders: list[LineOnOrder] | Unset = UNSET
        if _purchase_orders is not UNSET:
            purchase_orders = []
            for purchase_orders_item_data in _purchase_orders:
                purchase_orders_item = LineOnOrder.from_dict(purchase_orders_item_data)

                purchase_orders.append(purchase_orders_item)

        line_record = cls(
            id=id,
            source_line_id=source_line_id,
            product_code=product_code,
            description=description,
            warehouse=warehouse,
            unit=unit,
            quantity=quantity,
            unit_price=unit_price,
            supplier=supplier,
            quantity_received=quantity_received,
            decision=decision,
            decision_note=decision_note,
            product_category=product_category,
            ordered=ordered,
            requested=requested,
            purchase_orders=purchase_orders,
        )

        line_record.additional_properties = d
        return line_record

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
