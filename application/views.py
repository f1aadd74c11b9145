"""Requests, timelines and previews as people and programs see them, in a language: what the API answers with and pages show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from application.caller import Caller
from application.permissions import allowed_actions
from application.planning import Preview
from application.run_view import RunView, VoteView, run_view
from application.warnings import RequestWarning, warnings_of
from approval.changes import ProposedChange
from approval.cumulation import Counted, Further
from approval.delta import StepOutcome
from approval.durations import StoredDuration
from approval.model import Action, Channel, Code, FieldError, Frozen, Person, ProcessStatus, Reason
from approval.order_changes import HoldChoice, OrderChanges
from approval.process import CumulationKey
from approval.routing import RoutedStep, StepPlan
from approval.state import Where
from approval.values import Sum
from approval.votes import kind_of, needed
from crm.records import LineRecord, NoteRecord, RelatedRequest, RequestRecord, SourceView
from crm.refusals import FurtherRefusals
from crm.timeline import Entry, Substituted
from texts import explain, field_problem, further_refusals_text, person_name, refusal_text


class CumulatedView(Frozen):
    """Live requests that are added up with one, since they have the same owner, supplier, source or department (``key``), sent as
    far back as ``window``. Those that the reader may not see are counted in ``further``."""

    amount: Sum
    own: Sum
    key: Mapping[CumulationKey, str]
    window: StoredDuration | None
    requests: tuple[Counted, ...]
    further: Further


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
    proposed_total: Sum | None
    """The total as approvers would have it, while it differs; that is what is decided on."""
    routing_amount: Sum
    """The amount that conditions see: the total, or ``cumulated.amount`` if that is larger."""
    parent: RelatedRequest | None
    """The request whose returned lines it was made of."""
    children: tuple[RelatedRequest, ...]
    """Requests that were made of lines which approvers returned."""
    cumulated: CumulatedView | None
    """What the request was added up to with others when it was sent, or when an approver last changed it."""
    lines: tuple[LineRecord, ...]
    order_changes: OrderChanges
    """How the order differs now from what the request was made from. What that means for it depends on its status: before it is sent
    each line can be taken over; while it is in progress see ``run.hold`` and ``run.kept``."""
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


class TimelineItem(Frozen):
    """One thing that was tried on a request: ``at`` when it was said, ``recorded_at`` when it was written. ``reason`` is the
    code of a refusal, ``detail`` says it to people; ``changes`` are what an approval proposed, as in
    ``run.proposed_changes``. ``channel`` is the way by which it was said: ``email`` is a link from a mail, ``signal`` any
    other client of the engine, and null what nobody knows of any more."""

    at: datetime
    recorded_at: datetime
    action: Action
    end: bool
    to: str | None
    """Of a return to an earlier step: its key."""
    actor: Person
    acted_for: Person | None
    """Whose substitute decided it, where it was not in their own right, by ``substitution``."""
    whom: Person | None
    """To whom it was forwarded, or who was consulted or added."""
    where: Where | None
    """Of an added approver: where."""
    choice: HoldChoice | None
    """Of the owner's answer to a changed order."""
    substitution: Substituted | None
    channel: Channel | None
    step: str | None
    round: int
    note: str
    outcome: Annotated[str, Field(pattern="^(accepted|refused)$")]
    reason: str | None
    detail: str | None
    changes: tuple[ProposedChange, ...]
    command_id: UUID


class FurtherRefusalsView(Frozen):
    """Refused attempts of one person that are only counted: how many, by code, and when the last of them was. ``detail`` says
    it to people. Without an ``actor``: of all who are not known for certain, together."""

    actor: Person | None
    count: int
    codes: Mapping[str, int]
    last_at: datetime
    detail: str


class Timeline(Frozen):
    """One page of the timeline, oldest first, and the cursor of the next; and what of the request is only counted."""

    items: tuple[TimelineItem, ...]
    next_cursor: str | None
    further_refusals: tuple[FurtherRefusalsView, ...]


class PreviewStep(Frozen):
    """A step as a send would run it now."""

    key: str
    name: str
    approvers: tuple[Person, ...]
    must_choose: bool
    skipped: bool
    vote: VoteView
    block: str | None
    """The key of the parallel block that it is a step of."""
    block_name: str | None
    why: str
    outcome: StepOutcome | None
    """Of a resend: what it does with the step."""
    refusal: str | None
    """The code of what would refuse the send because of this step."""


class PreviewView(Frozen):
    """What a send would run now, and what the request would be added up to."""

    routing_amount: Sum | None
    cumulated: CumulatedView | None

    steps: tuple[PreviewStep, ...]
    refusal: str | None
    """The code of what would refuse the send."""
    detail: str | None


