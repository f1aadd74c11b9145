"""Making, editing and sending a purchase request."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from uuid_utils.compat import uuid7

from application.commands import SendOrder
from application.filling import draft_from
from application.permissions import allowed_actions
from application.purchase_requests import PurchaseRequests
from application.views import preview_view
from approval.incoming import SourceType
from approval.model import MAKERS, Action, Code, Refusal, RefusedError
from approval.values import Note
from crm import idempotency
from crm.drafts import RequestDraft, SourceRef
from crm.pool import Pool
from crm.records import RequestRecord
from crm.sources import Source, find
from problems import ProblemError
from web.deps import PoolDep, ServiceDep
from web.form_limit import read_form
from web.order_changes import order_shown
from web.rendering import Page, PageDep
from web.request_form import (
    RequestForm,
    WrongFormError,
    counts_of_record,
    counts_of_source,
    draft_of_record,
    form_of,
    read,
    with_errors,
)
from web.routes.requests import tell_taken

router = APIRouter()

SEND: Final = "send"
_CHOICE: Final = "approver."
_LINES_AT_MOST: Final = 500


@router.get("/requests/new")
async def new(
    page: PageDep, pool: PoolDep, source_type: SourceType | None = None, source_id: UUID | None = None
) -> Response:
    """The form, filled from a sales order or opportunity; nothing is saved."""
    page.user.require_role(*MAKERS)
    source = await _source(pool, source_type, source_id)
    if source is None:
        form = RequestForm(values={**_EMPTY, "currency": "VND"}, lines=())
    else:
        form = form_of(draft_from(source, page.language), page.formats, counts_of_source(source))
    return await _new_page(page, form, source, uuid7())


@router.post("/requests/new")
async def create(
    request: Request,
    page: PageDep,
    pool: PoolDep,
    service: ServiceDep,
    id: Annotated[UUID, Form()],  # noqa: A002 - of the form, so that one that is sent twice makes one request
    then: Annotated[str, Form()] = "",
    source_type: Annotated[SourceType | None, Form()] = None,
    source_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Save a new request; then show it, or go on to sending it."""
    source = await _source(pool, source_type, source_id)
    reference = SourceRef(type=source.type, id=source.id) if source else None
    sent = await read_form(request)
    try:
        form, draft = read(sent, page.formats, reference, counts_of_source(source))
    except WrongFormError as error:
        return await _new_page(page, error.form, source, id)
    try:
        form_id = await idempotency.claim(pool, page.user.username, f"form {id}", _CREATE)
        record = await service.create(page.user, draft, request_id=form_id.subject_id)
    except RefusedError as error:
        if error.refusal.code is not Code.INVALID:
            raise
        return await _new_page(page, with_errors(form, error.refusal.errors, page.formats), source, id)
    return _saved(page, record, then)


@router.get("/requests/{request_id}/edit")
async def edit_page(request_id: UUID, page: PageDep, service: ServiceDep) -> Response:
    """The form of a request that is not sent or was returned."""
    record = await service.get(page.user, request_id)
    if Action.EDIT not in allowed_actions(record, page.user):
        await page.tell_refusal(RefusedError(_why_locked(page, record)))
        return page.redirect(f"/requests/{request_id}")
    form = form_of(draft_of_record(record), page.formats, counts_of_record(record))
    return await _edit_page(page, form, record, record.version)


@router.post("/requests/{request_id}/edit")
async def edit(
    request: Request,
    request_id: UUID,
    page: PageDep,
    service: ServiceDep,
    version: Annotated[int, Form()],
    then: Annotated[str, Form()] = "",
) -> Response:
    """Save an edit of the version that was shown."""
    record = await service.get(page.user, request_id)
    reference = SourceRef(type=record.source.type, id=record.source.id) if record.source else None
    sent = await read_form(request)
    try:
        form, draft = read(sent, page.formats, reference, counts_of_record(record))
    except WrongFormError as error:
        return await _edit_page(page, error.form, record, version)
    changes = {field: getattr(draft, field) for field in RequestDraft.model_fields if field != "source"}
    try:
        record = await service.edit(page.user, request_id, changes, version=version)
    except RefusedError as error:
        if error.refusal.code is Code.INVALID:
            return await _edit_page(page, with_errors(form, error.refusal.errors, page.formats), record, version)
        if error.refusal.code not in (
            Code.STALE_VERSION,
            Code.REQUEST_BUSY,
        ):  # with these, what was typed may yet be saved
            await page.tell_refusal(error)
            return page.redirect(f"/requests/{request_id}")
        problem = await page.explain(error)
        return await _edit_page(page, form, record, version, problem=problem)
    return _saved(page, record, then)


