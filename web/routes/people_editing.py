"""Making and changing people: what is typed, what it would do, and then it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData
from uuid_utils.compat import uuid7

from admission import HEAVY
from application.people import Preview
from approval.model import Code, RefusedError, Role
from approval.people import PersonChange, PersonDraft
from approval.values import ShortText
from crm import people_pages
from crm.people_pages import PersonRecord
from crm.pool import Pool
from problems import pointed
from texts import field_problem
from texts.people import effect_text, person_field_label
from web.deps import PoolDep
from web.form_limit import read_form
from web.rendering import Page, PageDep
from web.routes.people import address_of, service_of, shown

router = APIRouter(prefix="/admin")

_TEXTS: Final = ("name", "manager", "department", "email", "language")
_EMPTY: Final = {
    "username": "",
    "name": "",
    "manager": "",
    "department": "",
    "email": "",
    "language": "vi",
    "other_roles": "",
}


@router.get("/new-person")
async def show_new(page: PageDep, pool: PoolDep) -> Response:
    """The form for somebody new."""
    page.user.require_role(Role.ADMIN)
    return await _form(page, pool, None, _EMPTY, ())


@router.post("/new-person")
async def make(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Make somebody from the form."""
    page.user.require_role(Role.ADMIN)
    form = await read_form(request)
    typed, roles = _typed(form), _roles(form)
    try:
        wanted = {name: typed.get(name, _EMPTY[name]) for name in ("username", *_TEXTS)} | {"roles": roles}
        draft = PersonDraft.model_validate({**wanted, "manager": wanted["manager"] or None})
        made = await service_of(request).make(page.user, draft, change_id=_id(typed))
    except (RefusedError, ValidationError) as error:
        return await _form(page, pool, None, typed, roles, errors=_errors(page, error), status=422)
    page.tell("success", page.gettext("%(name)s is in the directory now") % {"name": made.name})
    return page.redirect(address_of(made.username))


@router.get("/people/{username}/edit")
async def show_edit(username: ShortText, request: Request, page: PageDep, pool: PoolDep) -> Response:
    """The form for somebody as they are."""
    record = await service_of(request).find(page.user, username)
    return await _form(page, pool, record, _of_record(record), record.roles)


@router.post("/people/{username}/preview", openapi_extra=HEAVY)
async def show_effects(username: ShortText, request: Request, page: PageDep, pool: PoolDep) -> Response:
    """What a change would do, before it is made."""
    service = service_of(request)
    record = await service.find(page.user, username)
    form = await read_form(request)
    typed, roles = _typed(form), _roles(form)
    try:
        preview = await service.preview(page.user, username, _change(form, typed, roles))
    except (RefusedError, ValidationError) as error:
        if isinstance(error, RefusedError) and error.refusal.code is not Code.INVALID:
            raise
        errors = _errors(page, error)
        if "left" in form:  # from the page of somebody, which has no form to show it in
            page.tell("danger", page.gettext("This cannot be done"), " ".join(errors.values()))
            return page.redirect(address_of(username))
        return await _form(page, pool, record, typed, roles, errors=errors, status=422)
    if not preview.values:
        page.tell("info", page.gettext("Nothing is another than it was"))
        return page.redirect(address_of(username))
    return await _effects(page, preview, typed.get("version", str(record.version)))


@router.post("/people/{username}")
async def change(username: ShortText, request: Request, page: PageDep) -> Response:
    """Make a change that was looked at."""
    service = service_of(request)
    form = await read_form(request)
    typed = _typed(form)
    version = typed.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else None  # whichever there is
    try:
        wanted = _change(form, typed, _roles(form)).model_copy(update={"give_up_admin": "give_up_admin" in form})
        changed = await service.change(page.user, username, wanted, seen=seen, change_id=uuid7())
    except (RefusedError, ValidationError) as error:
        if isinstance(error, RefusedError) and error.refusal.code not in (Code.INVALID, Code.STALE_VERSION):
            raise
        said = " ".join(_errors(page, error).values())
        if isinstance(error, RefusedError) and not said:
            await page.tell_refusal(error)
        else:
            page.tell("danger", page.gettext("This cannot be done"), said)
        return page.redirect(address_of(username))
    page.tell("success", page.gettext("%(name)s is changed") % {"name": changed.name})
    if changed.left and "left" in form and (await service.detail(page.user, username)).places:
        return page.redirect(f"/admin/handover?person={quote(username, safe='')}&to=manager")
    return page.redirect(address_of(username))


