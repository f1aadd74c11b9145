"""*Kết nối AMIS*: where AMIS CRM is, what was read of it, what could not be taken and why, and whom its names mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError

from admission import HEAVY
from application.amis import AmisConnection, AmisDraft, Tried
from application.amis_fields import AmisFields
from application.amis_write_back import AmisWriteBack
from approval.model import Code, RefusedError
from approval.values import ShortText
from crm import directory
from problems import pointed
from texts import field_problem
from texts.connectors import amis_field_label, catalogue_label, failure_text, sync_kind_label, trouble_text
from web.deps import PoolDep, nobody_works
from web.form_limit import read_form
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin/amis")

ADDRESS: Final = "/admin/amis"
PAGE_SIZE: Final = 25


class Unknown(NamedTuple):
    """What was typed for a name of AMIS, and why that is nobody."""

    name: str
    username: str
    said: str


@router.get("", openapi_extra=HEAVY)
async def show(request: Request, page: PageDep, pool: PoolDep, cursor: str | None = None) -> Response:
    """How AMIS is reached, what came of it, what waits."""
    return await _show(request, page, pool, cursor=cursor)


@router.post("")
async def save(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Connect AMIS, or change how it is reached, and say whether it answers; a secret that is left empty stays."""
    amis = _service(request)
    typed = {name: str(value) for name, value in (await read_form(request)).items()}
    wanted: dict[str, Any] = {name: typed.get(name, "") for name in ("address", "client_id")}
    wanted |= {name: typed[name] for name in ("client_secret", "hint_secret") if typed.get(name)}
    wanted |= {"hint_secret": ""} if typed.get("no_hints") else {}
    names = {name: typed.get(f"field_{name}", "").strip() for name in AmisFields.model_fields}
    wanted["fields"] = {name: value for name, value in names.items() if value}
    try:
        told = {name: typed.get(f"write_{name}", "").strip() for name in AmisWriteBack.model_fields}
        draft = AmisDraft.model_validate({**wanted, "write_back": told, "enabled": typed.get("enabled") == "yes"})
        await amis.put(page.user, draft)
        tried = await amis.try_out(page.user)
    except (RefusedError, ValidationError) as error:
        return await _show(request, page, pool, typed=typed, errors=await _errors(page, error), status=422)
    if not tried.reached:
        why = trouble_text(tried.reason, tried.detail, page.language)
        page.tell("warning", page.gettext("Saved, but AMIS cannot be read"), why)
    elif draft.enabled:
        page.tell("success", page.gettext("Saved"), page.gettext("AMIS answers, and what it has is read from now on."))
    else:
        page.tell("success", page.gettext("Saved"), page.gettext("AMIS answers. It is not followed."))
    return page.redirect(ADDRESS)


