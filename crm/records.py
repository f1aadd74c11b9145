"""Purchase requests as they are read from the CRM. Lenient: what was stored once can be read whatever is asked of new ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from approval.changes import FieldValue, LineValues, ProposedChange, RequestValues
from approval.conditions import LineFacts, RequestFacts
from approval.cumulation import Cumulated, Subject
from approval.editable import HEADER_FIELDS, LINE_FIELDS, EditableField, FieldKind
from approval.line_decisions import FIELD as LINE_DECISION
from approval.line_decisions import LineDecision
from approval.model import Action, Frozen, Person, ProcessStatus, RunStatus, StepState
from approval.order_changes import Hold, Kept, OrderChanges
from approval.state import PastAction, RunState, Step
from approval.substitution import StandIn, Substitution
from approval.values import Stored, Sum, amount_of, as_text, money_text, sum_of, total_of
from crm.commands import WaitingDecision
from crm.drafts import SourceRef


class SourceView(SourceRef):
    """A source with its number."""

    number: str


_HEADER = tuple(field.field for field in HEADER_FIELDS)
_LINE = tuple(field.field for field in LINE_FIELDS)


def _read(name: str, value: FieldValue) -> Decimal | str | None:
    """The value of a line's field as a change has it: as text, and emptied as None."""
    field = EditableField.named(name, of_line=True)
    if field is None or value is None:
        return field.emptied if field is not None else value
    return Decimal(value) if field.kind is FieldKind.NUMBER else value


class LineOnOrder(Frozen):
    """That a line of a request is bought by a purchase order, and how much of it."""

    id: UUID
    number: str
    supplier: str
    quantity: Stored
    placed_at: datetime


class LineRecord(Frozen):
    """A line of a request as the CRM has it."""

    id: UUID
    source_line_id: UUID | None
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: Stored
    unit_price: Stored
    supplier: str | None
    quantity_received: Stored
    decision: LineDecision | None = None
    """What became of it, if it is not approved."""
    decision_note: str = ""
    """Why."""
    product_category: str = ""
    """Of the product; empty where the CRM knows none."""
    ordered: Stored | None = None
    """Of the source's line; None without one."""
    requested: Sum | None = None
    """Of the source's line by all requests that are not rejected or cancelled, this one included."""
    purchase_orders: tuple[LineOnOrder, ...] = ()
    """The purchase orders that have it and are not cancelled."""

    @property
    def on_purchase_orders(self) -> Decimal:
        """How much those have together."""
        return sum_of(order.quantity for order in self.purchase_orders)

    @property
    def amount(self) -> Decimal:
        """Quantity times price."""
        return amount_of(self.quantity, self.unit_price)

    def with_values(self, values: Mapping[str, FieldValue]) -> LineRecord:
        """The line with some of its fields changed, given as ``ProposedChange`` has them."""
        if not values:
            return self
        read = {name: _read(name, value) for name, value in values.items()}
        return self.model_copy(update=read)

    def with_changes(self, proposed: Iterable[ProposedChange]) -> LineRecord:
        """The line as it would be with what approvers propose of it; their last word on each field counts."""
        own = [change for change in proposed if change.line_id == self.id]
        values = {change.field: change.after for change in own}
        out = next((change for change in own if change.field == LINE_DECISION), None)
        return self.with_values(values if out is None else {**values, "decision_note": out.note})


def approved(lines: Iterable[LineRecord]) -> list[LineRecord]:
    """The lines that are not rejected or returned."""
    return [line for line in lines if line.decision is None]


class NoteRecord(Frozen):
    """A note of the request (Ghi chú)."""

    action: Action
    end: bool
    by_line: bool = False
    """Of an approval: whether it left lines out."""
    text: str
    actor: Person
    acted_for: Person | None = None
    """For whom, where it was not in their own right."""
    at: datetime


class RelatedRequest(Frozen):
    """A request that lines were moved from or to, as far as the reader may see it."""

    id: UUID
    number: str
    process_status: ProcessStatus


class RunRecord(Frozen):
    """The run with its current round, as the process side has it."""

    id: UUID
    status: RunStatus
    process_key: str
    process_version: int
    round: int
    steps: tuple[Step, ...]
    proposed: tuple[ProposedChange, ...]
    last: PastAction
    hold: Hold | None = None
    kept: Kept | None = None
    purchase_status: str | None
    received: Mapping[UUID, Decimal]

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """The steps that are waited on."""
        return tuple(step for step in self.steps if step.state is StepState.OPEN)

    @property
    def open_step(self) -> Step | None:
        """The first step that is waited on, if any."""
        return next(iter(self.open_steps), None)


class Requester(Frozen):
    """Whose request it is and for whom, as the conditions of its process see it: as it was sent, until it is sent again.

    Attributes:
        department: of the owner; empty: none.
        roles: of the owner.
        customer: of the order or opportunity; empty: none.
    """

    department: str = ""
    roles: tuple[str, ...] = ()
    customer: str = ""


