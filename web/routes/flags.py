"""Flagging a request for oneself, from the lists."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response

from application import flags
from approval.values import ShortText
from web.deps import PoolDep
from web.rendering import PageDep
from web.session import local_path

router = APIRouter()


@router.post("/requests/{request_id}/flag")
async def flag(
    request_id: UUID,
    page: PageDep,
    pool: PoolDep,
    flagged: Annotated[ShortText, Form()] = "",
    next: Annotated[str, Form()] = "/requests",  # noqa: A002
) -> Response:
    """Flag a request where ``flagged`` says anything, else take the flag off; then back to the list."""
    await flags.change(pool, page.user, request_id, flagged=bool(flagged))
    return page.redirect(local_path(next))
