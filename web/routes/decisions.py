"""The page on which one request is decided: all that a decision needs, and the decision itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, ValidationError
from uuid_utils.compat import uuid7

from admission import HEAVY
from application.permissions import allowed_actions, place_held, place_to_decide
from application.purchase_requests import PurchaseRequests
from approval.acting import Acting
from approval.model import Action, Code, Frozen, RefusedError, StepState, refuse
from approval.state import Step
from approval.values import Note, ShortText
from crm import lists, sources
from crm.list_filters import Filters
from crm.lists import DEFAULT_SORT
from crm.pool import Pool
from crm.records import RequestRecord
from problems import STATUS, ProblemError, pointed
from web.decision_form import DecisionForm, decision_form, in_words, place_errors, read_changes
from web.decisions import told
from web.deps import PoolDep, ServiceDep
from web.form_limit import read_form
from web.line_decisions import lines_to_decide, read_lines
from web.rendering import Page, PageDep
from web.routes.requests import FEW_ENTRIES, Entries, current_proposals, request_context
from web.undoing import ShownDecision, draft_of_decision
from web.with_others import others_for
from workflows.contracts import OWNER_OF_REQUEST

router = APIRouter()

OTHERS_SHOWN: Final = 10
_STAYS: Final = frozenset({Code.INVALID, Code.NOTE_REQUIRED, Code.FIELD_NOT_EDITABLE, Code.STALE_VERSION})
"""Refusals after which the same person can still decide: the form comes back."""


class Sent(Frozen):
    """The decision as the form sends it."""

    decision: Annotated[str, Field(pattern="^(approve|reject|end)$")]
    step: ShortText
    acting_for: ShortText | None = None
    version: int
    command_id: UUID
    note: Note = ""
    to: ShortText = OWNER_OF_REQUEST
    """Where a request is returned to."""

    @property
    def action(self) -> Action:
        """Approve, or one of the two ways to reject."""
        return Action.APPROVE if self.decision == "approve" else Action.REJECT


@router.get("/inbox/{request_id}", openapi_extra=HEAVY)
async def show(
    request_id: UUID,
    page: PageDep,
    pool: PoolDep,
    service: ServiceDep,
    step: ShortText | None = None,
    acting_for: Annotated[ShortText | None, Query(alias="for")] = None,
    entries: Entries = FEW_ENTRIES,
) -> Response:
    """A request for somebody who may decide it, or could if it were not held; for others, the request's own page.

    ``step`` is which of its steps they decide, where several wait on them, and ``for`` whose substitute they are in it.
    """
    record = await service.get(page.user, request_id)
    if not _may_decide(page, record) and place_held(record, page.user) is None:
        return page.redirect(f"/requests/{request_id}")
    return await _decision_page(page, pool, service, record, step=step, acting_for=acting_for, entries=entries)


@router.post("/inbox/{request_id}")
async def decide(request: Request, request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep) -> Response:
    """Approve, return, or reject and end."""
    fields = {name: str(value) for name, value in (await read_form(request)).items()}
    try:
        sent = Sent.model_validate({name: fields[name] for name in Sent.model_fields if name in fields})
    except ValidationError as error:
        wrong = refuse(Code.INVALID, *(pointed(item) for item in error.errors(include_url=False)))
        return await _refused(page, pool, service, request_id, wrong, fields, None)
    record = await service.get(page.user, request_id)
    changes: dict[str, Any] | None = None
    lines = read_lines(fields) if sent.action is Action.APPROVE else None
    place = place_to_decide(record, page.user, sent.step, sent.acting_for)
    if sent.action is Action.APPROVE and place is not None and record.is_as_of(sent.version):
        form = decision_form(record, place.step, current_proposals(record), page.formats, typed=fields)
        changes, errors = read_changes(form, page.formats)
        if errors:
            return await _decision_page(
                page,
                pool,
                service,
                record,
                step=sent.step,
                acting_for=sent.acting_for,
                status=422,
                typed=fields,
                errors=in_words(errors, page.language),
            )
    try:
        taken = await service.commands.decide(
            page.user,
            request_id,
            sent.action,
            command_id=sent.command_id,
            step=sent.step,
            acting_for=sent.acting_for,
            note=sent.note,
            end=sent.decision == "end",
            to=sent.to if sent.decision == "reject" and sent.to != OWNER_OF_REQUEST else None,
            changes=changes,
            lines=lines,
            version=sent.version,
            undo=True,
            maybe_repeated=True,
        )
    except (RefusedError, ProblemError) as error:
        return await _refused(page, pool, service, request_id, error, fields, changes)
    if taken.undone:  # the form of a decision that was taken back, once more: whoever means it decides anew
        page.tell(
            "info", page.gettext("You have taken this decision back"), page.gettext("Decide again if you mean it.")
        )
        return page.redirect(f"/inbox/{request_id}")
    can_be_undone = taken.takes_effect_at is not None
    if not can_be_undone:  # else the draft goes on when it is
        page.finish_draft(draft_of_decision(request_id, sent.step, sent.acting_for or page.user.username))
    if taken.delayed or not can_be_undone:  # else the inbox says so, with the way to take it back
        title, detail = told(page, sent.action, taken, end=sent.decision == "end")
        page.tell("success" if taken.record else "info", f"{record.number}: {title}", detail)
    return page.redirect("/inbox")


async def _refused(
    page: Page,
    pool: Pool,
    service: PurchaseRequests,
    request_id: UUID,
    error: RefusedError | ProblemError,
    fields: Mapping[str, str],
    changes: Mapping[str, Any] | None,
) -> Response:
    """The form again where it can still be put right; else the request, with what happened first. What is said at fields of the
    form is not said above it, too.
    """
    record = await service.get(page.user, request_id)
    if not isinstance(error, RefusedError) or error.refusal.code not in _STAYS or not _may_decide(page, record):
        await page.tell_refusal(error)
        return page.redirect(f"/requests/{request_id}")
    errors = in_words(place_errors(error, changes), page.language)
    shown = {"note", *fields} - (Sent.model_fields.keys() - {"note"})
    if not errors or not errors.keys() <= shown:
        await page.tell_refusal(error)
    stale = error.refusal.code is Code.STALE_VERSION  # what was typed was meant for other values
    return await _decision_page(
        page,
        pool,
        service,
        record,
        step=fields.get("step"),
        acting_for=fields.get("acting_for"),
        status=STATUS[error.refusal.code],
        typed={"note": fields.get("note", "")} if stale else fields,
        errors=errors,
    )


async def _decision_page(
    page: Page,
    pool: Pool,
    service: PurchaseRequests,
    record: RequestRecord,
    *,
    step: str | None = None,
    acting_for: str | None = None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    entries: int = FEW_ENTRIES,
) -> Response:
    place = place_to_decide(record, page.user, step, acting_for) or place_to_decide(record, page.user)
    held = place_held(record, page.user, step, acting_for) or place_held(record, page.user)
    decided = place.step if place is not None else None
    form = DecisionForm(header=(), lines=())
    if decided is not None:
        form = decision_form(record, decided, current_proposals(record), page.formats, typed=typed, errors=errors)
    context = await request_context(page, pool, service, record, entries=entries)
    return await page.render(
        "inbox/decide.html",
        status=status,
        **context,
        decided_here=_decided_here(context["own_decisions"], page.user.username, place),
        **await _source_context(page, pool, record),
        with_others=await others_for(pool, record, page.user, step, acting_for),
        step=decided,
        draft=_draft(record, place) if place is not None else "",
        place=place,
        held=held,
        ways_back=_ways_back(record, decided),
        form=form,
        lines_to_decide=lines_to_decide(record, decided),
        lines_touched=bool(read_lines(typed or {})),
        typed=typed or {},
        note=(typed or {}).get("note", ""),
        errors=errors or {},
        command_id=uuid7(),
    )


def _draft(record: RequestRecord, place: Acting) -> str:
    return draft_of_decision(record.id, place.step.plan.key, place.assignment.person.username)


def _decided_here(own: list[ShownDecision], reader: str, place: Acting | None) -> bool:
    """Whether the reader has decided this place, and may take that back."""
    return place is not None and any(one.decision.waits and one.decision.is_of(reader, place) for one in own)


def _ways_back(record: RequestRecord, step: Step | None) -> list[Step]:
    """The earlier steps that a step may return the request to."""
    allowed = step.plan.may_return_to if step is not None else ()
    steps = record.run.steps if record.run else ()
    return [other for other in steps if other.plan.key in allowed and other.state is StepState.APPROVED]


async def _source_context(page: Page, pool: Pool, record: RequestRecord) -> dict[str, Any]:
    """The order behind a request, and what else was asked for from it, as far as the caller may see it."""
    if record.source is None:
        return {"source": None, "others": ()}
    source = await sources.load(pool, record.source.type, record.source.id)
    filters = Filters(source_id=record.source.id)
    found = await lists.page(pool, page.user.viewer, filters, sort=DEFAULT_SORT, limit=OTHERS_SHOWN + 1, cursor=None)
    return {"source": source, "others": [item for item in found.items if item.id != record.id][:OTHERS_SHOWN]}


def _may_decide(page: Page, record: RequestRecord) -> bool:
    return Action.APPROVE in allowed_actions(record, page.user)
