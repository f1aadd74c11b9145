"""Giving everything that waits on somebody to others (Bàn giao): what would happen first, then doing it."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from uuid_utils.compat import uuid7

from admission import HEAVY
from application.reassigning import Done, PlannedMove, Reassigning
from approval.model import Code, RefusedError
from approval.values import ShortText
from crm import directory
from problems import ProblemError
from texts import refusal_text
from web.deps import PoolDep
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin/handover")

ADDRESS: Final = "/admin/handover"


@router.get("", openapi_extra=HEAVY)
async def show(
    request: Request,
    page: PageDep,
    pool: PoolDep,
    person: Annotated[ShortText, Query()] = "",
    to: Annotated[ShortText, Query()] = "",
    after: UUID | None = None,
) -> Response:
    """Who has left and is still waited on; of somebody who was chosen, what would become of each place."""
    service = _service(request)
    leavers = await service.leavers(page.user)
    plan = None
    if person and to:
        try:
            plan = await service.plan(page.user, person, to, after=after)
        except RefusedError as error:
            if error.refusal.code is Code.FORBIDDEN:
                raise
            await page.tell_refusal(error)
    return await page.render(
        "admin/handover.html",
        leavers=leavers,
        people=await directory.everyone(pool),
        person=person,
        to=to,
        plan=plan,
        why={move.place_id: _why(page, move) for move in plan.items} if plan is not None else {},
        at_start=after is None,
        id=uuid7(),
    )


@router.post("")
async def reassign(
    request: Request,
    page: PageDep,
    person: Annotated[ShortText, Form()],
    to: Annotated[ShortText, Form()],
    command_id: Annotated[UUID, Form()],
) -> Response:
    """Do it, and show what became of each request."""
    try:
        whose, done = await _service(request).reassign(page.user, person, to, command=command_id)
    except (RefusedError, ProblemError) as error:
        if isinstance(error, RefusedError) and error.refusal.code is Code.FORBIDDEN:
            raise
        await page.tell_refusal(error)
        return page.redirect(ADDRESS)
    return await page.render(
        "admin/handed_over.html", whose=whose, done=done, why={one.request_id: _why(page, one) for one in done}
    )


def _service(request: Request) -> Reassigning:
    service: Reassigning = request.app.state.reassigning
    return service


def _why(page: Page, of: PlannedMove | Done) -> str:
    """Why something stays where it is, in words; nothing where it does not."""
    if of.refusal is None:
        return ""
    return refusal_text(of.refusal.code, of.refusal.params, page.language, zone=page.site.zone, at_pages=True)[1]
