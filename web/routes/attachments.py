"""Files of a request: attached, looked at, saved and removed from its page or from the one on which it is decided."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from uuid_utils.compat import uuid7

from application.attachments.storage import StorageUnavailableError
from approval.model import Code, RefusedError
from file_transfer import FIELD, answer_with, read_upload_form, upload_in
from problems import MEDIA_TYPE, ProblemError
from web import csrf
from web.deps import AttachmentsDep
from web.form_limit import read_form
from web.rendering import Page, PageDep
from web.session import local_path

router = APIRouter(prefix="/requests/{request_id}/attachments")

NEXT: Final = "next"
"""The field of a form that says on which page it stands."""


@router.post("")
async def attach(request_id: UUID, request: Request, page: PageDep, attachments: AttachmentsDep) -> Response:
    """Attach the file of a form. A script is answered with the page, or with what is wrong in JSON if it takes that."""
    try:
        await attachments.require_may_add(page.user, request_id)
        form = await read_upload_form(read_form(request))
        upload = upload_in(form, NEXT, csrf.FIELD)
        added = await attachments.add(page.user, request_id, upload, attachment_id=uuid7())
    except (RefusedError, ProblemError, StorageUnavailableError) as error:
        if isinstance(error, RefusedError) and error.refusal.code is Code.NOT_FOUND:
            raise
        return await _refused(page, request_id, error)
    page.tell("success", page.gettext("Attached"), added.name)
    return page.redirect(_back(request_id, form.get(NEXT)))


@router.get("/{attachment_id}")
async def download(
    request_id: UUID,
    attachment_id: UUID,
    request: Request,
    page: PageDep,
    attachments: AttachmentsDep,
    inline: bool = False,
) -> Response:
    """A file, to be saved, or with ``inline`` to be shown if it is of a kind that browsers show."""
    return await answer_with(request, await attachments.open(page.user, request_id, attachment_id), inline=inline)


@router.post("/{attachment_id}/remove")
async def remove(
    request_id: UUID, attachment_id: UUID, request: Request, page: PageDep, attachments: AttachmentsDep
) -> Response:
    """Take a file away again."""
    back = _back(request_id, (await read_form(request)).get(NEXT))
    try:
        await attachments.remove(page.user, request_id, attachment_id)
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        await page.tell_refusal(error)
    else:
        page.tell("success", page.gettext("The file is removed"))
    return page.redirect(back)


def _back(request_id: UUID, wanted: object) -> str:
    """The page that a form stood on: one of this request's two."""
    return f"/inbox/{request_id}" if local_path(str(wanted)) == f"/inbox/{request_id}" else f"/requests/{request_id}"


async def _refused(
    page: Page, request_id: UUID, error: RefusedError | ProblemError | StorageUnavailableError
) -> Response:
    """What is wrong with a file: on the next page, or to the script that sent it."""
    if isinstance(error, StorageUnavailableError):
        error = ProblemError("storage_unavailable")
    problem = await page.explain(error)
    wrong = next((one.detail for one in problem.errors or () if one.pointer.startswith(f"/{FIELD}")), None)
    title, detail = problem.title, problem.detail
    if wrong is not None:
        title, detail = page.gettext("The file was not attached"), f"{wrong[:1].upper()}{wrong[1:]}."
    if MEDIA_TYPE in page.request.headers.get("accept", ""):
        return JSONResponse({"title": title, "detail": detail}, status_code=problem.status, media_type=MEDIA_TYPE)
    page.tell("danger", title, detail)
    return page.redirect(f"/requests/{request_id}")
