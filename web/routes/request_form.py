"""Making and editing a purchase request; see ``sending`` for what comes after."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData
from uuid_utils.compat import uuid7

from application.filling import draft_from
from application.permissions import allowed_actions
from application.purchase_requests import PurchaseRequests
from approval.incoming import SourceType
from approval.model import MAKERS, Action, Code, Frozen, ProcessStatus, RefusedError
from crm import idempotency
from crm.drafts import RequestDraft, SourceRef
from crm.pool import Pool
from crm.records import RequestRecord
from crm.sources import Source, find
from texts import goods_headings
from web import csrf
from web.deps import PoolDep, ServiceDep
from web.form_limit import read_form
from web.order_changes import order_shown
from web.rendering import Page, PageDep, source_address
from web.request_form import (
    RequestForm,
    WrongFormError,
    copy_of_record,
    counts_of_record,
    counts_of_source,
    draft_of_record,
    form_of,
    is_saved,
    read,
    with_errors,
)
from web.routes.sending import send_saved, why_locked

router = APIRouter()

SEND: Final = "send"
_LINES_AT_MOST: Final = 500


@router.get("/requests/new")
async def new(
    page: PageDep,
    pool: PoolDep,
    service: ServiceDep,
    source_type: SourceType | None = None,
    source_id: UUID | None = None,
    copy_of: UUID | None = None,
    form_id: Annotated[UUID | None, Query(alias="form")] = None,
) -> Response:
    """The form, filled from a sales order or opportunity, or as a copy of another request; nothing is saved.

    ``form`` is the one that somebody goes on with, or comes back to: if it was saved meanwhile, they come to its request.
    """
    page.user.require_role(*MAKERS)
    if form_id is not None:
        saved = await _saved_by(page, pool, service, form_id)
        if saved is not None:
            return _saved_before(page, saved, form_id)
    source = await _source(pool, source_type, source_id)
    if source is not None and source.cancelled:
        page.tell("warning", page.gettext("No request can be made from it"), page.gettext("It was cancelled."))
        return page.redirect(source_address(SourceRef(type=source.type, id=source.id)))
    copied = await service.get(page.user, copy_of) if copy_of is not None else None
    if copied is not None:
        form = form_of(copy_of_record(copied, today=_today(page)), page.formats, {})
    elif source is None:
        form = RequestForm(values={**_EMPTY, "currency": "VND"}, lines=())
    else:
        form = form_of(draft_from(source, page.language), page.formats, counts_of_source(source))
    return await _new_page(page, form, source, form_id or uuid7(), copied=copied)


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
    claim = await idempotency.claim(pool, page.user.username, _key_of(id), _content(sent))
    try:
        saved = None if claim.same_call else await _saved_by(page, pool, service, id)
        if saved is not None:  # the browser's button "back" led to it
            return await _written_again(page, form, saved, id)
        record = await service.create(page.user, draft, request_id=claim.subject_id)
    except RefusedError as error:
        if error.refusal.code is not Code.INVALID:
            raise
        if claim.same_call:  # it made nothing: once it is mended, the form makes a request as if this had not been
            await idempotency.release(pool, page.user.username, _key_of(id))
        return await _new_page(page, with_errors(form, error.refusal.errors, page.formats), source, id)
    page.finish_draft(_draft_of_new(id))
    return await _saved(page, service, record, then)


@router.get("/requests/{request_id}/edit")
async def edit_page(request_id: UUID, page: PageDep, service: ServiceDep) -> Response:
    """The form of a request that is not sent or was returned."""
    record = await service.get(page.user, request_id)
    if Action.EDIT not in allowed_actions(record, page.user):
        await page.tell_refusal(RefusedError(why_locked(page, record)))
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
    try:
        form, changes = _read_edit(page, record, await read_form(request))
    except WrongFormError as error:
        return await _edit_page(page, error.form, record, version)
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
    page.finish_draft(_draft_of_edit(request_id))
    return await _saved(page, service, record, then)


class Autosaved(Frozen):
    """What became of a form that saves itself.

    Attributes:
        state: ``saved``; ``incomplete``: it cannot be saved as it stands; ``changed``: the request was saved elsewhere since.
        version: of the request, if it is saved.
        lines: the ids of its lines, in their order.
    """

    state: Literal["saved", "incomplete", "changed"]
    version: int | None = None
    lines: tuple[UUID, ...] = ()


@router.post("/requests/{request_id}/draft")
async def autosave(
    request: Request, request_id: UUID, page: PageDep, service: ServiceDep, version: Annotated[int, Form()]
) -> Response:
    """Save what is written in the form of a request that was never sent, without being told to; see ``static/autosave.js``."""
    record = await service.get(page.user, request_id)
    try:
        _, changes = _read_edit(page, record, await read_form(request))
    except WrongFormError:
        return _autosaved(Autosaved(state="incomplete"))
    try:
        record = await service.edit(page.user, request_id, changes, version=version, by_itself=True)
    except RefusedError as error:
        if error.refusal.code is Code.INVALID:
            return _autosaved(Autosaved(state="incomplete"))
        if error.refusal.code is not Code.STALE_VERSION:
            raise
        record = await service.get(page.user, request_id)
        if not is_saved(changes, record):  # else it was this form, whose answer was lost
            return _autosaved(Autosaved(state="changed"))
    return _autosaved(Autosaved(state="saved", version=record.version, lines=tuple(line.id for line in record.lines)))


def _autosaved(found: Autosaved) -> Response:
    return JSONResponse(found.model_dump(mode="json"))


def _read_edit(page: Page, record: RequestRecord, sent: FormData) -> tuple[RequestForm, dict[str, Any]]:
    """The form of an edit as it was sent, and the new values by field.

    Raises:
        WrongFormError: something is not right.
    """
    reference = SourceRef(type=record.source.type, id=record.source.id) if record.source else None
    form, draft = read(sent, page.formats, reference, counts_of_record(record))
    return form, {field: getattr(draft, field) for field in RequestDraft.model_fields if field != "source"}


_EMPTY: Final = dict.fromkeys(("purpose", "delivery_address", "desired_delivery_date", "description"), "")


def _today(page: Page) -> date:
    return datetime.now(page.site.zone).date()


def _key_of(form_id: UUID) -> str:
    """What a form of a new request is known by, so that it makes one."""
    return f"form {form_id}"


def _content(sent: FormData) -> bytes:
    """What makes two forms the same form: what people have written, whichever button they pressed."""
    fields = [(name, value) for name, value in sent.multi_items() if name not in (csrf.FIELD, "then")]
    return idempotency.fingerprint("POST", "/requests/new", urlencode(fields).encode())


def _draft_of_new(form_id: UUID) -> str:
    return f"new/{form_id}"


def _draft_of_edit(request_id: UUID) -> str:
    return f"edit/{request_id}"


async def _saved_by(page: Page, pool: Pool, service: PurchaseRequests, form_id: UUID) -> RequestRecord | None:
    """The request that a form has made already, if any."""
    request_id = await idempotency.subject_of(pool, page.user.username, _key_of(form_id))
    if request_id is None:
        return None
    try:
        return await service.get(page.user, request_id)
    except RefusedError:
        return None


def _saved_before(page: Page, record: RequestRecord, form_id: UUID) -> Response:
    """On to the request that a form has made: to its own form, where it can be changed yet."""
    page.finish_draft(_draft_of_new(form_id))
    title = page.gettext("This form was saved before, as %(number)s") % {"number": record.number}
    if Action.EDIT not in allowed_actions(record, page.user):
        page.tell("info", title)
        return page.redirect(f"/requests/{record.id}")
    page.tell("info", title, page.gettext("This is that request: what you change here is changed in it."))
    return page.redirect(f"/requests/{record.id}/edit")


async def _written_again(page: Page, form: RequestForm, record: RequestRecord, form_id: UUID) -> Response:
    """The form of the request that a form has made, with what is written in that now."""
    if Action.EDIT not in allowed_actions(record, page.user):
        return _saved_before(page, record, form_id)
    page.finish_draft(_draft_of_new(form_id))
    page.tell(
        "info",
        page.gettext("This form was saved before, as %(number)s") % {"number": record.number},
        page.gettext("Save again to have what you have changed since in that request."),
    )
    return await _edit_page(page, form, record, record.version)


async def _source(pool: Pool, kind: SourceType | None, source_id: UUID | None) -> Source | None:
    return await find(pool, kind, source_id) if kind is not None and source_id is not None else None


async def _saved(page: Page, service: PurchaseRequests, record: RequestRecord, then: str) -> Response:
    if then == SEND:
        return await send_saved(page, service, record)
    page.tell("success", page.gettext("Request {number} is saved").format(number=record.number))
    return page.redirect(f"/requests/{record.id}")


async def _new_page(
    page: Page, form: RequestForm, source: Source | None, request_id: UUID, *, copied: RequestRecord | None = None
) -> Response:
    of_source = {"source_type": source.type.value, "source_id": str(source.id)} if source else {}
    if copied is not None:
        of_source = {"copy_of": str(copied.id)}
    return await _form_page(
        page,
        form,
        source=source,
        record=None,
        id=request_id,
        action="/requests/new",
        version=None,
        copied=copied.number if copied is not None else "",
        draft=_draft_of_new(request_id),
        draft_address=f"/requests/new?{urlencode({**of_source, 'form': str(request_id)})}",
    )


async def _edit_page(page: Page, form: RequestForm, record: RequestRecord, version: int, **more: Any) -> Response:
    action = f"/requests/{record.id}/edit"
    return await _form_page(
        page,
        form,
        source=None,
        record=record,
        id=record.id,
        action=action,
        version=version,
        copied="",
        draft=_draft_of_edit(record.id),
        draft_address="",
        **more,
    )


async def _form_page(page: Page, form: RequestForm, *, record: RequestRecord | None, **context: Any) -> Response:
    status = 422 if form.errors else 200
    if (
        page.refreshing
    ):  # what a script looks at is around the form, of which it wants the version; of lines there may be 500
        form = form.model_copy(update={"lines": ()})
    currencies = sorted({"VND", "USD", "EUR", form.values["currency"] or "VND"})
    return await page.render(
        "requests/form.html",
        status=status,
        form=form,
        order=order_shown(record) if record is not None else None,
        order_changes={str(change.line_id): change for change in record.order_changes} if record is not None else {},
        currencies=currencies,
        goods_headings=goods_headings(),
        lines_at_most=_LINES_AT_MOST,
        autosaves=record is not None and record.process_status is ProcessStatus.NOT_SENT,
        today=_today(page),
        **{"problem": None, "record": record, **context},
    )
