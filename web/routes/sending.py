"""Sending a purchase request: at once where nothing is left to say, or from a page that shows who will approve and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

from fastapi import APIRouter, Form, Request, Response

from application.commands import SendOrder
from application.delivery.handover import Taken
from application.permissions import allowed_actions
from application.planning import Preview
from application.purchase_requests import PurchaseRequests
from application.views import preview_view
from application.warnings import warnings_of
from approval.model import Action, Code, Refusal, RefusedError
from approval.values import Note
from crm.records import RequestRecord
from problems import ProblemError
from web.deps import ServiceDep
from web.form_limit import read_form
from web.order_changes import order_shown
from web.rendering import Page, PageDep
from web.routes.requests import tell_taken

router = APIRouter()

_CHOICE: Final = "approver."


@router.get("/requests/{request_id}/send")
async def send_page(request_id: UUID, page: PageDep, service: ServiceDep) -> Response:
    """Who will approve and why, and the choice of approvers, before one sends."""
    record = await service.get(page.user, request_id)
    if Action.SEND not in allowed_actions(record, page.user):
        await page.tell_refusal(RefusedError(why_locked(page, record)))
        return page.redirect(f"/requests/{request_id}")
    return await _send_page(page, service, record)


@router.post("/requests/{request_id}/send")
async def send(
    request: Request,
    request_id: UUID,
    page: PageDep,
    service: ServiceDep,
    command_id: Annotated[UUID, Form()],
    version: Annotated[int, Form()],
    note: Annotated[Note, Form()] = "",
) -> Response:
    """Send or resend. If the engine is away, the request waits and is sent once it is back."""
    sent = await read_form(request)
    choices = {
        name.removeprefix(_CHOICE): str(value) for name, value in sent.items() if name.startswith(_CHOICE) and value
    }
    order = SendOrder(choices=choices, note=note.strip())
    try:
        taken = await service.commands.send(page.user, request_id, order, command_id=command_id, version=version)
    except (RefusedError, ProblemError) as error:
        record = await service.get(page.user, request_id)
        if Action.SEND in allowed_actions(record, page.user):
            return await _send_page(
                page, service, record, choices=choices, note=note, problem=await page.explain(error)
            )
        await page.tell_refusal(error)
        return page.redirect(f"/requests/{request_id}")
    return _sent(page, request_id, taken)


async def send_saved(page: Page, service: PurchaseRequests, record: RequestRecord) -> Response:
    """Send what was saved just now. Where there is something to choose or to look at first, the page asks that says who will
    approve; it says as well that the request is saved, and not sent yet.
    """
    if Action.SEND not in allowed_actions(record, page.user):  # the same form was sent twice
        return page.redirect(f"/requests/{record.id}")
    preview = await service.preview(page.user, record)
    if not _is_settled(preview) or record.order_changes or _to_look_at(page, record):
        return page.redirect(f"/requests/{record.id}/send")
    try:
        taken = await service.commands.send(
            page.user,
            record.id,
            SendOrder(),
            command_id=uuid5(record.id, f"send/{record.version}"),
            version=record.version,
        )
    except (RefusedError, ProblemError) as error:
        await page.tell_refusal(error)
        return page.redirect(f"/requests/{record.id}/send")
    return _sent(page, record.id, taken)


def why_locked(page: Page, record: RequestRecord) -> Refusal:
    """Why somebody may neither edit nor send a request."""
    if record.owner.username != page.user.username:
        return Refusal(code=Code.FORBIDDEN, params={"action": Action.EDIT})
    variant = {"variant": "waiting"} if record.send_pending else {}
    return Refusal(code=Code.REQUEST_LOCKED, params={"status": record.process_status, **variant})


def _is_settled(preview: Preview) -> bool:
    """Whether a send needs nothing more of its owner."""
    return preview.refusal is None and not any(step.must_choose and not step.plan.skipped for step in preview.steps)


def _sent(page: Page, request_id: UUID, taken: Taken) -> Response:
    """The request that was sent, or waits to be."""
    if taken.record is None:
        page.tell(
            "info",
            page.gettext("Waiting to be sent"),
            page.gettext("The request is saved and goes out as soon as the process system can be reached."),
        )
    else:
        first = taken.record.run is None or taken.record.run.round == 1
        done = page.gettext("The request is sent") if first else page.gettext("The request is sent again")
        tell_taken(page, taken, done)
    return page.redirect(f"/requests/{request_id}")


async def _send_page(
    page: Page,
    service: PurchaseRequests,
    record: RequestRecord,
    *,
    choices: dict[str, str] | None = None,
    note: str = "",
    problem: Any = None,
) -> Response:
    preview = preview_view(await service.preview(page.user, record), page.language, page.site.zone)
    return await page.render(
        "requests/send.html",
        status=422 if problem else 200,
        record=record,
        order=order_shown(record),
        preview=preview,
        warnings=_to_look_at(page, record),
        choices=choices or {},
        note=note,
        problem=problem,
    )


def _to_look_at(page: Page, record: RequestRecord) -> list[str]:
    """What is to be said before a request is sent, and keeps nobody from sending it."""
    found = [warning.detail for warning in warnings_of(record, page.language)]
    day, today = record.desired_delivery_date, datetime.now(page.site.zone).date()
    if day is not None and record.request_date <= day < today:
        found.append(page.gettext("The desired delivery date, %(day)s, is over") % {"day": page.formats.day(day)})
    return found
