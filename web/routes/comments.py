"""Talking about a request on its page: comments, and who watches it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError

from admission import HEAVY
from application import watching
from application.purchase_requests import PurchaseRequests
from approval.field_errors import field_error
from approval.model import Code, RefusedError, refuse
from approval.values import CommentText, ShortText
from crm import requests
from crm.pool import Pool
from problems import STATUS
from web.deps import CommentsDep, PoolDep, ServiceDep
from web.rendering import Page, PageDep
from web.routes.requests import request_context
from web.talk import Typed, shown

router = APIRouter()

_TEXT: TypeAdapter[str] = TypeAdapter(CommentText)
_AT_ONCE = 100
"""Comments on the page that has all."""


@router.get("/requests/{request_id}/comments", openapi_extra=HEAVY)
async def show_comments(
    request_id: UUID, page: PageDep, service: ServiceDep, comments: CommentsDep, cursor: str | None = None
) -> Response:
    """All that is said about a request, page by page, the newest page first."""
    record = await service.get(page.user, request_id)
    found = await comments.page(page.user, request_id, limit=_AT_ONCE, cursor=cursor, newest_first=True)
    return await page.render(
        "requests/comments.html",
        record=record,
        comments=shown(found.items[::-1], page.user),
        next_cursor=found.next_cursor,
        at_start=cursor is None,
    )


@router.post("/requests/{request_id}/comments")
async def add_comment(
    request_id: UUID,
    page: PageDep,
    pool: PoolDep,
    service: ServiceDep,
    comments: CommentsDep,
    comment_id: Annotated[UUID, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Say something about a request."""
    try:
        said = await comments.add(page.user, request_id, _checked(text), comment_id=comment_id)
    except RefusedError as error:
        return await _again(page, pool, service, request_id, error, text)
    return page.redirect(f"/requests/{request_id}#comment-{said.id}")


@router.post("/requests/{request_id}/comments/{comment_id}")
async def edit_comment(
    request_id: UUID,
    comment_id: UUID,
    page: PageDep,
    pool: PoolDep,
    service: ServiceDep,
    comments: CommentsDep,
    text: Annotated[str, Form()] = "",
) -> Response:
    """Have a comment of one's own say something else."""
    try:
        await comments.edit(page.user, request_id, comment_id, _checked(text))
    except RefusedError as error:
        return await _again(page, pool, service, request_id, error, text, comment_id)
    return page.redirect(f"/requests/{request_id}#comment-{comment_id}")


@router.post("/requests/{request_id}/watchers")
async def add_watcher(
    request_id: UUID, page: PageDep, pool: PoolDep, username: Annotated[ShortText, Form()] = ""
) -> Response:
    """Have somebody watch a request."""
    try:
        watcher = await watching.add(pool, page.user, request_id, username)
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        await _tell_refusal(page, error)
    else:
        page.tell("success", page.gettext("%(name)s watches this request now") % {"name": watcher.person.name})
    return page.redirect(f"/requests/{request_id}")


@router.post("/requests/{request_id}/watchers/remove")
async def remove_watcher(
    request_id: UUID, page: PageDep, pool: PoolDep, username: Annotated[ShortText, Form()] = ""
) -> Response:
    """Have somebody watch a request no more; who can see it no more then is led to those that they see."""
    try:
        await watching.remove(pool, page.user, request_id, username)
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        await _tell_refusal(page, error)
    else:
        page.tell("success", page.gettext("Watches it no more"))
    still = await requests.visible(pool, [request_id], page.user.viewer)
    return page.redirect(f"/requests/{request_id}" if still else "/requests")


@router.get("/requests/{request_id}/people", openapi_extra=HEAVY)
async def show_people(request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep) -> Response:
    """Those who see a request, whom a comment can speak to; for whoever may choose watchers, everybody else as well."""
    record = await service.get(page.user, request_id)
    people = await watching.people(pool, page.user, record)
    return JSONResponse([one.model_dump() for one in people], headers={"Cache-Control": "no-store"})


def _checked(text: str) -> str:
    """What somebody typed, as a comment may be.

    Raises:
        RefusedError: ``invalid``.
    """
    try:
        return _TEXT.validate_python(text)
    except ValidationError as error:
        raise refuse(
            Code.INVALID, *(field_error(dict(item), "/text") for item in error.errors(include_url=False))
        ) from error


async def _tell_refusal(page: Page, error: RefusedError) -> None:
    problem = await page.explain(error)
    page.tell("danger", problem.title, "; ".join(one.detail for one in problem.errors or ()) or problem.detail)


async def _again(
    page: Page,
    pool: Pool,
    service: PurchaseRequests,
    request_id: UUID,
    error: RefusedError,
    text: str,
    comment_id: UUID | None = None,
) -> Response:
    """The page again, with what was typed and why it was not taken; for whoever does not see the request, nothing."""
    if error.refusal.code is Code.NOT_FOUND:
        raise error
    record = await service.get(page.user, request_id)
    context = await request_context(page, pool, service, record)
    problem = await page.explain(_for_whoever_chooses(error) if context["talk"].may_choose else error)
    said = "; ".join(one.detail for one in problem.errors or ()) or problem.detail
    context["talk_typed"] = Typed(text=text, error=said, comment_id=comment_id)
    return await page.render("requests/page.html", status=STATUS[error.refusal.code], **context)


def _for_whoever_chooses(error: RefusedError) -> RefusedError:
    """A refusal as those read it who may choose the watchers themselves."""
    yours = {"mention_not_seen": "mention_not_seen_yours"}
    errors = tuple(
        one.model_copy(update={"message": yours.get(one.message, one.message)}) for one in error.refusal.errors
    )
    return RefusedError(error.refusal.model_copy(update={"errors": errors}))
