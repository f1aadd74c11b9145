"""The list of purchase requests, and one of them: its run, its goods, its story, and what its owner does with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response

from admission import HEAVY
from application.attachments.attachments import RequestAttachments
from application.delivery.handover import Taken
from application.purchase_requests import PurchaseRequests
from application.views import further_refusals_view, request_view, timeline_view
from approval.attachments import KINDS, LARGEST
from approval.changes import ProposedChange
from approval.model import Action, ProcessStatus, RefusedError
from approval.order_changes import HoldChoice
from approval.values import Note, ShortText
from crm import directory, list_views, lists, processes
from crm.lists import DEFAULT_SORT
from crm.overview import step_names as step_names_of
from crm.pool import Pool
from crm.records import RequestRecord
from crm.rounds import RoundRecord
from crm.substitutions import departments
from crm.timeline import Entry
from problems import ProblemError
from texts import Language
from web.changes import Differences, proposals, since_approval_of, since_last_round
from web.deps import PoolDep, ServiceDep
from web.download import workbook
from web.list_files import request_columns
from web.list_filters import ALL, COLUMNS, Chosen, ChosenDep, address_of
from web.order_changes import order_shown
from web.rendering import Page, PageDep
from web.run_picture import past_round, picture, stopped_in
from web.talk import talk_about
from web.undoing import own_decisions

router = APIRouter()

PAGE_SIZE: Final = 25
FEW_ENTRIES: Final = 30
"""Entries of the timeline on the page of a request, at first."""
MOST_ENTRIES: Final = 200

_ENDINGS: Final = ",".join(f".{ending}" for ending in KINDS)
"""Of files that browsers are to let people choose from."""

Entries = Annotated[int, Query(ge=1, le=MOST_ENTRIES)]
NoteField = Annotated[Note, Form()]


@router.get("/requests", openapi_extra=HEAVY)
async def list_requests(page: PageDep, pool: PoolDep, chosen: ChosenDep, cursor: str | None = None) -> Response:
    """The requests that the caller may see, newest first unless they are sorted by something else; whoever asks for nothing in
    particular sees their default view.
    """
    views = await list_views.of_person(pool, page.user.username)
    if not page.request.url.query and (first := next((view for view in views if view.is_default), None)):
        return page.redirect(address_of(first, page.formats))
    filters, errors = chosen.read(page.formats, page.user.viewer)
    sort = chosen.sort or DEFAULT_SORT
    found = await lists.page(pool, page.user.viewer, filters, sort=sort, limit=PAGE_SIZE, cursor=cursor)
    current = next((view for view in views if str(view.id) == chosen.view), None)
    return await page.render(
        "requests/list.html",
        found=found,
        chosen=chosen,
        errors=errors,
        narrowed=chosen.narrowed,
        query=chosen.query,
        columns=COLUMNS,
        views=[(view, address_of(view, page.formats)) for view in views],
        current=current,
        differs=current is not None and current.address != chosen.kept(page.formats, page.user.viewer),
        statuses=tuple(ProcessStatus),
        departments=await departments(pool),
        waiting=await _waiting(page, pool, chosen),
        at_start=cursor is None,
    )


async def _waiting(page: Page, pool: Pool, chosen: Chosen) -> list[tuple[str, str]]:
    """Of which waiting the list is, in words, and the query of its address without that: what no field of its form says."""
    said = []
    if (place := chosen.waiting_at) is not None:
        names = await step_names_of(pool, [place.process])
        step, process = (
            names.get((place.process, key), {}).get(page.language, other)
            for key, other in ((place.step, place.step), ("", place.process))
        )
        said.append(("step", page.gettext("Waiting at %(step)s · %(process)s") % {"step": step, "process": process}))
    if username := chosen.waiting_on:
        name = (await directory.names(pool, [username])).get(username, username)
        said.append(("waiting_on", page.gettext("Waiting for %(name)s") % {"name": name}))
    return [
        (text, urlencode({name: value for name, value in chosen.query.items() if name != field} | {"view": ALL}))
        for field, text in said
    ]


@router.get("/requests.xlsx", openapi_extra=HEAVY)
async def download(page: PageDep, pool: PoolDep, chosen: ChosenDep) -> Response:
    """The same as an Excel file, all of it as far as one file holds: with the columns that were chosen, or else with every one."""
    filters, _ = chosen.read(page.formats, page.user.viewer)
    sort = chosen.sort or DEFAULT_SORT

    async def read(limit: int, cursor: str | None) -> lists.Page:
        return await lists.page(pool, page.user.viewer, filters, sort=sort, limit=limit, cursor=cursor)

    columns = request_columns(page, chosen.columns if chosen.column else COLUMNS)
    return await workbook("purchase-requests", page.gettext("Purchase requests"), columns, read)


@router.get("/requests/{request_id}", openapi_extra=HEAVY)
async def show(
    request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep, entries: Entries = FEW_ENTRIES
) -> Response:
    """One request: where its run is, what is asked for, and what happened last."""
    record = await service.get(page.user, request_id)
    context = await request_context(page, pool, service, record, entries=entries)
    return await page.render("requests/page.html", **context)


@router.get("/requests/{request_id}/timeline", openapi_extra=HEAVY)
async def show_timeline(request_id: UUID, page: PageDep, service: ServiceDep, cursor: str | None = None) -> Response:
    """What happened to a request, page by page, the newest first."""
    record = await service.get(page.user, request_id)
    found, further, rounds = await asyncio.gather(
        service.timeline(record, limit=MOST_ENTRIES, cursor=cursor, newest_first=True),
        service.further_refusals(record),
        service.rounds(record),
    )
    return await page.render(
        "requests/timeline.html",
        record=record,
        history=timeline_view(found.items[::-1], page.language, page.site.zone),
        further_refusals=further_refusals_view(further, page.language) if cursor is None else (),
        next_cursor=found.next_cursor,
        step_names=step_names(rounds, page.language),
        line_names=line_names(rounds),
        at_start=cursor is None,
    )


async def request_context(
    page: Page, pool: Pool, service: PurchaseRequests, record: RequestRecord, *, entries: int = FEW_ENTRIES
) -> dict[str, Any]:
    """What a page about one request shows of it; see ``templates/requests/page.html``.

    Args:
        entries: how many of the timeline.
    """
    view = request_view(record, page.user, page.language)
    attachments: RequestAttachments = page.request.app.state.attachments
    story, further, rounds, files, named, talk = await asyncio.gather(
        service.story(record, newest=entries),
        service.further_refusals(record),
        service.rounds(record),
        attachments.list(page.user, record),
        process_name(pool, record, page.language),
        talk_about(pool, record, page.user),
    )
    history = story.decided
    preview = await service.preview(page.user, record) if Action.SEND in view.allowed_actions else None
    blocked = None
    if preview is not None and preview.refusal is not None:
        blocked = (await page.explain(RefusedError(preview.refusal))).detail
    deciding = Action.APPROVE in view.allowed_actions
    own = since_approval_of(record, rounds, page.user.username) if deciding else None
    return {
        "record": record,
        "view": view,
        "order": order_shown(record),
        "own_decisions": await own_decisions(page, record.id),
        "files": files,
        "largest_file": LARGEST,
        "file_endings": _ENDINGS,
        "nodes": picture(record, history, page.language, preview),
        "blocked": blocked,
        "outlook": await service.outlook(record, page.language),
        "process_name": named,
        "changed": since_last_round(record, rounds) if own is None else own,
        "changed_since_own_approval": own is not None,
        "no_changes": Differences(),
        "proposed": proposals(current_proposals(record)),
        "warnings": {warning.pointer: warning.detail for warning in view.warnings},
        "names": _names(record, rounds, history),
        "step_names": step_names(rounds, page.language),
        "line_names": line_names(rounds),
        "earlier": [
            {
                "record": sent,
                "nodes": (nodes := past_round(sent, record, history, page.language)),
                "stopped": stopped_in(nodes),
                "proposed": proposals(sent.proposed),
            }
            for sent in rounds[:-1]
        ],
        "talk": talk,
        "talk_typed": None,
        "history": timeline_view(story.newest, page.language, page.site.zone),
        "further_refusals": further_refusals_view(further, page.language),
        "earlier_entries": story.earlier,
        "more_entries": _more_entries(page) if entries < MOST_ENTRIES else None,
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


@router.post("/requests/{request_id}/resolve-hold")
async def resolve_hold(
    request_id: UUID,
    page: PageDep,
    service: ServiceDep,
    command_id: Annotated[UUID, Form()],
    version: Annotated[int, Form()],
    choice: Annotated[HoldChoice, Form()],
    note: NoteField = "",
) -> Response:
    """Answer a changed order: keep the request as it is, or have it back and go on to its form."""
    amends = choice is HoldChoice.AMEND
    try:
        taken = await service.commands.decide(
            page.user,
            request_id,
            Action.RESOLVE_HOLD,
            command_id=command_id,
            choice=choice,
            note=note.strip(),
            version=version,
            maybe_repeated=True,
        )
    except (RefusedError, ProblemError) as error:
        await page.tell_refusal(error)
        return page.redirect(f"/requests/{request_id}")
    tell_taken(page, taken, page.gettext("It is yours to amend") if amends else page.gettext("Kept as it is"))
    return page.redirect(f"/requests/{request_id}{'/edit' if amends and taken.record is not None else ''}")


@router.post("/requests/{request_id}/remind")
async def remind(
    request_id: UUID,
    page: PageDep,
    service: ServiceDep,
    command_id: Annotated[UUID, Form()],
    step: Annotated[ShortText, Form()],
) -> Response:
    """Have everybody reminded who can decide a step."""
    return await _decide(page, service, request_id, Action.REMIND, command_id, done=page.gettext("Reminded"), step=step)


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
    page: Page,
    service: PurchaseRequests,
    request_id: UUID,
    action: Action,
    command_id: UUID,
    note: str = "",
    *,
    done: str,
    step: str | None = None,
) -> Response:
    try:
        taken = await service.commands.decide(
            page.user, request_id, action, command_id=command_id, note=note.strip(), step=step, maybe_repeated=True
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


def _more_entries(page: Page) -> str:
    """The same page with as many entries of the timeline as it may show."""
    url = page.request.url.include_query_params(entries=MOST_ENTRIES)
    return f"{url.path}?{url.query}"


def step_names(rounds: Iterable[RoundRecord], language: Language) -> dict[str, str]:
    """Names of the steps of rounds, by their keys."""
    return {step.plan.key: step.plan.name[language] for sent in rounds for step in sent.steps}


def line_names(rounds: Iterable[RoundRecord]) -> dict[UUID, str]:
    """What the lines of rounds ask for, by their ids."""
    return {
        line.id: line.description or line.product_code
        for sent in rounds
        for line in (sent.request.lines if sent.request else ())
    }


def _names(record: RequestRecord, rounds: list[RoundRecord], history: Iterable[Entry]) -> Mapping[str, str]:
    """Names by username of everybody who had to do with the request."""
    approvers = {person.username: person.name for sent in rounds for step in sent.steps for person in step.people}
    return {record.owner.username: record.owner.name} | approvers | {e.actor: e.actor_name for e in history}


async def process_name(pool: Pool, record: RequestRecord, language: Language) -> str:
    """The name of the process that a request runs through; empty before it is sent."""
    if record.run is None:
        return ""
    name = await processes.name_of(pool, record.run.process_key, record.run.process_version)
    return name[language] if name else record.run.process_key
