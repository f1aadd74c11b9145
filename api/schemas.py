"""What clients send and get. Shapes are those of api.md. Bodies without an example here get one in api/examples.py."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, field_validator

from api.caller import Caller
from api.permissions import allowed_actions
from api.planning import Preview
from approval.changes import Changes, ProposedChange
from approval.model import Action, Code, FieldError, Frozen, Input, Person, ProcessStatus
from approval.values import MOST_LINES, Note, ShortText, Stored, Sum
from crm.requests import LineRecord, Lines, NoteRecord, Purpose, RequestDraft, RequestRecord, SourceRef, SourceView
from crm.sources import Source
from crm.timeline import Entry
from texts import explain, field_problem, number_text, refusal_text, translate
from workflows.view import ProcessRef, RunView, build

_LINE: Final[dict[str, Any]] = {
    "product_code": "LT-T14",
    "description": "Máy tính xách tay Lenovo ThinkPad T14 Gen 5",
    "warehouse": "Kho Hà Nội",
    "unit": "Chiếc",
    "quantity": "10",
    "unit_price": "28900000",
    "supplier": "FPT Synnex",
}
_REQUEST: Final[dict[str, Any]] = {
    "source": None,
    "purpose": "Cung cấp máy tính cho đơn hàng DH-2026-0412",
    "delivery_address": "Số 18 Phạm Hùng, Nam Từ Liêm, Hà Nội",
    "desired_delivery_date": "2026-12-10",
    "description": "",
    "currency": "VND",
    "lines": [_LINE],
}


class Send(Input):
    """How to send: the approvers that the requester chooses, by step key, and a note."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approvers": {"manager": "manager1"}}]})

    approvers: dict[ShortText, ShortText] = Field(default_factory=dict, max_length=20)
    note: Note | None = None


class SendCommand(Send):
    """A send with the client's own command id."""

    command_id: UUID | None = None


class NewRequest(RequestDraft):
    """A purchase request to be saved, and sent too if ``send`` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST]})

    send: Send | None = None

    def draft(self) -> RequestDraft:
        """Without the wish to send."""
        return RequestDraft.model_validate({name: getattr(self, name) for name in RequestDraft.model_fields})


class RequestPatch(RequestDraft):
    """An edit: only the fields given change; ``lines`` replaces all lines, those with an ``id`` keep it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"purpose": "Bổ sung máy tính", "lines": [_LINE]}]})

    purpose: Purpose = "-"
    lines: Lines = ()

    def given(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Approve(Input):
    """Approve the step, with changes to the fields that it may edit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "manager", "note": "Đồng ý"}]})

    step: ShortText
    note: Note | None = None
    changes: Changes | None = None
    command_id: UUID | None = None


class Reject(Input):
    """Return the request to its owner, or with ``end`` reject it for good."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"step": "manager", "note": "Giảm số lượng còn 8", "end": False}]}
    )

    step: ShortText
    note: Note | None = None
    end: StrictBool = False
    command_id: UUID | None = None


class Recall(Input):
    """Take the request back for editing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Khách đổi cấu hình"}]})

    note: Note | None = None
    command_id: UUID | None = None


class Cancel(Input):
    """End the run; a note is required."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Khách hủy đơn"}]})

    note: Note | None = None
    command_id: UUID | None = None


class ResolveApprovers(Input):
    """Resolve the approvers of the steps that are still to be decided again."""

    command_id: UUID | None = None


class RequestWarning(Frozen):
    """Something worth a look that stops nothing."""

    code: str
    pointer: str
    detail: str


class PurchaseRequest(Frozen):
    """A whole purchase request, as committed in the CRM database."""

    id: UUID
    number: Annotated[str, Field(examples=["YCMH-2026-000001"])]
    request_date: date
    version: int
    owner: Person
    source: SourceView | None
    purpose: str
    delivery_address: str
    desired_delivery_date: date | None
    description: str
    currency: str
    total: Sum
    lines: tuple[LineRecord, ...]
    process_status: ProcessStatus
    process_id: UUID | None
    purchase_status: str | None
    notes: tuple[NoteRecord, ...]
    run: RunView | None
    send_pending: bool
    """Sent by the owner and not taken up by the engine yet (Đang chờ gửi)."""
    warnings: tuple[RequestWarning, ...]
    allowed_actions: tuple[Action, ...]
    created_at: datetime
    updated_at: datetime


