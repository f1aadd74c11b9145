"""The inbox *Cần thực hiện*: what waits on somebody, a preview of it, and deciding several requests at once, each on its own."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Form, Query, Response
from uuid_utils.compat import uuid7

from admission import HEAVY
from application.permissions import refusal_of_approval
from application.purchase_requests import PurchaseRequests
from application.recent_sign_in import SignInAgainError
from application.views import request_view
from approval.model import Action, Frozen, RefusedError
from approval.values import ShortText
from crm import inbox, sources
from crm.pool import DATABASE_TROUBLE, is_wrong_argument
from crm.records import RequestRecord
from problems import ProblemError
from web.changes import proposals
from web.decisions import Ticked, told
from web.deps import PoolDep, ServiceDep
from web.download import workbook
from web.list_files import inbox_columns
from web.list_filters import InboxChosenDep
from web.rendering import Page, PageDep
from web.routes.requests import NoteField, current_proposals
from web.session import Kind
from web.undoing import own_decisions

log = structlog.get_logger(__name__)

router = APIRouter()

PAGE_SIZE: Final = 25
MOST_AT_ONCE: Final = 100


class Result(Frozen):
    """What became of one of several requests. ``record`` is None where the caller may not see it."""

    record: RequestRecord | None
    kind: Kind
    title: str
    detail: str


@router.get("/inbox", openapi_extra=HEAVY)
async def show_inbox(page: PageDep, pool: PoolDep, chosen: InboxChosenDep, cursor: str | None = None) -> Response:
    """What waits on the caller, oldest deadline first."""
    found = await inbox.page(pool, page.user.viewer, chosen.read(), limit=PAGE_SIZE, cursor=cursor)
    return await page.render(
        "inbox/list.html",
        found=found,
        chosen=chosen,
        narrowed=chosen.narrowed,
        at_start=cursor is None,
        command_id=uuid7(),
        own_decisions=await own_decisions(page),
    )


@router.get("/inbox.xlsx", openapi_extra=HEAVY)
async def download(page: PageDep, pool: PoolDep, chosen: InboxChosenDep) -> Response:
    """The same as an Excel file, all of it as far as one file holds."""

    async def read(limit: int, cursor: str | None) -> inbox.InboxPage:
        return await inbox.page(pool, page.user.viewer, chosen.read(), limit=limit, cursor=cursor)

    return await workbook("to-do", page.gettext("To do"), inbox_columns(page), read)


@router.get("/inbox/{request_id}/preview", openapi_extra=HEAVY)
async def preview(
    request_id: UUID,
    page: PageDep,
    pool: PoolDep,
    service: ServiceDep,
    step: ShortText = "",
    acting_for: Annotated[ShortText, Query(alias="for")] = "",
) -> Response:
    """What a decision on a request needs first, to be put beside the inbox or into it."""
    record = await service.get(page.user, request_id)
    view = request_view(record, page.user, page.language)
    source = await sources.load(pool, record.source.type, record.source.id) if record.source else None
    return await page.render(
        "inbox/preview.html",
        record=record,
        source=source,
        proposed=proposals(current_proposals(record)),
        warnings={warning.pointer: warning.detail for warning in view.warnings},
        may_decide=Action.APPROVE in view.allowed_actions,
        query={name: value for name, value in (("step", step), ("for", acting_for)) if value},
    )


@router.get("/inbox/approve")
@router.get("/inbox/return")
async def leave_results(page: PageDep) -> Response:
    """The results are shown once; whoever comes back to their address wants the inbox."""
    return page.redirect("/inbox")


CommandId = Annotated[UUID, Form()]
TickedRows = Annotated[list[str] | None, Form(alias="id", max_length=MOST_AT_ONCE)]


@router.post("/inbox/approve")
async def approve_several(
    page: PageDep, service: ServiceDep, command_id: CommandId, ticked: TickedRows = None, note: NoteField = ""
) -> Response:
    """Approve what was ticked: each request is decided on its own, and each result is shown."""
    return await _decide_several(page, service, Action.APPROVE, command_id, ticked, note)


@router.post("/inbox/return")
async def return_several(
    page: PageDep, service: ServiceDep, command_id: CommandId, ticked: TickedRows = None, note: NoteField = ""
) -> Response:
    """Return what was ticked to its owners, with one note for all: each is a decision of its own, as when they are approved."""
    if not note.strip():
        page.tell("danger", page.gettext("Say why"), page.gettext("Nothing was returned: that needs a note."))
        return page.redirect("/inbox")
    return await _decide_several(page, service, Action.REJECT, command_id, ticked, note)


async def _decide_several(
    page: Page, service: PurchaseRequests, action: Action, command_id: UUID, ticked: list[str] | None, note: str
) -> Response:
    requests = [Ticked.read(text) for text in ticked or ()]
    if not requests:
        page.tell("info", page.gettext("Nothing is ticked"), page.gettext("Tick the requests to decide first."))
        return page.redirect("/inbox")
    answers = await asyncio.gather(
        *(
            _decide(page, service, action, request, request.command_id(command_id, action), note.strip())
            for request in requests
        ),
        return_exceptions=True,
    )
    for answer in answers:
        if isinstance(answer, SignInAgainError):  # the same form comes again; what it has decided by now stays decided
            raise answer
    results = [
        answer if isinstance(answer, Result) else await _failed(page, service, request, answer)
        for request, answer in zip(requests, answers, strict=True)
    ]
    return await page.render("inbox/results.html", results=results, approved=action is Action.APPROVE)


@router.get("/inbox/gone", openapi_extra=HEAVY)
async def tell_gone(
    page: PageDep,
    service: ServiceDep,
    ticked: Annotated[list[str], Query(alias="id", min_length=1, max_length=MOST_AT_ONCE)],
) -> Response:
    """What became of requests that do not wait any more as they did when they were ticked: lines to add to the inbox."""
    gone = [await _became(page, service, Ticked.read(text)) for text in ticked]
    return await page.render("inbox/gone.html", gone=gone)


async def _became(page: Page, service: PurchaseRequests, ticked: Ticked) -> tuple[RequestRecord | None, str]:
    """The request, if the caller may still see it, and what happened to it."""
    record = await _seen(page, service, ticked.request_id)
    if record is None:
        return None, page.gettext("It does not concern you any more.")
    refusal = refusal_of_approval(record, page.user, ticked.step)
    if refusal is None:
        return record, page.gettext("It still waits for you, but was changed or is on another page now.")
    return record, (await page.explain(RefusedError(refusal))).detail


async def _decide(
    page: Page, service: PurchaseRequests, action: Action, ticked: Ticked, command_id: UUID, note: str
) -> Result:
    try:
        taken = await service.commands.decide(
            page.user,
            ticked.request_id,
            action,
            command_id=command_id,
            step=ticked.step,
            note=note,
            version=ticked.version,
            maybe_repeated=True,
        )
    except (RefusedError, ProblemError) as error:
        problem = await page.explain(error)
        return Result(
            record=await _seen(page, service, ticked.request_id),
            kind="danger",
            title=problem.title,
            detail=problem.detail,
        )
    title, detail = told(page, action, taken)
    record = taken.record or await _seen(page, service, ticked.request_id)
    return Result(record=record, kind="success" if taken.record else "info", title=title, detail=detail)


async def _failed(page: Page, service: PurchaseRequests, ticked: Ticked, error: BaseException) -> Result:
    """An error that nobody expected keeps the other results from nobody."""
    log.error("a decision failed", request_id=str(ticked.request_id), exc_info=error)
    away = isinstance(error, DATABASE_TROUBLE) and not is_wrong_argument(error)
    problem = await page.explain(ProblemError("database_unavailable" if away else "internal_error"))
    record = None if away else await _seen(page, service, ticked.request_id)
    return Result(record=record, kind="danger", title=problem.title, detail=problem.detail)


async def _seen(page: Page, service: PurchaseRequests, request_id: UUID) -> RequestRecord | None:
    try:
        return await service.get(page.user, request_id)
    except RefusedError:
        return None
