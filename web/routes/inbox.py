"""The inbox *Cần thực hiện*: what waits on somebody, and approving several requests at once, each on its own."""

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
from approval.model import Action, Frozen, RefusedError
from approval.values import Note
from crm import lists
from crm.pool import DATABASE_TROUBLE, is_wrong_argument
from crm.records import RequestRecord
from problems import ProblemError
from web.decisions import Ticked, told
from web.deps import PoolDep, ServiceDep
from web.rendering import Page, PageDep
from web.session import Kind

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
async def show_inbox(page: PageDep, pool: PoolDep, cursor: str | None = None) -> Response:
    """What waits on the caller, oldest deadline first."""
    found = await lists.inbox(pool, page.user.viewer, limit=PAGE_SIZE, cursor=cursor)
    return await page.render("inbox/list.html", found=found, at_start=cursor is None, command_id=uuid7())


@router.get("/inbox/approve")
async def leave_results(page: PageDep) -> Response:
    """The results are shown once; whoever comes back to their address wants the inbox."""
    return page.redirect("/inbox")


@router.post("/inbox/approve")
async def approve_several(
    page: PageDep,
    service: ServiceDep,
    command_id: Annotated[UUID, Form()],
    ticked: Annotated[list[str] | None, Form(alias="id", max_length=MOST_AT_ONCE)] = None,
    note: Annotated[Note, Form()] = "",
) -> Response:
    """Approve what was ticked: each request is decided on its own, and each result is shown."""
    requests = [Ticked.read(text) for text in ticked or ()]
    if not requests:
        page.tell("info", page.gettext("Nothing is ticked"), page.gettext("Tick the requests to approve first."))
        return page.redirect("/inbox")
    answers = await asyncio.gather(
        *(_approve(page, service, request, request.command_id(command_id), note.strip()) for request in requests),
        return_exceptions=True,
    )
    for answer in answers:
        if isinstance(
            answer, SignInAgainError
        ):  # the same form comes again; what it has approved by now stays approved
            raise answer
    results = [
        answer if isinstance(answer, Result) else await _failed(page, service, request, answer)
        for request, answer in zip(requests, answers, strict=True)
    ]
    return await page.render("inbox/results.html", results=results)


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


async def _approve(page: Page, service: PurchaseRequests, ticked: Ticked, command_id: UUID, note: str) -> Result:
    try:
        taken = await service.commands.decide(
            page.user,
            ticked.request_id,
            Action.APPROVE,
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
    title, detail = told(page, Action.APPROVE, taken)
    record = taken.record or await _seen(page, service, ticked.request_id)
    return Result(record=record, kind="success" if taken.record else "info", title=title, detail=detail)


async def _failed(page: Page, service: PurchaseRequests, ticked: Ticked, error: BaseException) -> Result:
    """An error that nobody expected keeps the other results from nobody."""
    log.error("an approval failed", request_id=str(ticked.request_id), exc_info=error)
    away = isinstance(error, DATABASE_TROUBLE) and not is_wrong_argument(error)
    problem = await page.explain(ProblemError("database_unavailable" if away else "internal_error"))
    record = None if away else await _seen(page, service, ticked.request_id)
    return Result(record=record, kind="danger", title=problem.title, detail=problem.detail)


async def _seen(page: Page, service: PurchaseRequests, request_id: UUID) -> RequestRecord | None:
    try:
        return await service.get(page.user, request_id)
    except RefusedError:
        return None