@router.post("/test")
async def test(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Try whether AMIS can be reached, and show what came of it, with an order as it is read."""
    try:
        tried = await _service(request).try_out(page.user)
    except RefusedError as error:
        return await _refused(page, error)
    if tried.reached:
        found = page.formats.number(tried.orders) if tried.orders is not None else "?"
        page.tell(
            "success", page.gettext("AMIS answers"), page.gettext("It has %(num)s sales orders.") % {"num": found}
        )
    else:
        said = trouble_text(tried.reason, tried.detail, page.language)
        page.tell("danger", page.gettext("AMIS cannot be read"), said)
    return await _show(request, page, pool, tried=tried)


@router.post("/sync")
async def sync(request: Request, page: PageDep, what: Annotated[str, Form()] = "") -> Response:
    """Read now what has changed, or everything."""
    try:
        await _service(request).sync(page.user, everything=what == "everything")
    except RefusedError as error:
        return await _refused(page, error)
    page.tell("success", page.gettext("AMIS is read now"))
    return page.redirect(ADDRESS)


@router.post("/write")
async def write(request: Request, page: PageDep) -> Response:
    """Try again now what orders could not be told."""
    try:
        await _service(request).write_again(page.user)
    except RefusedError as error:
        return await _refused(page, error)
    page.tell("success", page.gettext("It is tried again"))
    return page.redirect(ADDRESS)


@router.post("/failures/retry")
async def retry_all(request: Request, page: PageDep) -> Response:
    """Try again now everything that could not be taken."""
    try:
        await _service(request).retry_all(page.user)
    except RefusedError as error:
        return await _refused(page, error)
    page.tell("success", page.gettext("It is tried again"))
    return page.redirect(ADDRESS)


@router.post("/failures/{failure_id}/retry")
async def retry(failure_id: UUID, request: Request, page: PageDep) -> Response:
    """Try something again now."""
    try:
        await _service(request).retry(page.user, failure_id)
    except RefusedError as error:
        return await _refused(page, error)
    page.tell("success", page.gettext("It is tried again"))
    return page.redirect(ADDRESS)


@router.post("/people")
async def assign(
    request: Request,
    page: PageDep,
    pool: PoolDep,
    name: Annotated[ShortText, Form()],
    username: Annotated[ShortText, Form()] = "",
) -> Response:
    """Say whom a name means; nobody, if none was chosen."""
    try:
        await _service(request).assign(page.user, name, username.strip() or None)
    except RefusedError as error:
        if error.refusal.code is not Code.INVALID:
            return await _refused(page, error)
        (said,) = (await _errors(page, error)).values()
        return await _show(request, page, pool, unknown=Unknown(name, username, said), status=422)
    page.tell(
        "success", page.gettext("Saved"), page.gettext("The orders of %(name)s are taken again.") % {"name": name}
    )
    return page.redirect(ADDRESS)


async def _show(
    request: Request,
    page: Page,
    pool: PoolDep,
    *,
    cursor: str | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    tried: Tried | None = None,
    unknown: Unknown | None = None,
    status: int = 200,
) -> Response:
    amis = _service(request)
    view = await amis.get(page.user)
    stored = {"address": view.address, "client_id": view.client_id, "enabled": "yes"}
    stored |= {f"write_{name}": value for name, value in view.write_back.model_dump().items()}
    usual = AmisFields().model_dump()
    names = view.fields.model_dump()
    stored |= {f"field_{name}": value if value != usual[name] else "" for name, value in names.items()}
    if view.connected and not view.enabled:
        stored["enabled"] = ""
    language = page.language
    return await page.render(
        "admin/amis.html",
        status=status,
        amis=view,
        is_possible=amis.is_possible,
        stands_still=view.quiet_since is not None and await nobody_works(request),
        failures=await amis.failures(page.user, limit=PAGE_SIZE, cursor=cursor),
        causes=await amis.causes(page.user),
        at_start=cursor is None,
        people=await amis.people(page.user) if view.connected else [],
        directory=await directory.everyone(pool) if view.connected else [],
        typed={**stored, **(typed or {})},
        errors=errors or {},
        tried=tried,
        unknown=unknown,
        usual=usual,
        field_groups=_field_groups(page),
        shows_fields=names != usual or any(name.startswith("field_") for name in errors or {}),
        field_label=lambda name: amis_field_label(name, language),
        kind_label=lambda kind: sync_kind_label(kind, language),
        catalogue_label=lambda kind: catalogue_label(kind, language),
        trouble=lambda one: trouble_text(one.trouble, one.detail, language),
        unwritten_why=lambda one: trouble_text(one.reason, one.params.get("detail", ""), language),
        why=lambda one: failure_text(one.reason, one.params, language),
    )


async def _errors(page: Page, error: RefusedError | ValidationError) -> dict[str, str]:
    """What is wrong, by the field of the form; what is wrong with none of them is said on top."""
    if isinstance(error, ValidationError):
        wrong = [pointed(item) for item in error.errors(include_url=False)]
    else:
        if error.refusal.code is Code.FORBIDDEN:
            raise error
        wrong = list(error.refusal.errors)
        if not wrong or not all(item.pointer for item in wrong):
            await page.tell_refusal(error)
    return {
        _input(item.pointer): field_problem(item.message, item.params, page.language) for item in wrong if item.pointer
    }


def _input(pointer: str) -> str:
    """The input that a pointer is about."""
    _, first, *rest = pointer.split("/")
    return f"field_{rest[0]}" if first == "fields" and rest else first


def _field_groups(page: Page) -> list[tuple[str, list[str]]]:
    """The names of fields of AMIS, list by list."""
    prefixes = {
        "line_": page.gettext("Lines of sales orders"),
        "product_": page.gettext("Products"),
        "customer_": page.gettext("Customers"),
        "warehouse_": page.gettext("Warehouses"),
    }
    groups: dict[str, list[str]] = {title: [] for title in (page.gettext("Sales orders"), *prefixes.values())}
    for name in AmisFields.model_fields:
        title = next((title for prefix, title in prefixes.items() if name.startswith(prefix)), None)
        groups[title or page.gettext("Sales orders")].append(name)
    return list(groups.items())


async def _refused(page: Page, error: RefusedError) -> Response:
    if error.refusal.code in (Code.FORBIDDEN, Code.NOT_FOUND):
        raise error
    await page.tell_refusal(error)
    return page.redirect(ADDRESS)


def _service(request: Request) -> AmisConnection:
    service: AmisConnection = request.app.state.amis
    return service
