"""*Ủy quyền*: who decides for whom while they are away; for oneself, and for admins everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from uuid_utils.compat import uuid7

from admission import HEAVY
from application import substitutions
from application.substitutions import FIRST_YEAR, LAST_YEAR, SubstitutionDraft
from approval.model import Code, FieldError, RefusedError, Role, refuse
from crm import directory, processes
from crm.pool import Pool
from crm.substitutions import SubstitutionPage, departments
from problems import pointed
from texts import field_problem
from web.dates import read_day
from web.deps import PoolDep
from web.download import workbook
from web.form_limit import read_form
from web.list_files import substitution_columns
from web.rendering import Page, PageDep

router = APIRouter(prefix="/substitutions")

ADDRESS: Final = "/substitutions"
PAGE_SIZE: Final = 25


@router.get("")
async def show(page: PageDep, pool: PoolDep, cursor: str | None = None) -> Response:
    """The caller's substitutions, given and received, and the form for another one; an admin's are everybody's."""
    return await _page(page, pool, cursor=cursor)


@router.get(".xlsx", openapi_extra=HEAVY)
async def download(page: PageDep, pool: PoolDep) -> Response:
    """The same as an Excel file, all of it as far as one file holds."""

    async def read(limit: int, cursor: str | None) -> SubstitutionPage:
        return await substitutions.page(pool, page.user, limit=limit, cursor=cursor)

    return await workbook("substitutions", page.gettext("Substitutions"), substitution_columns(page), read)


@router.post("")
async def make(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Make one from the form."""
    form = await read_form(request)
    typed = {name: str(value) for name, value in form.items()}
    chosen = {name: tuple(str(value) for value in form.getlist(name)) for name in ("processes", "departments")}
    try:
        draft = _draft(page, typed, chosen)
        made = await substitutions.make(pool, page.user, draft, substitution_id=UUID(typed.get("id", "")))
    except (RefusedError, ValidationError, ValueError) as error:
        return await _page(page, pool, status=422, typed=typed, chosen=chosen, errors=_errors(page, error))
    page.tell(
        "success",
        page.gettext("%(name)s decides for you") % {"name": made.substitute.name}
        if made.person.username == page.user.username
        else page.gettext("%(name)s decides for %(person)s")
        % {"name": made.substitute.name, "person": made.person.name},
        page.gettext("What waits already is covered too; it ends by itself."),
    )
    return page.redirect(ADDRESS)


@router.post("/{substitution_id}/revoke")
async def revoke(substitution_id: UUID, page: PageDep, pool: PoolDep) -> Response:
    """Revoke one; it stays in the list."""
    try:
        await substitutions.revoke(pool, page.user, substitution_id)
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        await page.tell_refusal(error)
    else:
        page.tell("success", page.gettext("Revoked"), page.gettext("It counts no more from now on."))
    return page.redirect(ADDRESS)


async def _page(
    page: Page,
    pool: Pool,
    *,
    cursor: str | None = None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    chosen: Mapping[str, tuple[str, ...]] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    today = datetime.now(page.site.zone).date()
    empty = {"from": page.formats.day(today), "until": "", "substitute": "", "person": "", "ceiling": "", "reason": ""}
    return await page.render(
        "substitutions/page.html",
        status=status,
        found=await substitutions.page(pool, page.user, limit=PAGE_SIZE, cursor=cursor),
        at_start=cursor is None,
        is_admin=page.user.has_role(Role.ADMIN),
        people=await directory.everyone(pool),
        processes=[(item.key, item.name[page.language]) for item in await processes.published_items(pool)],
        departments=[(name, name) for name in await departments(pool)],
        typed={**empty, **(typed or {})},
        chosen=chosen or {"processes": (), "departments": ()},
        errors=errors or {},
        now=datetime.now(UTC),
        last_day=_last_day(page),
        id=uuid7(),
    )


def _draft(page: Page, typed: Mapping[str, str], chosen: Mapping[str, tuple[str, ...]]) -> SubstitutionDraft:
    """What was typed, as the API would be told it. Days are the company's; the last one is covered whole."""
    wanted: dict[str, Any] = {"substitute": typed.get("substitute", ""), "reason": typed.get("reason", "")}
    if typed.get("from"):
        wanted["from"] = _begin(page, _day(page, typed, "from"))
    if typed.get("until"):
        wanted["until"] = _begin(page, _day(page, typed, "until") + timedelta(days=1))
    if typed.get("person"):
        wanted["person"] = typed["person"]
    if typed.get("ceiling", "").strip():
        currency = typed.get("currency") or "VND"
        wanted["ceiling"] = {"amount": page.formats.read_amount(typed["ceiling"], currency), "currency": currency}
    wanted |= {name: values for name, values in chosen.items() if values}
    return SubstitutionDraft.model_validate(wanted)


def _day(page: Page, typed: Mapping[str, str], name: str) -> date:
    """A day that was typed.

    Raises:
        RefusedError: ``invalid``: it is none.
    """
    try:
        day = read_day(typed[name])
    except ValueError as error:
        raise refuse(Code.INVALID, page.formats.day_wanted(f"/{name}")) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        years = {"first": str(FIRST_YEAR), "last": str(LAST_YEAR)}
        raise refuse(Code.INVALID, FieldError(pointer=f"/{name}", message="year_range", params=years))
    return day


def _begin(page: Page, day: date) -> datetime:
    return datetime.combine(day, time(), page.site.zone)


def _last_day(page: Page) -> Any:
    """The last day that a substitution covers, for people: one until midnight covers the day before."""
    return lambda moment: (moment.astimezone(page.site.zone) - timedelta(microseconds=1)).date()


def _errors(page: Page, error: Exception) -> dict[str, str]:
    """What is wrong, by input name."""
    if isinstance(error, RefusedError):
        found = error.refusal.errors
    elif isinstance(error, ValidationError):
        found = tuple(pointed(item) for item in error.errors(include_url=False))
    else:
        found = (page.formats.number_wanted("/ceiling"),)
    return {_input(wrong): field_problem(wrong.message, wrong.params, page.language) for wrong in found}


def _input(wrong: FieldError) -> str:
    return wrong.pointer.split("/")[1] if wrong.pointer else "substitute"
