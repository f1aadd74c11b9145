"""The list of purchase requests, and one of them: its run, its goods, its story, and what its owner does with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response

from admission import HEAVY
from application.delivery.handover import Taken
from application.purchase_requests import PurchaseRequests
from application.views import request_view, timeline_view
from approval.changes import ProposedChange
from approval.model import Action, ProcessStatus, RefusedError
from approval.values import Note, ShortText
from crm import lists, processes
from crm.lists import DEFAULT_SORT, Filters
from crm.pool import Pool
from crm.records import RequestRecord
from crm.rounds import RoundRecord
from crm.timeline import Entry
from problems import ProblemError
from texts import Language
from web.changes import Differences, proposals, since_last_round
from web.deps import PoolDep, ServiceDep
from web.rendering import Page, PageDep
from web.run_picture import past_round, picture

router = APIRouter()

PAGE_SIZE: Final = 25

NoteField = Annotated[Note, Form()]


@router.get("/requests", openapi_extra=HEAVY)
async def list_requests(
    page: PageDep,
    pool: PoolDep,
    q: Annotated[ShortText, Query()] = "",
    process_status: ShortText = "",
    purchase_status: ShortText = "",
    owner: ShortText = "",
    sort: ShortText = "",
    cursor: str | None = None,
) -> Response:
    """The requests that the caller may see, newest first unless they are sorted by something else."""
    filters = Filters(
        q=q,
        process_status=tuple(status for status in ProcessStatus if status == process_status),
        purchase_status=(purchase_status,) if purchase_status else (),
        owner=owner or None,
    )
    found = await lists.page(pool, page.user.viewer, filters, sort=sort or DEFAULT_SORT, limit=PAGE_SIZE, cursor=cursor)
    chosen = {"q": q, "process_status": process_status, "purchase_status": purchase_status, "owner": owner}
    narrowed = {name: value for name, value in chosen.items() if value}
    return await page.render(
        "requests/list.html",
        found=found,
        chosen=chosen,
        narrowed=narrowed,
        sort=sort,
        query=narrowed | ({"sort": sort} if sort else {}),
        statuses=tuple(ProcessStatus),
        at_start=cursor is None,
    )


@router.get("/requests/{request_id}", openapi_extra=HEAVY)
async def show(request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep) -> Response:
    """One request: where its run is, what is asked for, and everything that happened."""
    record = await service.get(page.user, request_id)
    return await page.render("requests/page.html", **await request_context(page, pool, service, record))


async def request_context(page: Page, pool: Pool, service: PurchaseRequests, record: RequestRecord) -> dict[str, Any]:
    """What a page about one request shows of it; see ``templates/requests/page.html``."""
    view = request_view(record, page.user, page.language)
    history, rounds, process_name = await asyncio.gather(
        service.history(record), service.rounds(record), _process_name(pool, record, page.language)
    )
    preview = await service.preview(record) if Action.SEND in view.allowed_actions else None
    blocked = None
    if preview is not None and preview.refusal is not None:
        blocked = (await page.explain(RefusedError(preview.refusal))).detail
    return {
        "record": record,
        "view": view,
        "nodes": picture(record, history, page.language, preview),
        "blocked": blocked,
        "process_name": process_name,
        "changed": since_last_round(record, rounds),
        "no_changes": Differences(),
        "proposed": proposals(current_proposals(record)),
        "warnings": {warning.pointer: warning.detail for warning in view.warnings},
        "names": _names(record, rounds, history),
        "step_names": {step.plan.key: step.plan.name[page.language] for sent in rounds for step in sent.steps},
        "line_names": {
            line.id: line.description or line.product_code
            for sent in rounds
            for line in (sent.request.lines if sent.request else ())
        },
        "earlier": [
            {
                "record": sent,
                "nodes": past_round(sent, record, history, page.language),
                "proposed": proposals(sent.proposed),
            }
            for sent in rounds[:-1]
        ],
        "history": timeline_view(history, page.language, page.site.zone).items,
    }


@router.post("/requests/{request_id}/recall")
async def recall(
    request_id: UUID, page: PageDep, service: ServiceDep, command_id: Annotated[UUID, Form()], note: NoteField = ""
) -> Response:
    """Take a request back from approval."""
    return await _decide(page, service, request_id, Action.RECALL, command_id, note, done=page.gettext("Recalled"))


@router.post("/requests/{request_id}/cancel")
async def cancel(
    request_id: UUID, page: PageDep, service: ServiceDep, command_id: Annotated[UUID, Form()], note: NoteField = ""
) -> Response:
    """End the run; a note is required."""
    return await _decide(page, service, request_id, Action.CANCEL, command_id, note, done=page.gettext("Cancelled"))


@router.post("/requests/{request_id}/resolve-approvers")
async def resolve_approvers(
    request_id: UUID, page: PageDep, service: ServiceDep, command_id: Annotated[UUID, Form()]
) -> Response:
    """Give the steps that are still to be decided the approvers that the directory gives today."""
    try:
        taken = await service.commands.resolve_approvers(page.user, request_id, command_id=command_id)
    except (RefusedError, ProblemError) as error:
        await page.tell_refusal(error)
    else:
        tell_taken(page, taken, page.gettext("Approvers resolved again"))
    return page.redirect(f"/requests/{request_id}")


@router.post("/requests/{request_id}/delete")
async def delete(request_id: UUID, page: PageDep, service: ServiceDep, version: Annotated[int, Form()]) -> Response:
    """Delete a request that was never sent."""
    try:
        await service.delete(page.user, request_id, version=version)
    except RefusedError as error:
        await page.tell_refusal(error)
        return page.redirect(f"/requests/{request_id}")
    page.tell("success", page.gettext("The request is deleted"))
    return page.redirect("/requests")


def tell_taken(page: Page, taken: Taken, done: str) -> None:
    """Say that a command was done, or that it is taken and will be done."""
    if taken.record is not None:
        page.tell("success", done)
    else:
        page.tell(
            "info",
            page.gettext("Taken, not done yet"),
            page.gettext(
                "The process system cannot be reached right now. This is kept and done as soon as it is back."
            ),
        )


async def _decide(
    page: Page, service: PurchaseRequests, request_id: UUID, action: Action, command_id: UUID, note: str, *, done: str
) -> Response:
    try:
        taken = await service.commands.decide(
            page.user, request_id, action, command_id=command_id, note=note.strip(), maybe_repeated=True
        )
    except (RefusedError, ProblemError) as error:
        await page.tell_refusal(error)
    else:
        tell_taken(page, taken, done)
    return page.redirect(f"/requests/{request_id}")


def current_proposals(record: RequestRecord) -> tuple[ProposedChange, ...]:
    """What stands beside the request's values: nothing once the round that proposed it has failed."""
    shown = record.process_status in (ProcessStatus.IN_PROGRESS, ProcessStatus.COMPLETED)
    return record.run.proposed if record.run and shown else ()


def _names(record: RequestRecord, rounds: list[RoundRecord], history: list[Entry]) -> Mapping[str, str]:
    """Names by username of everybody who had to do with the request."""
    approvers = {person.username: person.name for sent in rounds for step in sent.steps for person in step.people}
    return {record.owner.username: record.owner.name} | approvers | {e.actor: e.actor_name for e in history}


async def _process_name(pool: Pool, record: RequestRecord, language: Language) -> str:
    if record.run is None:
        return ""
    name = await processes.name_of(pool, record.run.process_key, record.run.process_version)
    return name[language] if name else record.run.process_key