@router.get("/requests/{request_id}/send")
async def send_page(request_id: UUID, page: PageDep, service: ServiceDep) -> Response:
    """Who will approve and why, and the choice of approvers, before one sends."""
    record = await service.get(page.user, request_id)
    if Action.SEND not in allowed_actions(record, page.user):
        await page.tell_refusal(RefusedError(_why_locked(page, record)))
        return page.redirect(f"/requests/{request_id}")
    return await _send_page(page, service, record)


@router.post("/requests/{request_id}/send")
async def send(
    request: Request,
    request_id: UUID,
    page: PageDep,
    service: ServiceDep,
    command_id: Annotated[UUID, Form()],
    version: Annotated[int, Form()],
    note: Annotated[Note, Form()] = "",
) -> Response:
    """Send or resend. If the engine is away, the request waits and is sent once it is back."""
    sent = await read_form(request)
    choices = {
        name.removeprefix(_CHOICE): str(value) for name, value in sent.items() if name.startswith(_CHOICE) and value
    }
    order = SendOrder(choices=choices, note=note.strip())
    try:
        taken = await service.commands.send(page.user, request_id, order, command_id=command_id, version=version)
    except (RefusedError, ProblemError) as error:
        record = await service.get(page.user, request_id)
        if Action.SEND in allowed_actions(record, page.user):
            return await _send_page(
                page, service, record, choices=choices, note=note, problem=await page.explain(error)
            )
        await page.tell_refusal(error)
        return page.redirect(f"/requests/{request_id}")
    if taken.record is None:
        page.tell(
            "info",
            page.gettext("Waiting to be sent"),
            page.gettext("The request is saved and goes out as soon as the process system can be reached."),
        )
    else:
        first = taken.record.run is None or taken.record.run.round == 1
        done = page.gettext("The request is sent") if first else page.gettext("The request is sent again")
        tell_taken(page, taken, done)
    return page.redirect(f"/requests/{request_id}")


_CREATE: Final = idempotency.fingerprint("POST", "/requests/new", b"")
_EMPTY: Final = dict.fromkeys(("purpose", "delivery_address", "desired_delivery_date", "description"), "")


async def _source(pool: Pool, kind: SourceType | None, source_id: UUID | None) -> Source | None:
    return await find(pool, kind, source_id) if kind is not None and source_id is not None else None


def _saved(page: Page, record: RequestRecord, then: str) -> Response:
    if then == SEND:  # that page says itself that the request is saved, and that it is not sent yet
        return page.redirect(f"/requests/{record.id}/send")
    page.tell("success", page.gettext("Request {number} is saved").format(number=record.number))
    return page.redirect(f"/requests/{record.id}")


async def _new_page(page: Page, form: RequestForm, source: Source | None, request_id: UUID) -> Response:
    return await _form_page(page, form, source=source, record=None, id=request_id, action="/requests/new", version=None)


async def _edit_page(page: Page, form: RequestForm, record: RequestRecord, version: int, **more: Any) -> Response:
    action = f"/requests/{record.id}/edit"
    return await _form_page(
        page, form, source=None, record=record, id=record.id, action=action, version=version, **more
    )


async def _form_page(page: Page, form: RequestForm, *, record: RequestRecord | None, **context: Any) -> Response:
    status = 422 if form.errors else 200
    currencies = sorted({"VND", "USD", "EUR", form.values["currency"] or "VND"})
    return await page.render(
        "requests/form.html",
        status=status,
        form=form,
        order=order_shown(record) if record is not None else None,
        order_changes={str(change.line_id): change for change in record.order_changes} if record is not None else {},
        currencies=currencies,
        lines_at_most=_LINES_AT_MOST,
        **{"problem": None, "record": record, **context},
    )


async def _send_page(
    page: Page,
    service: PurchaseRequests,
    record: RequestRecord,
    *,
    choices: dict[str, str] | None = None,
    note: str = "",
    problem: Any = None,
) -> Response:
    preview = preview_view(await service.preview(page.user, record), page.language, page.site.zone)
    return await page.render(
        "requests/send.html",
        status=422 if problem else 200,
        record=record,
        order=order_shown(record),
        preview=preview,
        choices=choices or {},
        note=note,
        problem=problem,
    )


def _why_locked(page: Page, record: RequestRecord) -> Refusal:
    if record.owner.username != page.user.username:
        return Refusal(code=Code.FORBIDDEN, params={"action": Action.EDIT})
    variant = {"variant": "waiting"} if record.send_pending else {}
    return Refusal(code=Code.REQUEST_LOCKED, params={"status": record.process_status, **variant})
