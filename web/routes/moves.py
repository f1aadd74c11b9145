"""Runs of a process that go on with an older version, for admins: listed first, then moved to another version if they choose so."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from uuid_utils.compat import uuid7

from admission import HEAVY
from application.moving import Movable, MovingRuns
from approval.model import Refusal, RefusedError, Role
from texts import short_refusal
from web.deps import PoolDep
from web.form_limit import read_form
from web.rendering import Page, PageDep
from web.routes.processes import Key, find, find_draft

router = APIRouter(prefix="/admin/processes")

_VERSION: Final = Query(ge=1, le=2**31 - 1)


async def get_moving(request: Request) -> MovingRuns:
    """The application service."""
    service: MovingRuns = request.app.state.moving_runs
    return service


MovingDep = Annotated[MovingRuns, Depends(get_moving)]


@router.get("/{key}/runs", openapi_extra=HEAVY)
async def show(
    key: Key, page: PageDep, pool: PoolDep, moving: MovingDep, to: Annotated[int | None, _VERSION] = None
) -> Response:
    """The runs that go on with another version than one, the newest if none is named, and what moving them would do."""
    page.user.require_role(Role.ADMIN)
    process, draft = await find(pool, key), await find_draft(pool, key)
    version = to or process.version
    found = await moving.plan(page.user, key, version) if version is not None else None
    items = found.items if found is not None else ()
    return await page.render(
        "admin/runs.html",
        process=process,
        definition=draft,
        to=version,
        items=items,
        more=found is not None and found.next_after is not None,
        refused=_refused(items, page),
        command_id=uuid7(),
    )


@router.post("/{key}/runs")
async def move(key: Key, request: Request, page: PageDep, moving: MovingDep) -> Response:
    """Move the runs that were chosen."""
    page.user.require_role(Role.ADMIN)
    form = await read_form(request)
    try:
        version = int(str(form.get("to", "")))
        command = UUID(str(form.get("command_id", "")))
        chosen = [UUID(str(one)) for one in form.getlist("request")]
    except ValueError:
        return page.redirect(f"/admin/processes/{key}/runs")
    if not chosen:
        page.tell("warning", page.gettext("Choose runs first"))
        return page.redirect(f"/admin/processes/{key}/runs?to={version}")
    try:
        done = await moving.move(page.user, key, version, chosen, command=command)
    except RefusedError as error:
        await page.tell_refusal(error)
        return page.redirect(f"/admin/processes/{key}/runs")
    refused = [one for one in done if one.refusal is not None]
    moved = sum(one.refusal is None for one in done)
    if moved:
        page.tell(
            "success",
            page.gettext("%(count)s moved to version %(version)s") % {"count": moved, "version": version},
            page.gettext("What was decided stands; it is on the timeline of each."),
        )
    for one in refused:
        assert one.refusal is not None  # noqa: S101 - see above
        page.tell("danger", one.number, short_refusal(one.refusal.code, one.refusal.params, page.language))
    return page.redirect(f"/admin/processes/{key}/runs?to={version}")


def _refused(items: tuple[Movable, ...], page: Page) -> dict[UUID, str]:
    """Why some cannot be moved, in words, by request."""

    def words(refusal: Refusal) -> str:
        return short_refusal(refusal.code, refusal.params, page.language)

    found: dict[UUID, Any] = {one.request_id: words(one.refusal) for one in items if one.refusal is not None}
    return found