class CommandState(Frozen):
    """A command that was taken durably."""

    command_id: UUID
    status: Annotated[str, Field(pattern="^(accepted|applied|refused)$", examples=["accepted"])]
    """``accepted``: not applied yet, and it will not be lost. Then ``applied`` or ``refused``."""
    code: str | None = None
    detail: str | None = None


class TimelineItem(Frozen):
    """One thing that was tried on a request. ``reason`` is the code of a refusal, ``detail`` says it to people;
    ``changes`` are what an approval proposed, as in ``run.proposed_changes``."""

    at: datetime
    action: Action
    end: bool
    actor: Person
    step: str | None
    round: int
    note: str
    outcome: Annotated[str, Field(pattern="^(accepted|refused)$")]
    reason: str | None
    detail: str | None
    changes: tuple[ProposedChange, ...]
    command_id: UUID


class Timeline(Frozen):
    """The timeline, oldest first."""

    items: tuple[TimelineItem, ...]


class PreviewStep(Frozen):
    """A step as a send would run it now."""

    key: str
    name: str
    approvers: tuple[Person, ...]
    must_choose: bool
    skipped: bool
    why: str
    refusal: str | None
    """The code of what would refuse the send because of this step."""


class PreviewView(Frozen):
    """What a send would run now."""

    steps: tuple[PreviewStep, ...]
    refusal: str | None
    """The code of what would refuse the send."""
    detail: str | None


def request_view(record: RequestRecord, caller: Caller, language: str) -> PurchaseRequest:
    """A request as the caller sees it."""
    same = {name: getattr(record, name) for name in PurchaseRequest.model_fields if hasattr(record, name)}
    same |= {
        "process_id": record.run.id if record.run else None,
        "run": run_view(record, language),
        "warnings": tuple(_warnings(record, language)),
        "allowed_actions": tuple(allowed_actions(record, caller)),
    }
    return PurchaseRequest(**same)


def run_view(record: RequestRecord, language: str) -> RunView | None:
    """The run as the CRM knows it."""
    run = record.run
    if run is None:
        return None
    return build(
        run_id=run.id,
        status=run.status,
        process=ProcessRef(key=run.process_key, version=run.process_version),
        round_number=run.round,
        steps=run.steps,
        proposed=run.proposed,
        opened_at=run.opened_at,
        deadline=run.deadline,
        purchase_status=run.purchase_status,
        received=run.received,
        language=language,
    )


WHOLE_CURRENCIES: Final = frozenset({"VND", "JPY", "KRW"})
"""Currencies without a smaller unit: ``28.9`` dong are 28,900 typed in another language's manner."""


def _warnings(record: RequestRecord, language: str) -> list[RequestWarning]:
    found = []
    for index, line in enumerate(record.lines):
        if line.ordered is not None and line.requested is not None and line.requested > line.ordered:
            words = {
                "product": line.product_code,
                "requested": number_text(line.requested, language),
                "ordered": number_text(line.ordered, language),
            }
            detail = translate(language, "{product}: {requested} requested in all, {ordered} on the order", words)
            found.append(RequestWarning(code="more_than_ordered", pointer=f"/lines/{index}/quantity", detail=detail))
        if record.currency in WHOLE_CURRENCIES and line.unit_price % 1:
            words = {
                "product": line.product_code,
                "price": number_text(line.unit_price, language),
                "currency": record.currency,
            }
            detail = translate(language, "{product}: {price} has a fraction, and {currency} has none", words)
            found.append(RequestWarning(code="price_in_fractions", pointer=f"/lines/{index}/unit_price", detail=detail))
        if line.quantity_received > line.quantity:
            words = {
                "product": line.product_code,
                "received": number_text(line.quantity_received, language),
                "quantity": number_text(line.quantity, language),
            }
            detail = translate(language, "{product}: {received} received, {quantity} requested", words)
            found.append(
                RequestWarning(code="more_than_requested", pointer=f"/lines/{index}/quantity_received", detail=detail)
            )
    if record.desired_delivery_date is not None and record.desired_delivery_date < record.request_date:
        detail = translate(language, "The desired delivery date is before the date of the request")
        found.append(RequestWarning(code="delivery_date_past", pointer="/desired_delivery_date", detail=detail))
    return found


