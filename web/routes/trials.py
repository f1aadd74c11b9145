"""A draft tried on past requests, for admins: what it would do, before it is published."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Response

from admission import HEAVY
from application.trying import try_draft
from approval.model import Role
from texts import short_refusal
from web.deps import CalendarsDep, PoolDep
from web.rendering import PageDep
from web.routes.processes import Key, find, find_draft

router = APIRouter(prefix="/admin/processes")

SIZES: Final = (50, 200, 500)
"""On how many requests a draft can be tried."""


@router.get("/{key}/try")
async def try_again(key: Key, page: PageDep) -> Response:
    """Back to the page whose form is answered at this address: a page that is refreshed has no form to send."""
    page.user.require_role(Role.ADMIN)
    return page.redirect(f"/admin/processes/{key}")


@router.post("/{key}/try", openapi_extra=HEAVY)
async def try_process(
    key: Key, page: PageDep, pool: PoolDep, calendars: CalendarsDep, last: Annotated[str, Form()] = ""
) -> Response:
    """What the draft would do to the requests that were sent last; nothing is changed."""
    page.user.require_role(Role.ADMIN)
    process, draft = await find(pool, key), await find_draft(pool, key)
    asked = int(last) if last in map(str, SIZES) else SIZES[0]
    trial = await try_draft(pool, calendars, key, asked)
    refused = {one.id: one.refusal for one in trial.requests if one.refusal is not None}
    return await page.render(
        "admin/trial.html",
        process=process,
        definition=draft,
        trial=trial,
        refused={key: short_refusal(one.code, one.params, page.language) for key, one in refused.items()},
        asked=asked,
        sizes=SIZES,
    )
