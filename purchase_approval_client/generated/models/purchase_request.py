from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.action import Action, check_action
from ..models.process_status import ProcessStatus, check_process_status

if TYPE_CHECKING:
    from ..models.cumulated_view import CumulatedView
    from ..models.line_record import LineRecord
    from ..models.note_record import NoteRecord
    from ..models.order_change import OrderChange
    from ..models.person import Person
    from ..models.related_request import RelatedRequest
    from ..models.request_warning import RequestWarning
    from ..models.run_view import RunView
    from ..models.source_view import SourceView


T = TypeVar("T", bound="PurchaseRequest")


@_attrs_define
class PurchaseRequest:
    """A whole purchase request, as committed in the CRM database.

    Attributes:
        id (UUID):
        number (str):
        request_date (datetime.date):
        version (int):
        owner (Person): Somebody of the CRM directory.
        source (None | SourceView):
        purpose (str):
        delivery_address (str):
        desired_delivery_date (datetime.date | None):
        description (str):
        currency (str):
        total (str):
        proposed_total (None | str):
        routing_amount (str):
        parent (None | RelatedRequest):
        children (list[RelatedRequest]):
        cumulated (CumulatedView | None):
        lines (list[LineRecord]):
        order_changes (list[OrderChange]):
        process_status (ProcessStatus): Tình trạng quy trình: how the CRM shows the request.
        process_id (None | UUID):
        purchase_status (None | str):
        notes (list[NoteRecord]):
        run (None | RunView):
        send_pending (bool):
        warnings (list[RequestWarning]):
        allowed_actions (list[Action]):
        created_at (datetime.datetime):
        updated_at (datetime.datetime):
    """

    id: UUID
    number: str
    request_date: datetime.date
    version: int
    owner: Person
    source: None | SourceView
    purpose: str
    delivery_address: str
    desired_delivery_date: datetime.date | None
    description: str
    currency: str
    total: str
    proposed_total: None | str
    routing_amount: str
    parent: None | RelatedRequest
    children: list[RelatedRequest]
    cumulated: CumulatedView | None
    lines: list[LineRecord]
    order_changes: list[OrderChange]
    process_status: ProcessStatus
    process_id: None | UUID
    purchase_status: None | str
    notes: list[NoteRecord]
    run: None | RunView
    send_pending: bool
    warnings: list[RequestWarning]
    allowed_actions: list[Action]
    created_at: datetime.datetime
    updated_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.cumulated_view import CumulatedView  # noqa: PLC0415
        from ..models.related_request import RelatedRequest  # noqa: PLC0415
        from ..models.run_view import RunView  # noqa: PLC0415
        from ..models.source_view import SourceView  # noqa: PLC0415

        id = str(self.id)

        number = self.number

        request_date = self.request_date.isoformat()

        version = self.version

        owner = self.owner.to_dict()

        source: dict[str, Any] | None
        if isinstance(self.source, SourceView):
            source = self.source.to_dict()
        else:
            source = self.source

        purpose = self.purpose

        delivery_address = self.delivery_address

        desired_delivery_date: None | str
        if isinstance(self.desired_delivery_date, datetime.date):
            desired_delivery_date = self.desired_delivery_date.isoformat()
        else:
            desired_delivery_date = self.desired_delivery_date

        description = self.description

        currency = self.currency

        total = self.total

        proposed_total: None | str
        proposed_total = self.proposed_total

        routing_amount = self.routing_amount

        parent: dict[str, Any] | None
        if isinstance(self.parent, RelatedRequest):
            parent = self.parent.to_dict()
        else:
            parent = self.parent

        children = []
        for children_item_data in self.children:
            children_item = children_item_data.to_dict()
            children.append(children_item)

        cumulated: dict[str, Any] | None
        if isinstance(self.cumulated, CumulatedView):
            cumulated = self.cumulated.to_dict()
        else:
            cumulated = self.cumulated

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        order_changes = []
        for order_changes_item_data in self.order_changes:
            order_changes_item = order_changes_item_data.to_dict()
            order_changes.append(order_changes_item)

        process_status: str = self.process_status

        process_id: None | str
        if isinstance(self.process_id, UUID):
            process_id = str(self.process_id)
        else:
            process_id = self.process_id

        purchase_status: None | str
        purchase_status = self.purchase_status

        notes = []
        for notes_item_data in self.notes:
            notes_item = notes_item_data.to_dict()
            notes.append(notes_item)

        run: dict[str, Any] | None
        if isinstance(self.run, RunView):
            run = self.run.to_dict()
        else:
            run = self.run

        send_pending = self.send_pending

        warnings = []
        for warnings_item_data in self.warnings:
            warnings_item = warnings_item_data.to_dict()
            warnings.append(warnings_item)

        allowed_actions = []
        for allowed_actions_item_data in self.allowed_actions:
            allowed_actions_item: str = allowed_actions_item_data
            allowed_actions.append(allowed_actions_item)

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "request_date": request_date,
                "version": version,
                "owner": owner,
                "source": source,
                "purpose": purpose,
                "delivery_address": delivery_address,
                "desired_delivery_date": desired_delivery_date,
                "description": description,
                "currency": currency,
                "total": total,
                "proposed_total": proposed_total,
                "routing_amount": routing_amount,
                "parent": parent,
                "children": children,
                "cumulated": cumulated,
                "lines": lines,
                "order_changes": order_changes,
                "process_status": process_status,
                "process_id": process_id,
                "purchase_status": purchase_status,
                "notes": notes,
                "run": run,
                "send_pending": send_pending,
                "warnings": warnings,
                "allowed_actions": allowed_actions,
                "created_at": created_at,
                "updated_at": updated_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.cumulated_view import CumulatedView  # noqa: PLC0415
        from ..models.line_record import LineRecord  # noqa: PLC0415
        from ..models.note_record import NoteRecord  # noqa: PLC0415
        from ..models.order_change import OrderChange  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415
        from ..models.related_request import RelatedRequest  # noqa: PLC0415
        from ..models.request_warning import RequestWarning  # noqa: PLC0415
        from ..models.run_view import RunView  # noqa: PLC0415
        from ..models.source_view import SourceView  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        number = d.pop("number")

        request_date = datetime.date.fromisoformat(d.pop("request_date"))

        version = d.pop("version")

        owner = Person.from_dict(d.pop("owner"))

        def _parse_source(data: object) -> None | SourceView:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                source_type_0 = SourceView.from_dict(data)

                return source_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SourceView, data)

        source = _parse_source(d.pop("source"))

        purpose = d.pop("purpose")

        delivery_address = d.pop("delivery_address")

        def _parse_desired_delivery_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                desired_delivery_date_type_0 = datetime.date.fromisoformat(data)

                return desired_delivery_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        desired_delivery_date = _parse_desired_delivery_date(d.pop("desired_delivery_date"))

        description = d.pop("description")

        currency = d.pop("currency")

        total = d.pop("total")

        def _parse_proposed_total(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        proposed_total = _parse_proposed_total(d.pop("proposed_total"))

        routing_amount = d.pop("routing_amount")

        def _parse_parent(data: object) -> None | RelatedRequest:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                parent_type_0 = RelatedRequest.from_dict(data)

                return parent_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RelatedRequest, data)

        parent = _parse_parent(d.pop("parent"))

        children = []
        _children = d.pop("children")
        for children_item_data in _children:
            children_item = RelatedRequest.from_dict(children_item_data)

            children.append(children_item)

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

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = LineRecord.from_dict(lines_item_data)

            lines.append(lines_item)

        order_changes = []
        _order_changes = d.pop("order_changes")
        for order_changes_item_data in _order_changes:
            order_changes_item = OrderChange.from_dict(order_changes_item_data)

            order_changes.append(order_changes_item)

        process_status = check_process_status(d.pop("process_status"))

        def _parse_process_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                process_id_type_0 = UUID(data)

                return process_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        process_id = _parse_process_id(d.pop("process_id"))

        def _parse_purchase_status(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        purchase_status = _parse_purchase_status(d.pop("purchase_status"))

        notes = []
        _notes = d.pop("notes")
        for notes_item_data in _notes:
            notes_item = NoteRecord.from_dict(notes_item_data)

            notes.append(notes_item)

        def _parse_run(data: object) -> None | RunView:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                run_type_0 = RunView.from_dict(data)

                return run_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RunView, data)

        run = _parse_run(d.pop("run"))

        send_pending = d.pop("send_pending")

        warnings = []
        _warnings = d.pop("warnings")
        for warnings_item_data in _warnings:
            warnings_item = RequestWarning.from_dict(warnings_item_data)

            warnings.append(warnings_item)

        allowed_actions = []
        _allowed_actions = d.pop("allowed_actions")
        for allowed_actions_item_data in _allowed_actions:
            allowed_actions_item = check_action(allowed_actions_item_data)

            allowed_actions.append(allowed_actions_item)

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        purchase_request = cls(
            id=id,
            number=number,
            request_date=request_date,
            version=version,
            owner=owner,
            source=source,
            purpose=purpose,
            delivery_address=delivery_address,
            desired_delivery_date=desired_delivery_date,
            description=description,
            currency=currency,
            total=total,
            proposed_total=proposed_total,
            routing_amount=routing_amount,
            parent=parent,
            children=children,
            cumulated=cumulated,
            lines=lines,
            order_changes=order_changes,
            process_status=process_status,
            process_id=process_id,
            purchase_status=purchase_status,
            notes=notes,
            run=run,
            send_pending=send_pending,
            warnings=warnings,
            allowed_actions=allowed_actions,
            created_at=created_at,
            updated_at=updated_at,
        )

        purchase_request.additional_properties = d
        return purchase_request

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