def preview_view(preview: Preview, language: str, zone: Any) -> PreviewView:
    """A preview in a language."""
    detail = None
    if preview.refusal is not None:
        detail = refusal_text(preview.refusal.code, preview.refusal.params, language, zone=zone)[1]
    return PreviewView(
        steps=tuple(
            PreviewStep(
                key=step.plan.key,
                name=step.plan.name[language],
                approvers=step.plan.approvers,
                must_choose=step.must_choose and not step.plan.skipped,
                skipped=step.plan.skipped,
                why="; ".join(explain(reason.code, reason.params, language) for reason in step.plan.why),
                refusal=step.refusal.code if step.refusal else None,
            )
            for step in preview.steps
        ),
        refusal=preview.refusal.code if preview.refusal else None,
        detail=detail,
    )


def timeline_view(entries: list[Entry], language: str, zone: Any) -> Timeline:
    """A timeline in a language."""
    names = {entry.actor: entry.actor_name for entry in entries}
    items = []
    for entry in entries:
        detail = None
        if entry.refusal is not None:
            detail = refusal_text(
                entry.refusal.code, entry.refusal.params, language, zone=zone, names=names, to_others=True
            )[1]
            if entry.refusal.code is Code.INVALID:
                detail = "; ".join(_said(error, language) for error in entry.refusal.errors) or detail
        items.append(
            TimelineItem(
                at=entry.at,
                action=entry.action,
                end=entry.end,
                actor=Person(username=entry.actor, name=entry.actor_name),
                step=entry.step,
                round=entry.round,
                note=entry.note,
                outcome="refused" if entry.refusal else "accepted",
                reason=entry.refusal.code if entry.refusal else None,
                detail=detail,
                changes=entry.changes,
                command_id=entry.command_id,
            )
        )
    return Timeline(items=tuple(items))


def _said(error: FieldError, language: str) -> str:
    """A wrong place in words: ``/note: a note is required``."""
    problem = field_problem(error.message, error.params, language)
    return f"{error.pointer}: {problem}" if error.pointer else problem


class FilledLine(Frozen):
    """A line filled in from a source."""

    id: UUID | None = None
    source_line_id: UUID | None = None
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: Stored
    unit_price: Stored
    supplier: str | None


class FilledDraft(Frozen):
    """A request filled in from a source: what the source does not have is left to be filled in."""

    source: SourceRef
    purpose: str
    delivery_address: str
    desired_delivery_date: date | None
    description: str
    currency: str
    lines: tuple[FilledLine, ...]


def draft_from(source: Source, language: str) -> FilledDraft:
    """A request filled in from a sales order or opportunity, nothing saved. Source: reference, 2.2.1.

    Sources come from the CRM by other rules than ours: texts that are too long are cut, decimals rounded, and goods
    without a quantity left out.
    """
    purpose = translate(
        language,
        "Goods for sales order {number}" if source.type == "sales_order" else "Goods for opportunity {number}",
        {"number": source.number},
    )
    lines = (
        FilledLine(
            source_line_id=line.id,
            product_code=line.product_code[:_SHORT],
            description=line.description[:_SHORT],
            warehouse=line.warehouse[:_SHORT],
            unit=line.unit[:_SHORT],
            quantity=_rounded(line.quantity),
            unit_price=_rounded(line.unit_price),
            supplier=line.supplier and line.supplier[:_SHORT],
        )
        for line in source.lines
    )
    return FilledDraft(
        source=SourceRef(type=source.type, id=source.id),
        purpose=purpose[:_SHORT],
        delivery_address=source.delivery_address[:_SHORT],
        desired_delivery_date=source.delivery_date,
        description=source.name[:_SHORT],
        currency=source.currency,
        lines=tuple(line for line in lines if line.quantity > 0)[:MOST_LINES],
    )


_SHORT: Final = 200


def _rounded(value: Decimal) -> Decimal:
    """A decimal with as many places as a request has; one that already fits stays as it is written."""
    return value if value.as_tuple().exponent >= -4 else round(value, 4)  # type: ignore[operator]  # no NaN here


class Me(Frozen):
    """The caller."""

    username: str
    name: str
    roles: tuple[str, ...]

    @field_validator("roles", mode="before")
    @classmethod
    def _sorted(cls, value: object) -> object:
        return sorted(value) if isinstance(value, frozenset) else value


class TokenRequest(Input):
    """Who to be, in demo mode."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "sales1"}]})

    username: Annotated[ShortText, Field(min_length=1)]


class Token(Frozen):
    """A bearer token."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the type of a token, no secret
    expires_in: int
    """Seconds."""


class Connect(Input):
    """The process to connect the CRM to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"process_key": "purchase-approval"}]})

    process_key: ShortText
