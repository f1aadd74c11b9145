"""*Nhân sự*: who people are, as a list, as the tree of managers, and one by one with what hangs on them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response

from admission import HEAVY
from application.people import People
from application.table_files import TableKind
from approval.model import Code, Person, Role, refuse
from approval.values import ShortText
from crm import people_pages
from crm.people_changes import PersonChangeRecord
from crm.people_pages import PeopleFilters, PersonRecord, PersonState
from texts import role_label, yes_or_no
from texts.people import change_way_label, mail_language_label, person_field_label, person_state_label
from web.deps import PoolDep
from web.people_file import MOST_ROWS, write_workbook
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin")

ADDRESS: Final = "/admin/people"
PAGE_SIZE: Final = 25
CHANGES: Final = 10
"""Changes on the page of somebody."""
BRANCH: Final = 200
"""People of one branch of the tree; of further ones it is said how many there are."""
SUGGESTED: Final = 20
_AT_ONCE: Final = 1000
"""People that a file is made of at a time."""

Text = Annotated[ShortText, Query()]


@router.get("/people", openapi_extra=HEAVY)
async def show_list(
    request: Request,
    page: PageDep,
    pool: PoolDep,
    q: Annotated[str, Query(max_length=200)] = "",
    role: Text = "",
    department: Text = "",
    state: Text = "",
    cursor: str | None = None,
) -> Response:
    """Everybody, narrowed by what is asked for."""
    filters = _filters(q, role, department, state)
    found = await service_of(request).page(page.user, filters, limit=PAGE_SIZE, cursor=cursor)
    query = {name: value for name, value in _typed(q, role, department, state).items() if value}
    return await page.render(
        "admin/people.html",
        found=found,
        typed=_typed(q, role, department, state),
        query=query,
        file=f"{ADDRESS}.xlsx{'?' if query else ''}{urlencode(query)}",
        choices=await people_pages.choices(pool),
        states=tuple(PersonState),
        state_label=_state_label(page),
        at_start=cursor is None,
    )


@router.get("/people.xlsx", openapi_extra=HEAVY)
async def download(
    request: Request,
    page: PageDep,
    q: Annotated[str, Query(max_length=200)] = "",
    role: Text = "",
    department: Text = "",
    state: Text = "",
) -> Response:
    """The same as an Excel file, which can be changed and imported."""
    filters, service = _filters(q, role, department, state), service_of(request)
    items: list[PersonRecord] = []
    cursor: str | None = None
    while len(items) < MOST_ROWS:
        found = await service.page(page.user, filters, limit=_AT_ONCE, cursor=cursor)
        items += found.items
        cursor = found.next_cursor
        if cursor is None:
            break
    content = await asyncio.to_thread(write_workbook, items, page.language)
    headers = {"Content-Disposition": 'attachment; filename="people.xlsx"'}
    return Response(content, media_type=TableKind.EXCEL.value, headers=headers)


@router.get("/people-tree", openapi_extra=HEAVY)
async def show_tree(request: Request, page: PageDep, pool: PoolDep, under: Text = "") -> Response:
    """Who reports to whom: from those who report to nobody, or from somebody, downwards."""
    service = service_of(request)
    top = await service.find(page.user, under) if under else None
    people, count = await service.branch(page.user, under or None, limit=BRANCH)
    return await page.render(
        "admin/people_tree.html",
        top=top,
        above=await people_pages.chain(pool, under) if under else (),
        people=people,
        left_out=count - len(people),
        state_label=_state_label(page),
    )


@router.get("/people-tree/branch", openapi_extra=HEAVY)
async def show_branch(request: Request, page: PageDep, under: Text = "") -> Response:
    """Those who report to somebody, for a branch that is unfolded."""
    people, count = await service_of(request).branch(page.user, under or None, limit=BRANCH)
    return await page.render(
        "admin/people_branch.html",
        people=people,
        left_out=count - len(people),
        under=under,
        state_label=_state_label(page),
    )


@router.get("/people-found")
async def suggest(page: PageDep, pool: PoolDep, manager: Text = "") -> Response:
    """Those who are there and of whose name or username something is typed, as options of an input."""
    page.user.require_role(Role.ADMIN)
    filters = PeopleFilters(q=manager, state=None)
    found = await people_pages.page(pool, filters, limit=SUGGESTED, cursor=None)
    return await page.render("admin/people_options.html", people=[one for one in found.items if not one.left])


@router.get("/people/{username}", openapi_extra=HEAVY)
async def show(username: ShortText, request: Request, page: PageDep, cursor: str | None = None) -> Response:
    """Somebody: who they are, what hangs on them, and what was changed of them."""
    service = service_of(request)
    detail = await service.detail(page.user, username)
    changes = await service.changes(page.user, username, limit=CHANGES, cursor=cursor)
    return await page.render(
        "admin/person.html",
        detail=detail,
        one=detail.record,
        changes=[(change, _fields(page, change)) for change in changes.items],
        next_cursor=changes.next_cursor,
        at_start=cursor is None,
        state_label=_state_label(page),
        way_label=lambda way: change_way_label(way, page.language),
        language_label=lambda code: mail_language_label(code, page.language),
    )


def service_of(request: Request) -> People:
    """The application service."""
    people: People = request.app.state.people
    return people


def address_of(username: str) -> str:
    """The page of somebody."""
    return f"{ADDRESS}/{quote(username, safe='')}"


def shown(page: Page, field: str, value: Any) -> str:
    """A field of somebody as people read it."""
    match field, value:
        case _, None:
            return ""
        case "roles", list() | tuple():
            return ", ".join(role_label(str(role), page.language) for role in value)
        case "active" | "left", bool():
            return yes_or_no(value, page.language)
        case "language", str():
            return mail_language_label(value, page.language)
        case _, Person():
            return f"{value.name} ({value.username})"
    return str(value)


def _fields(page: Page, change: PersonChangeRecord) -> list[tuple[str, str, str]]:
    """What was changed, with what it was and what it is, in words; of somebody who was made, what says something."""
    return [
        (person_field_label(name, page.language), shown(page, name, was), shown(page, name, now))
        for name, (was, now) in change.fields.items()
        if not change.is_new or (now not in ("", [], None) and name != "active")
    ]


def _state_label(page: Page) -> Any:
    return lambda state: person_state_label(state, page.language)


def _typed(q: str, role: str, department: str, state: str) -> dict[str, str]:
    return {"q": q, "role": role, "department": department, "state": state}


def _filters(q: str, role: str, department: str, state: str) -> PeopleFilters:
    """What a list is narrowed to.

    Raises:
        RefusedError: ``not_found``: there is no such state, which no list of ours leads to.
    """
    if state and state not in list(PersonState):
        raise refuse(Code.NOT_FOUND)
    return PeopleFilters(
        q=q, role=role or None, department=department or None, state=PersonState(state) if state else None
    )
