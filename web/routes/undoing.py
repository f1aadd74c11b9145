"""Taking back a decision before it takes effect, from whichever page shows it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response

from approval.model import RefusedError
from web.deps import UndoingDep
from web.rendering import PageDep
from web.session import local_path

router = APIRouter()


@router.post("/requests/{request_id}/commands/{command_id}/undo")
async def undo(
    request_id: UUID,
    command_id: UUID,
    page: PageDep,
    undoing: UndoingDep,
    next: Annotated[str, Form()] = "/inbox",  # noqa: A002
) -> Response:
    """Take it back; then on to the page that it was seen on, which says so, or why it is too late."""
    try:
        await undoing.undo(page.user, request_id, command_id)
    except RefusedError as error:
        await page.tell_refusal(error)
    return page.redirect(local_path(next))
