"""``/calendar``: when people of the company work, which is what deadlines count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.deps import AdminDep, CallerDep, IfMatchDep, LanguageDep, PoolDep
from api.idempotency import IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.calendars import Calendars, CalendarView
from approval.calendar import FIRST_YEAR, LAST_YEAR, public_holidays, worked_instead
from approval.calendar_document import CalendarDefinition, Country, OwnDay, WeeklyHours
from approval.model import Code, FieldError, Frozen, Person, refuse
from problems import ProblemError

router = APIRouter(route_class=IdempotentRoute, tags=["calendar"], responses=ANSWERS)


class Calendar(Frozen):
    """The business calendar. ``version`` is 0, and nobody has changed it, while it is that of the settings."""

    version: int
    weekly_hours: WeeklyHours
    country: Country
    own_days: tuple[OwnDay, ...]
    changed_by: Person | None
    changed_at: datetime | None


class Holiday(Frozen):
    """A public holiday."""

    date: date
    name: str


class Holidays(Frozen):
    """The public holidays of the calendar's country in a year, and the days of weekends that are worked in their stead."""

    year: Annotated[int, Field(examples=[2027])]
    country: Country
    holidays: tuple[Holiday, ...]
    worked_instead: tuple[date, ...]


async def get_calendars(request: Request) -> Calendars:
    """The business calendar that counts."""
    calendars: Calendars = request.app.state.calendars
    return calendars


CalendarsDep = Annotated[Calendars, Depends(get_calendars)]


@router.get("/calendar", response_model=Calendar)
async def get_calendar(caller: CallerDep, pool: PoolDep, calendars: CalendarsDep, response: Response) -> Calendar:
    """Read when people of the company work: hours of the week, whose public holidays count, the company's own days."""
    return _with_etag(await calendars.view(pool), response)


@router.put(
    "/calendar",
    response_model=Calendar,
    responses=documented("invalid", "calendar_missing", "stale_version", "if_match_required"),
)
async def put_calendar(
    request: Request,
    body: CalendarDefinition,
    caller: AdminDep,
    pool: PoolDep,
    calendars: CalendarsDep,
    seen: IfMatchDep,
    response: Response,
) -> Calendar:
    """Change when people of the company work; admins only, needs `If-Match`.

    It counts for what is reckoned from then on. Deadlines that were reckoned before stay as they are.
    """
    if request.headers.get("if-match") is None:
        raise ProblemError("if_match_required")
    await calendars.change(pool, body, by=caller.username, at=datetime.now(UTC), seen=seen)
    return _with_etag(await calendars.view(pool), response)


@router.get("/calendar/holidays", response_model=Holidays)
async def get_holidays(
    caller: CallerDep, pool: PoolDep, calendars: CalendarsDep, language: LanguageDep, year: int | None = None
) -> Holidays:
    """List the public holidays of the calendar's country in a year, this one if none is given."""
    country = (await calendars.view(pool)).definition.country
    asked = year if year is not None else datetime.now(UTC).year
    if not FIRST_YEAR <= asked <= LAST_YEAR:
        raise refuse(
            Code.INVALID,
            FieldError(
                pointer="/year",
                message="year_range",
                params={"first": str(FIRST_YEAR), "last": str(LAST_YEAR)},
            ),
        )
    if not country:
        return Holidays(year=asked, country="", holidays=(), worked_instead=())
    named = public_holidays(country, asked, language)
    return Holidays(
        year=asked,
        country=country,
        holidays=tuple(Holiday(date=day, name=name) for day, name in named.items()),
        worked_instead=tuple(worked_instead(country, asked)),
    )


def _with_etag(view: CalendarView, response: Response) -> Calendar:
    response.headers["ETag"] = f'"{view.version}"'
    stored = view.stored
    return Calendar(
        version=view.version,
        weekly_hours=view.definition.weekly_hours,
        country=view.definition.country,
        own_days=view.definition.own_days,
        changed_by=Person(username=stored.changed_by, name=stored.changed_by_name) if stored else None,
        changed_at=stored.changed_at if stored else None,
    )