async def _form(
    page: Page,
    pool: Pool,
    record: PersonRecord | None,
    typed: Mapping[str, str],
    roles: tuple[str, ...],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    choices = await people_pages.choices(pool)
    offered = tuple(dict.fromkeys((*Role, *choices.roles, *(record.roles if record is not None else ()))))
    return await page.render(
        "admin/person_form.html",
        status=status,
        one=record,
        typed={**_EMPTY, **typed},
        version=typed.get("version") or (record.version if record is not None else ""),
        chosen=roles,
        offered=[str(role) for role in offered],
        departments=choices.departments,
        errors=errors or {},
        id=typed.get("id") or uuid7(),
    )


async def _effects(page: Page, preview: Preview, version: str) -> Response:
    zone = page.site.zone
    was = preview.before
    return await page.render(
        "admin/person_effects.html",
        one=was,
        preview=preview,
        changes=[
            (
                person_field_label(name, page.language),
                shown(page, name, getattr(was, name)),
                shown(page, name, getattr(preview.after, name)),
            )
            for name in preview.values
        ],
        says=[(one.code, effect_text(one.code, one.params, page.language, zone=zone)) for one in preview.effects.says],
        fields=_hidden(preview.values),
        version=version,
        leaves=preview.values.get("left") is True,
    )


def _hidden(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A change as fields of a form, as ``_change`` reads them."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        match value:
            case tuple():
                found += [("with_roles", "yes"), *(("role", role) for role in value)]
            case bool():
                found.append((name, "yes" if value else "no"))
            case _:
                found.append((name, value or ""))
    return found


def _typed(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _id(typed: Mapping[str, str]) -> UUID:
    """What the form is known by, so that sending it twice makes nobody twice."""
    try:
        return UUID(typed.get("id", ""))
    except ValueError:
        return uuid7()


def _roles(form: FormData) -> tuple[str, ...]:
    """The roles that are ticked, and those that are written beside."""
    written = str(form.get("other_roles", "")).replace(";", ",").split(",")
    ticked = [str(role) for role in form.getlist("role")]
    return tuple(dict.fromkeys(role.strip() for role in (*ticked, *written) if role.strip()))


def _change(form: FormData, typed: Mapping[str, str], roles: tuple[str, ...]) -> PersonChange:
    """What a form says of somebody: the form has all that can be written, that of a change which was looked at some of it.

    Raises:
        ValidationError: it cannot be.
    """
    wanted: dict[str, Any] = {name: typed[name] for name in _TEXTS if name in typed}
    if "manager" in wanted:
        wanted["manager"] = wanted["manager"] or None
    if "with_roles" in form:
        wanted["roles"] = roles
    if "left" in typed:
        wanted["left"] = typed["left"] == "yes"
    return PersonChange.model_validate(wanted)


def _of_record(record: PersonRecord) -> dict[str, str]:
    return {
        **_EMPTY,
        "username": record.username,
        "name": record.name,
        "manager": record.manager.username if record.manager is not None else "",
        "department": record.department,
        "email": record.email,
        "language": record.language,
    }


def _errors(page: Page, error: RefusedError | ValidationError) -> dict[str, str]:
    """What is wrong, by input."""
    if isinstance(error, ValidationError):
        found = tuple(pointed(item) for item in error.errors(include_url=False))
    else:
        found = error.refusal.errors
    return {_input(wrong.pointer): field_problem(wrong.message, wrong.params, page.language) for wrong in found}


def _input(pointer: str) -> str:
    return pointer.split("/")[1] if pointer else "name"
