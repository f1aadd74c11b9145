"""*Webhook và chat*: where other systems and chats are told what happens; what each was told, and what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError
from uuid_utils.compat import uuid7

from admission import HEAVY
from application.endpoints import EndpointChange, EndpointDraft, Endpoints, EndpointView
from approval.effects import EventType
from approval.model import Code, RefusedError
from crm.deliveries import DeliveryAnswer
from crm.endpoints import EndpointKind
from problems import pointed
from texts import field_problem
from texts.endpoints import call_failure, endpoint_kind_label, event_label, off_label
from web.form_limit import read_form
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin/endpoints")

ADDRESS: Final = "/admin/endpoints"
PAGE_SIZE: Final = 25
_EMPTY: Final = {"kind": EndpointKind.WEBHOOK.value, "name": "", "address": "", "chat_id": "", "language": "vi"}


@router.get("")
async def show_all(request: Request, page: PageDep) -> Response:
    """All endpoints, and the form for another one."""
    return await _list(page, _service(request))


@router.post("")
async def make(request: Request, page: PageDep) -> Response:
    """Make one from the form; a webhook's secret is shown this once."""
    service = _service(request)
    form = await read_form(request)
    typed = {name: str(value) for name, value in form.items()}
    events = [str(value) for value in form.getlist("event_types")]
    wanted: dict[str, Any] = {name: typed[name] for name in _EMPTY if typed.get(name)}
    wanted |= {"event_types": events} if events else {}
    try:
        draft = EndpointDraft.model_validate(wanted)
        made, secret = await service.make(page.user, draft, endpoint_id=UUID(typed.get("id", "")))
    except (RefusedError, ValidationError, ValueError) as error:
        return await _list(page, service, typed=typed, events=events, errors=await _errors(page, error), status=422)
    if secret is not None:
        return await _secret(page, made, secret)
    page.tell("success", page.gettext("%(name)s is told what happens from now on") % {"name": made.name})
    return page.redirect(f"{ADDRESS}/{made.id}")


@router.get("/{endpoint_id}", openapi_extra=HEAVY)
async def show(endpoint_id: UUID, request: Request, page: PageDep, cursor: str | None = None) -> Response:
    """One endpoint, and what it was told."""
    return await _one(page, _service(request), endpoint_id, cursor=cursor)


@router.post("/{endpoint_id}")
async def change(endpoint_id: UUID, request: Request, page: PageDep) -> Response:
    """Change one; an address that is left empty stays."""
    service = _service(request)
    form = await read_form(request)
    typed = {name: str(value) for name, value in form.items()}
    events = [str(value) for value in form.getlist("event_types")]
    wanted: dict[str, Any] = {"name": typed.get("name", ""), "event_types": events or None}
    wanted |= {name: typed[name] for name in ("address", "chat_id", "language") if typed.get(name)}
    try:
        await service.change(page.user, endpoint_id, EndpointChange.model_validate(wanted))
    except (RefusedError, ValidationError) as error:
        errors = await _errors(page, error)
        return await _one(page, service, endpoint_id, typed=typed, events=events, errors=errors, status=422)
    page.tell("success", page.gettext("Saved"))
    return page.redirect(f"{ADDRESS}/{endpoint_id}")


@router.post("/{endpoint_id}/switch")
async def switch(endpoint_id: UUID, request: Request, page: PageDep, to: Annotated[str, Form()]) -> Response:
    """Switch one on or off."""
    on = to == "on"
    changed = await _service(request).change(page.user, endpoint_id, EndpointChange(enabled=on))
    said = page.gettext("%(name)s is switched on") if on else page.gettext("%(name)s is switched off")
    page.tell("success", said % {"name": changed.name})
    return page.redirect(f"{ADDRESS}/{endpoint_id}")


@router.post("/{endpoint_id}/rotate")
async def rotate(endpoint_id: UUID, request: Request, page: PageDep, rotation_id: Annotated[UUID, Form()]) -> Response:
    """Give a webhook another secret, which is shown this once."""
    try:
        view, secret = await _service(request).rotate(page.user, endpoint_id, rotation_id=rotation_id)
    except RefusedError as error:
        return await _refused(page, error, f"{ADDRESS}/{endpoint_id}")
    return await _secret(page, view, secret)


@router.post("/{endpoint_id}/test")
async def test(endpoint_id: UUID, request: Request, page: PageDep) -> Response:
    """Try one now, and say what it answered."""
    try:
        tested = await _service(request).test(page.user, endpoint_id)
    except RefusedError as error:
        return await _refused(page, error, f"{ADDRESS}/{endpoint_id}")
    said = _answer_text(page, tested.answer)
    if tested.taken:
        page.tell("success", page.gettext("The test was taken"), said)
    else:
        page.tell("danger", page.gettext("The test was not taken"), said)
    return page.redirect(f"{ADDRESS}/{endpoint_id}")