class RequestRecord(Frozen):
    """A whole request."""

    id: UUID
    number: str
    request_date: date
    version: int
    content_version: int = 1
    """The version with which what is decided on changed last: votes alone leave it as it is."""
    owner: Person
    department: str
    """Of the owner now."""
    requester: Requester = Requester()
    source: SourceView | None
    purpose: str
    delivery_address: str
    desired_delivery_date: date | None
    description: str
    currency: str
    total: Decimal
    proposed_total: Decimal | None = None
    """The total as approvers would have it, while it differs from the request's own."""
    lines: tuple[LineRecord, ...]
    order_changes: OrderChanges = ()
    """How the order differs now from what the request was made from."""
    process_status: ProcessStatus
    purchase_status: str | None
    notes: tuple[NoteRecord, ...]
    run: RunRecord | None
    send_pending: bool
    """Sent by the owner, not taken up by the engine yet (Đang chờ gửi)."""
    waiting: tuple[WaitingDecision, ...] = ()
    """What else was said of its run and is kept until the engine has taken it, the oldest first."""
    parent: RelatedRequest | None = None
    """The request whose returned lines it was made of."""
    children: tuple[RelatedRequest, ...] = ()
    """Those that were made of its returned lines."""
    family: frozenset[UUID] = frozenset()
    """The ids of all those, whoever may see them."""
    cumulated: Cumulated | None = None
    """What it was added up to with others when its round was sent, or changed last."""
    cumulated_seen: frozenset[UUID] = frozenset()
    """The others that the reader may see."""
    run_sequence: int
    """Transitions of the run that have reached the request."""
    created_at: datetime
    updated_at: datetime

    @property
    def amount(self) -> str:
        """Total and currency, for people to read."""
        return money_text(self.total, self.currency)

    @property
    def current_total(self) -> Decimal:
        """The amount that is decided on: as approvers would have it, or else as it was sent."""
        return self.total if self.proposed_total is None else self.proposed_total

    @property
    def routing_amount(self) -> Decimal:
        """The amount that conditions see (Giá trị xét duyệt): its own, or what it is added up to with others."""
        return self.current_total if self.cumulated is None else max(self.current_total, self.cumulated.amount)

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The numbers of the purchase orders that stand for it."""
        return tuple(sorted({order.number for line in self.lines for order in line.purchase_orders}))

    def is_as_of(self, version: int) -> bool:
        """Whether what is decided on is still what somebody saw at a version."""
        return self.content_version <= version <= self.version

    def with_changes(self, proposed: Iterable[ProposedChange]) -> RequestRecord:
        """The request as it would be with what approvers propose of its lines, and the total that follows."""
        of_lines: dict[UUID | None, list[ProposedChange]] = {}
        for change in proposed:
            of_lines.setdefault(change.line_id, []).append(change)
        lines = tuple(line.with_changes(of_lines.get(line.id, ())) for line in self.lines)
        return self.model_copy(update={"lines": lines, "total": total_of(approved(lines))})

    def stand_in(self, substitutions: tuple[Substitution, ...], said: datetime) -> StandIn:
        """For whom somebody may decide it by their substitutions, at a time; see ``approval.run.decide``."""
        return StandIn(
            substitutions=substitutions,
            said=said,
            department=self.department,
            amount=self.routing_amount,
            currency=self.currency,
        )

    def facts(self) -> RequestFacts:
        """What the conditions of a process can ask."""
        return RequestFacts(
            owner=self.owner.username,
            department=self.requester.department,
            owner_roles=self.requester.roles,
            source_type=self.source.type if self.source else "",
            customer=self.requester.customer,
            currency=self.currency,
            total=self.total,
            routing_amount=self.total if self.cumulated is None else max(self.total, self.cumulated.amount),
            lines=tuple(
                LineFacts(
                    product_code=line.product_code,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                    amount=line.amount,
                    unit=line.unit,
                    warehouse=line.warehouse,
                    supplier=line.supplier or "",
                    product_category=line.product_category,
                )
                for line in self.lines
            ),
        )

    def subject(self) -> Subject:
        """What sums with other requests look at."""
        by_supplier: dict[str, Decimal] = {}
        for line in self.lines:
            if line.supplier and line.decision is None:
                by_supplier[line.supplier] = sum_of((by_supplier.get(line.supplier, Decimal(0)), line.amount))
        return Subject(
            owner=self.owner.username,
            department=self.department,
            source=self.source.id if self.source else None,
            currency=self.currency,
            total=self.total,
            by_supplier=by_supplier,
        )

    def values(self) -> RequestValues:
        """The fields that approvers may be allowed to change."""
        return RequestValues(
            header={name: as_text(getattr(self, name)) for name in _HEADER},
            lines=tuple(
                LineValues(id=line.id, values={name: as_text(getattr(line, name)) for name in _LINE})
                for line in self.lines
            ),
        )

    def snapshot(self) -> dict[str, Any]:
        """The request's own fields and lines, and whose it was: kept with each round, so that later rounds can show what changed, and
        so that conditions that are asked again see what they saw when it was sent.
        """
        fields = {
            "purpose",
            "delivery_address",
            "desired_delivery_date",
            "description",
            "currency",
            "total",
            "lines",
            "requester",
        }
        return self.model_dump(mode="json", include=fields, exclude={"lines": {"__all__": {"purchase_orders"}}})


def run_state(record: RequestRecord, log: tuple[PastAction, ...] = ()) -> RunState | None:
    """The run's state as the CRM has it, for asking the rules; None before the first send.

    Args:
        log: what happened, oldest first; left out: only what happened last.
    """
    run = record.run
    if run is None:
        return None
    return RunState(
        request_id=record.id,
        run_id=run.id,
        number=record.number,
        owner=record.owner,
        amount=record.amount,
        cumulated=record.cumulated,
        process_key=run.process_key,
        process_version=run.process_version,
        round=run.round,
        sequence=record.run_sequence,
        process_status=record.process_status,
        run_status=run.status,
        steps=run.steps,
        values=record.values(),
        proposed=run.proposed,
        order_changes=record.order_changes,
        hold=run.hold,
        kept=run.kept,
        log=log or (run.last,),
    )
