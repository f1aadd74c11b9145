"""*Lịch làm việc*: when people of the company work, which is what deadlines count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response
from pydantic import ValidationError

from application.calendars import Calendars, CalendarView
from approval.calendar import FIRST_YEAR, LAST_YEAR, countries
from approval.calendar_document import WEEKDAYS, CalendarDefinition
from approval.model import RefusedError, Role
from approval.values import ShortText
from problems import pointed
from texts import field_problem
from web.calendar_year import year_of
from web.dates import read_day
from web.deps import CalendarsDep, PoolDep
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin/calendar")

ADDRESS = "/admin/calendar"

YearQuery = Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR)]
YearField = Annotated[int, Form(ge=FIRST_YEAR, le=LAST_YEAR)]
VersionField = Annotated[int | None, Form(ge=0, le=2**31 - 1)]
"""The calendar that was seen; none: whichever there is."""
HoursField = Annotated[ShortText, Form()]


@router.get("")
async def show(page: PageDep, pool: PoolDep, calendars: CalendarsDep, year: YearQuery = None) -> Response:
    """The hours of the week, a year with its holidays, and the company's own days."""
    page.user.require_role(Role.ADMIN)
    return await _page(page, await calendars.view(pool), year or _today(page).year)


@router.post("")
async def change_week(
    page: PageDep,
    pool: PoolDep,
    calendars: CalendarsDep,
    year: YearField,
    version: VersionField = None,
    country: HoursField = "",
    monday: HoursField = "",
    tuesday: HoursField = "",
    wednesday: HoursField = "",
    thursday: HoursField = "",
    friday: HoursField = "",
    saturday: HoursField = "",
    sunday: HoursField = "",
) -> Response:
    """Change the hours of the week, and whose holidays count."""
    page.user.require_role(Role.ADMIN)
    view = await calendars.view(pool)
    typed = dict(zip(WEEKDAYS, (monday, tuesday, wednesday, thursday, friday, saturday, sunday), strict=True))
    document = view.definition.model_dump(mode="json") | {
        "weekly_hours": {day: _hours(hours) for day, hours in typed.items()},
        "country": country,
    }
    return await _change(page, calendars, view, document, version, year, typed | {"country": country})


@router.post("/days")
async def add_day(
    page: PageDep,
    pool: PoolDep,
    calendars: CalendarsDep,
    year: YearField,
    version: VersionField = None,
    day: HoursField = "",
    hours: HoursField = "",
    name: HoursField = "",
) -> Response:
    """Add a day of the company's own, off or worked, or say anew what it is."""
    page.user.require_role(Role.ADMIN)
    view = await calendars.view(pool)
    typed = {"day": day, "hours": hours, "name": name}
    try:
        added_on = read_day(day)
    except ValueError:
        wanted = page.formats.day_wanted("/own_days/0/date")
        said = {"day": field_problem(wanted.message, wanted.params, page.language)}
        return await _page(page, view, year, typed=typed, errors=said, status=422)
    own = [one.model_dump(mode="json") for one in view.definition.own_days if one.date != added_on]
    added = {"date": added_on.isoformat(), "hours": _hours(hours), "name": name}
    document = view.definition.model_dump(mode="json") | {"own_days": [added, *own]}
    return await _change(page, calendars, view, document, version, year, typed)


@router.post("/days/remove")
async def remove_day(
    page: PageDep,
    pool: PoolDep,
    calendars: CalendarsDep,
    year: YearField,
    day: Annotated[date, Form()],
    version: VersionField = None,
) -> Response:
    """Make a day of the company's own a day like any other again."""
    page.user.require_role(Role.ADMIN)
    view = await calendars.view(pool)
    own = [one.model_dump(mode="json") for one in view.definition.own_days if one.date != day]
    document = view.definition.model_dump(mode="json") | {"own_days": own}
    return await _change(page, calendars, view, document, version, year, {})


async def _change(
    page: Page,
    calendars: Calendars,
    view: CalendarView,
    document: Mapping[str, Any],
    version: int | None,
    year: int,
    typed: Mapping[str, str],
) -> Response:
    """Store a calendar, or show again what was typed with what is wrong in it."""
    try:
        definition = CalendarDefinition.model_validate(document)
        definition = definition.model_copy(
            update={"own_days": tuple(sorted(definition.own_days, key=lambda own: own.date))}
        )
        pool = page.request.app.state.pool
        await calendars.change(pool, definition, by=page.user.username, at=datetime.now(UTC), seen=version)
    except ValidationError as error:
        errors = [pointed(item) for item in error.errors(include_url=False)]
        said = {_field(item.pointer): field_problem(item.message, item.params, page.language) for item in errors}
        return await _page(page, view, year, typed=typed, errors=said, status=422)
    except RefusedError as error:
        await page.tell_refusal(error)
        if error.refusal.errors:
            return await _page(page, view, year, typed=typed, status=422)
    else:
        page.tell(
            "success",
            page.gettext("The calendar is saved"),
            page.gettext("It counts for what is reckoned from now on; deadlines that are running stay as they are."),
        )
    return page.redirect(f"{ADDRESS}?year={year}")


async def _page(
    page: Page,
    view: CalendarView,
    year: int,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    definition = view.definition
    values = {
        **{day: ", ".join(getattr(definition.weekly_hours, day)) for day in WEEKDAYS},
        "country": definition.country,
        "day": "",
        "hours": "",
        "name": "",
        **(typed or {}),
    }
    return await page.render(
        "admin/calendar.html",
        status=status,
        view=view,
        values=values,
        errors=errors or {},
        weekdays=tuple(enumerate(WEEKDAYS)),
        countries=sorted((page.formats.country(code), code) for code in countries()),
        year=year_of(definition, year, page.language),
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        today=_today(page),
    )


def _field(pointer: str) -> str:
    """The field of the page that a place in the document is: a weekday, the country, or one of the day that is added."""
    parts = pointer.split("/")[1:]
    if parts[:1] == ["weekly_hours"] and len(parts) > 1:
        return parts[1]
    if parts[:2] == ["own_days", "0"] and len(parts) > 2:
        return {"date": "day"}.get(parts[2], parts[2])
    return parts[0] if parts else ""


def _hours(typed: str) -> list[str]:
    """Hours as people type them: ``8:00-12:00, 13:00 - 17:00``."""
    spans = ["".join(part.split()).replace("–", "-") for part in typed.replace(";", ",").split(",")]
    return ["-".join(moment.zfill(5) for moment in span.split("-")) for span in spans if span]


def _today(page: Page) -> date:
    return datetime.now(page.site.zone).date()