@router.post("/{endpoint_id}/delete")
async def delete(endpoint_id: UUID, request: Request, page: PageDep) -> Response:
    """Delete one, with all that it was told."""
    await _service(request).delete(page.user, endpoint_id)
    page.tell("success", page.gettext("Deleted"))
    return page.redirect(ADDRESS)


@router.post("/{endpoint_id}/deliveries/{delivery_id}/resend")
async def resend(endpoint_id: UUID, delivery_id: UUID, request: Request, page: PageDep) -> Response:
    """Send something again."""
    try:
        await _service(request).resend(page.user, endpoint_id, delivery_id)
    except RefusedError as error:
        return await _refused(page, error, f"{ADDRESS}/{endpoint_id}")
    page.tell(
        "success", page.gettext("It is sent again"), page.gettext("What it is answered stands below in a moment.")
    )
    return page.redirect(f"{ADDRESS}/{endpoint_id}")


async def _list(
    page: Page,
    service: Endpoints,
    *,
    typed: Mapping[str, str] | None = None,
    events: list[str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return await page.render(
        "admin/endpoints.html",
        status=status,
        found=await service.everything(page.user),
        are_possible=service.are_possible,
        typed={**_EMPTY, **(typed or {})},
        chosen=events or [],
        errors=errors or {},
        kinds=[(kind.value, endpoint_kind_label(kind, page.language)) for kind in EndpointKind],
        id=uuid7(),
        **_words(page),
    )


async def _one(
    page: Page,
    service: Endpoints,
    endpoint_id: UUID,
    *,
    cursor: str | None = None,
    typed: Mapping[str, str] | None = None,
    events: list[str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    endpoint = await service.get(page.user, endpoint_id)
    stored = {"name": endpoint.name, "address": "", "chat_id": endpoint.chat_id, "language": endpoint.language}
    return await page.render(
        "admin/endpoint.html",
        status=status,
        endpoint=endpoint,
        found=await service.deliveries(page.user, endpoint_id, limit=PAGE_SIZE, cursor=cursor),
        at_start=cursor is None,
        typed={**stored, **(typed or {})},
        chosen=events if events is not None else list(endpoint.event_types or ()),
        errors=errors or {},
        rotation_id=uuid7(),
        answer_text=lambda answer: _answer_text(page, answer),
        **_words(page),
    )


async def _secret(page: Page, endpoint: EndpointView, secret: str) -> Response:
    return await page.render("admin/endpoint_secret.html", endpoint=endpoint, secret=secret)


def _words(page: Page) -> dict[str, Any]:
    language = page.language
    return {
        "event_types": [(event.value, event_label(event, language)) for event in EventType],
        "event_label": lambda event: event_label(event, language),
        "kind_label": lambda kind: endpoint_kind_label(kind, language),
        "off_label": lambda reason: off_label(reason, language),
    }


def _answer_text(page: Page, answer: DeliveryAnswer) -> str:
    """What came of a call, in a few words."""
    took = page.gettext("after %(took)s ms") % {"took": page.formats.number(answer.took_ms)}
    said = f"HTTP {answer.status}" if answer.status is not None else call_failure(answer.error, page.language)
    return f"{said}, {took}" + (f": {answer.body}" if answer.body.strip() else "")


async def _errors(page: Page, error: Exception) -> dict[str, str]:
    """What is wrong, by the field of the form; what is wrong with none of them is said on top."""
    if isinstance(error, ValidationError):
        wrong = [pointed(item) for item in error.errors(include_url=False)]
    elif isinstance(error, RefusedError):
        if error.refusal.code is Code.FORBIDDEN or error.refusal.code is Code.NOT_FOUND:
            raise error
        wrong = list(error.refusal.errors)
        if not all(item.pointer for item in wrong) or not wrong:
            await page.tell_refusal(error)
    else:
        wrong = []
    return {
        item.pointer.split("/")[1]: field_problem(item.message, item.params, page.language)
        for item in wrong
        if item.pointer
    }


async def _refused(page: Page, error: RefusedError, address: str) -> Response:
    if error.refusal.code in (Code.FORBIDDEN, Code.NOT_FOUND):
        raise error
    await page.tell_refusal(error)
    return page.redirect(address)


def _service(request: Request) -> Endpoints:
    service: Endpoints = request.app.state.endpoints
    return service