def request_view(record: RequestRecord, caller: Caller, language: str) -> PurchaseRequest:
    """A request as the caller sees it."""
    same = {name: getattr(record, name) for name in PurchaseRequest.model_fields if hasattr(record, name)}
    same |= {
        "notes": tuple(_note(note, language) for note in record.notes),
        "process_id": record.run.id if record.run else None,
        "cumulated": cumulated_view(record),
        "run": run_view(record.run, language) if record.run else None,
        "warnings": tuple(warnings_of(record, language)),
        "allowed_actions": tuple(allowed_actions(record, caller)),
    }
    return PurchaseRequest(**same)


def cumulated_view(record: RequestRecord) -> CumulatedView | None:
    """What a request is added up to, as its reader may know it."""
    found = record.cumulated
    if found is None:
        return None
    named, further = found.named_to(record.cumulated_seen)
    return CumulatedView(
        amount=found.amount, own=found.own, key=found.key, window=found.window, requests=named, further=further
    )


def _note(note: NoteRecord, language: str) -> NoteRecord:
    """A note whose author has a name, also if it is nobody of the directory."""
    name = person_name(note.actor.username, note.actor.name, language, begins=True)
    return (
        note
        if name == note.actor.name
        else note.model_copy(update={"actor": Person(username=note.actor.username, name=name)})
    )


def _vote(plan: StepPlan) -> VoteView:
    of = len(plan.approvers)
    return VoteView(rule=kind_of(plan.decision), needed=needed(plan.decision, of) if of else 0, approved=0, of=of)


def _why_resumed(preview: Preview, step: RoutedStep) -> tuple[Reason, ...]:
    found = preview.resumed.get(step.plan.key)
    return found.why if found is not None and found.outcome is not StepOutcome.SKIPPED else ()


def preview_view(preview: Preview, language: str, zone: Any) -> PreviewView:
    """A preview in a language."""
    detail = None
    if preview.refusal is not None:
        detail = refusal_text(preview.refusal.code, preview.refusal.params, language, zone=zone)[1]
    request = preview.request
    return PreviewView(
        routing_amount=request.routing_amount if request is not None else None,
        cumulated=cumulated_view(request) if request is not None else None,
        steps=tuple(
            PreviewStep(
                key=step.plan.key,
                name=step.plan.name[language],
                approvers=step.plan.approvers,
                must_choose=step.must_choose and not step.plan.skipped,
                skipped=step.plan.skipped,
                vote=_vote(step.plan),
                block=step.plan.block.key if step.plan.block else None,
                block_name=step.plan.block.name[language] if step.plan.block else None,
                why="; ".join(
                    explain(reason.code, reason.params, language)
                    for reason in (*_why_resumed(preview, step), *step.plan.why)
                ),
                outcome=preview.resumed[step.plan.key].outcome if step.plan.key in preview.resumed else None,
                refusal=step.refusal.code if step.refusal else None,
            )
            for step in preview.steps
        ),
        refusal=preview.refusal.code if preview.refusal else None,
        detail=detail,
    )


def timeline_view(entries: Sequence[Entry], language: str, zone: Any) -> tuple[TimelineItem, ...]:
    """Entries of a timeline in a language."""
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
                recorded_at=entry.recorded_at or entry.at,
                action=entry.action,
                end=entry.end,
                to=entry.returned_to,
                actor=Person(
                    username=entry.actor, name=person_name(entry.actor, entry.actor_name, language, begins=True)
                ),
                acted_for=entry.acted_for,
                substitution=entry.substitution,
                whom=entry.whom,
                where=entry.added_where,
                choice=entry.choice,
                channel=entry.channel,
                step=entry.step,
                round=entry.round or 0,
                note=entry.note,
                outcome="refused" if entry.refusal else "accepted",
                reason=entry.refusal.code if entry.refusal else None,
                detail=detail,
                changes=entry.changes,
                command_id=entry.command_id,
            )
        )
    return tuple(items)


def further_refusals_view(further: Iterable[FurtherRefusals], language: str) -> tuple[FurtherRefusalsView, ...]:
    """What is only counted, in a language."""
    return tuple(
        FurtherRefusalsView(
            actor=one.person,
            count=one.count,
            codes=one.codes,
            last_at=one.last_at,
            detail=further_refusals_text(one.person.name if one.person else None, one.codes, language),
        )
        for one in further
    )


def _said(error: FieldError, language: str) -> str:
    """A wrong place in words: ``/note: a note is required``."""
    problem = field_problem(error.message, error.params, language)
    return f"{error.pointer}: {problem}" if error.pointer else problem
