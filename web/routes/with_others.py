"""Forwarding a request, asking somebody about it, having somebody decide it too; and answering what one was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field, ValidationError

from admission import HEAVY
from approval.model import Action, Code, Frozen, RefusedError, refuse
from approval.state import Where
from approval.values import Note, ShortText
from crm.pool import Pool
from crm.records import RequestRecord
from problems import STATUS, ProblemError, pointed
from web.deps import PoolDep, ServiceDep
from web.form_limit import read_form
from web.rendering import Page, PageDep
from web.routes.requests import tell_taken
from web.with_others import others_for

router = APIRouter()

_STAYS: Final = frozenset({Code.INVALID, Code.NOTE_REQUIRED, Code.NOT_ELIGIBLE, Code.APPROVER_NOT_ELIGIBLE})
"""Refusals after which the same person can still put the form right."""


class Sent(Frozen):
    """What a form sends."""

    what: Annotated[str, Field(pattern="^(forward|consult|add_approver)$")]
    step: ShortText
    acting_for: ShortText | None = None
    command_id: UUID
    to: ShortText
    note: Note = ""
    where: Where | None = None


@router.get("/inbox/{request_id}/others", openapi_extra=HEAVY)
async def show(
    request_id: UUID,
    page: PageDep,
    pool: PoolDep,
    service: ServiceDep,
    step: ShortText | None = None,
    acting_for: Annotated[ShortText | None, Query(alias="for")] = None,
) -> Response:
    """The forms on a page of their own; for whoever can do nothing of it, the request's own page."""
    record = await service.get(page.user, request_id)
    return await _forms(page, pool, record, step=step, acting_for=acting_for)


@router.post("/inbox/{request_id}/others")
async def act(request: Request, request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep) -> Response:
    """Forward, ask, or add an approver."""
    fields = {name: str(value) for name, value in (await read_form(request)).items()}
    try:
        sent = Sent.model_validate({name: fields[name] for name in Sent.model_fields if fields.get(name)})
    except ValidationError as error:
        wrong = refuse(Code.INVALID, *(pointed(item) for item in error.errors(include_url=False)))
        return await _refused(page, pool, await service.get(page.user, request_id), wrong, fields)
    action = Action(sent.what)
    try:
        taken = await service.commands.decide(
            page.user,
            request_id,
            action,
            command_id=sent.command_id,
            step=sent.step,
            acting_for=sent.acting_for if action is Action.CONSULT else None,
            note=sent.note,
            to=sent.to,
            where=sent.where if action is Action.ADD_APPROVER else None,
            maybe_repeated=True,
        )
    except (RefusedError, ProblemError) as error:
        return await _refused(page, pool, await service.get(page.user, request_id), error, fields)
    done = {
        Action.FORWARD: page.gettext("Forwarded"),
        Action.CONSULT: page.gettext("Asked"),
        Action.ADD_APPROVER: page.gettext("Approver added"),
    }
    tell_taken(page, taken, done[action])
    return page.redirect("/inbox" if action is Action.FORWARD else f"/requests/{request_id}")


@router.post("/requests/{request_id}/answer")
async def answer(
    request_id: UUID,
    page: PageDep,
    service: ServiceDep,
    command_id: Annotated[UUID, Form()],
    consultation_id: Annotated[UUID, Form()],
    note: Annotated[Note, Form()] = "",
) -> Response:
    """Answer what one was asked."""
    try:
        taken = await service.commands.decide(
            page.user,
            request_id,
            Action.ANSWER,
            command_id=command_id,
            consultation_id=consultation_id,
            note=note.strip(),
            maybe_repeated=True,
        )
    except (RefusedError, ProblemError) as error:
        await page.tell_refusal(error)
    else:
        tell_taken(page, taken, page.gettext("Answered"))
    return page.redirect(f"/requests/{request_id}")


async def _refused(
    page: Page, pool: Pool, record: RequestRecord, error: RefusedError | ProblemError, fields: Mapping[str, str]
) -> Response:
    """The form again where it can still be put right; else the request, with what happened first."""
    await page.tell_refusal(error)
    if not isinstance(error, RefusedError) or error.refusal.code not in _STAYS:
        return page.redirect(f"/requests/{record.id}")
    return await _forms(
        page,
        pool,
        record,
        step=fields.get("step"),
        acting_for=fields.get("acting_for"),
        status=STATUS[error.refusal.code],
        typed=fields,
    )


async def _forms(
    page: Page,
    pool: Pool,
    record: RequestRecord,
    *,
    step: str | None,
    acting_for: str | None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> Response:
    others = await others_for(pool, record, page.user, step, acting_for)
    what = (typed or {}).get("what")
    if others is None or (what is not None and what not in others.actions):
        return page.redirect(f"/requests/{record.id}")
    context: dict[str, Any] = {"record": record, "others": others, "typed": typed or {}, "what": what}
    return await page.render("inbox/others.html", status=status, **context)
