"""A request with its decisions as a page that is printed and filed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from admission import HEAVY
from application.views import timeline_view
from approval.model import Action, ProcessStatus
from web.deps import PoolDep, ServiceDep
from web.order_changes import order_shown
from web.rendering import PageDep
from web.routes.requests import current_proposals, line_names, process_name, step_names
from web.run_picture import picture

router = APIRouter()

_NOT_DECIDED: Final = frozenset(
    {Action.CREATE, Action.EDIT, Action.DELETE, Action.REMIND, Action.PURCHASING_EVENT, Action.UNKNOWN}
)
"""What is on the timeline and decides nothing."""


@router.get("/requests/{request_id}/print", openapi_extra=HEAVY)
async def show_printed(request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep) -> Response:
    """A request as it is filed: what is asked for, its steps, and who decided what, when, for whom and by which way."""
    record = await service.get(page.user, request_id)
    story, rounds, named = await asyncio.gather(
        service.story(record, newest=1), service.rounds(record), process_name(pool, record, page.language)
    )
    decided = [one for one in story.decided if one.refusal is None and one.action not in _NOT_DECIDED]
    proposed = current_proposals(record) if record.process_status is ProcessStatus.IN_PROGRESS else ()
    return await page.render(
        "requests/print.html",
        record=record,
        goods=record.with_changes(proposed) if proposed else record,
        proposed=bool(proposed),
        order=order_shown(record),
        nodes=picture(record, story.decided, page.language),
        decisions=timeline_view(decided, page.language, page.site.zone),
        process_name=named,
        step_names=step_names(rounds, page.language),
        line_names=line_names(rounds),
        printed_at=datetime.now(UTC),
    )
