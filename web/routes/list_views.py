"""Saving, renaming and deleting views of the list of requests."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from application import list_views
from application.list_views import ViewName
from approval.model import Code, RefusedError, refuse
from crm import list_views as stored
from problems import pointed
from web.deps import PoolDep
from web.form_limit import read_form
from web.list_filters import ALL, Chosen, address_of
from web.rendering import Page, PageDep

router = APIRouter(prefix="/requests/views")


@router.post("")
async def save(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Keep the list as it is shown, under a name."""
    fields = await _fields(request)
    chosen = _chosen(fields)
    try:
        view_id, name = _id(fields), _name(fields)
        view = await list_views.save(pool, page.user, view_id, name, chosen.kept(page.formats, page.user.viewer))
    except RefusedError as error:
        await _tell(page, error)
        return page.redirect(f"/requests?{chosen.address(view=chosen.view)}")
    page.tell("success", page.gettext("View saved"), view.name)
    return page.redirect(address_of(view, page.formats))


@router.post("/{view_id}")
async def rename(request: Request, view_id: UUID, page: PageDep, pool: PoolDep) -> Response:
    """Give a view another name, and have it be what its owner sees first or not."""
    fields = await _fields(request)
    try:
        view = await list_views.rename(pool, page.user, view_id, _name(fields))
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        await _tell(page, error)
        return page.redirect(f"/requests?{_chosen(fields).address(view=str(view_id))}")
    page.tell("success", page.gettext("View saved"), view.name)
    return page.redirect(address_of(view, page.formats))


@router.post("/{view_id}/replace")
async def replace(request: Request, view_id: UUID, page: PageDep, pool: PoolDep) -> Response:
    """Have a view be the list as it is shown."""
    kept = _chosen(await _fields(request)).kept(page.formats, page.user.viewer)
    view = await list_views.replace(pool, page.user, view_id, kept)
    page.tell("success", page.gettext("View saved"), view.name)
    return page.redirect(address_of(view, page.formats))


@router.post("/{view_id}/delete")
async def delete(view_id: UUID, page: PageDep, pool: PoolDep) -> Response:
    """Delete a view; where there is none any more, nothing changes."""
    await stored.delete(pool, page.user.username, view_id)
    page.tell("success", page.gettext("View deleted"))
    return page.redirect(f"/requests?view={ALL}")


async def _fields(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await read_form(request)).items()}


def _chosen(fields: Mapping[str, str]) -> Chosen:
    """What the list was narrowed to when the form was sent."""
    given = {name: fields[name] for name in Chosen.model_fields if name in fields}
    try:
        return Chosen.model_validate(given | {"column": (given["column"],) if "column" in given else ()})
    except ValidationError as error:
        raise refuse(Code.INVALID, *(pointed(item) for item in error.errors(include_url=False))) from error


def _name(fields: Mapping[str, str]) -> ViewName:
    try:
        return ViewName(name=fields.get("name", "").strip(), is_default="is_default" in fields)
    except ValidationError as error:
        raise refuse(Code.INVALID, *(pointed(item) for item in error.errors(include_url=False))) from error


def _id(fields: Mapping[str, str]) -> UUID:
    try:
        return UUID(fields.get("id", ""))
    except ValueError as error:
        raise refuse(Code.INVALID) from error


async def _tell(page: Page, error: RefusedError) -> None:
    """Have the next page say what is wrong with a name, or that there are too many."""
    problem = await page.explain(error)
    detail = problem.errors[0].detail if problem.errors else problem.detail
    page.tell("danger", page.gettext("The view was not saved"), detail)
