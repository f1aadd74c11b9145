"""``/reports``: the figures of the overview, for programs and spreadsheets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Response

from admission import HEAVY
from api.accepting import AS_TABLE, VARY, KindDep
from api.deps import CallerDep, LanguageDep, PoolDep, ZoneDep
from api.idempotency import IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application import overview
from application.overview import (
    AgeingReport,
    CycleTimesReport,
    Report,
    ReturnsReport,
    SpendReport,
    WorkloadReport,
    months_between,
)
from application.report_tables import (
    ReportTable,
    ageing_table,
    cycle_times_table,
    returns_table,
    spend_table,
    workload_table,
)
from application.table_files import FileKind, TableKind
from crm.overview import Grouping
from texts import Language

router = APIRouter(
    route_class=IdempotentRoute, prefix="/reports", tags=["reports"], responses=ANSWERS | documented("invalid")
)

T = TypeVar("T", bound=Report)

FromDay = Annotated[date | None, Query(alias="from", description="A day of the first month; else a year is told of")]
ToDay = Annotated[date | None, Query(alias="to", description="A day of the last month; else this one")]


@router.get(
    "/spend", response_model=SpendReport, response_model_exclude_none=True, responses=AS_TABLE, openapi_extra=HEAVY
)
async def spend(
    caller: CallerDep,
    pool: PoolDep,
    zone: ZoneDep,
    kind: KindDep,
    language: LanguageDep,
    first: FromDay = None,
    last: ToDay = None,
    group_by: Annotated[
        Grouping,
        Query(
            description="By month and status, by status, or of completed requests by the owners' departments or by supplier"
        ),
    ] = Grouping.MONTH,
) -> SpendReport | Response:
    """What requests come to, by the month of their request date; each currency by itself.

    Of those whose requests the caller may see: everybody's for admins, of completed requests also for purchasing, and otherwise
    their own and those of everyone below them. `counted_at` says as of when; it is left out while the figures are counted anew
    and are not complete.

    As JSON, or by `Accept` as CSV (`text/csv`) or Excel, whose headings follow `Accept-Language`; so is every report.
    """
    report = await overview.spend(pool, caller, months_between(first, last, _today(zone)), group_by)
    return await _given(report, kind, language, lambda: spend_table(report, group_by, language))


@router.get("/ageing", response_model=AgeingReport, responses=AS_TABLE, openapi_extra=HEAVY)
async def ageing(
    caller: CallerDep, pool: PoolDep, zone: ZoneDep, kind: KindDep, language: LanguageDep
) -> AgeingReport | Response:
    """How old the requests in progress are, by days since they were sent last, and how late their decisions are.

    It is of now, and takes no months: what was in progress on another day is not counted. What should have been decided
    before today is late. Of whose requests: see `spend`.
    """
    report = await overview.ageing(pool, caller, _today(zone))
    return await _given(report, kind, language, lambda: ageing_table(report, language))


@router.get("/cycle-times", response_model=CycleTimesReport, responses=AS_TABLE, openapi_extra=HEAVY)
async def cycle_times(
    caller: CallerDep,
    pool: PoolDep,
    zone: ZoneDep,
    kind: KindDep,
    language: LanguageDep,
    first: FromDay = None,
    last: ToDay = None,
) -> CycleTimesReport | Response:
    """How long steps take that were decided in some months, by the clock, and how long those wait that are open.

    The step that was waited for longest in all comes first. Of whose requests: see `spend`.
    """
    months = months_between(first, last, _today(zone))
    report = await overview.cycle_times(pool, caller, months, datetime.now(UTC), language)
    return await _given(report, kind, language, lambda: cycle_times_table(report, language))


@router.get("/returns", response_model=ReturnsReport, responses=AS_TABLE, openapi_extra=HEAVY)
async def returns(
    caller: CallerDep,
    pool: PoolDep,
    zone: ZoneDep,
    kind: KindDep,
    language: LanguageDep,
    first: FromDay = None,
    last: ToDay = None,
) -> ReturnsReport | Response:
    """From which steps requests went back in some months, and the newest reasons of those that the caller may read.

    Of whose requests the figures are: see `spend`. As CSV and Excel it has the steps without the reasons.
    """
    report = await overview.returns(pool, caller, months_between(first, last, _today(zone)), zone, language)
    return await _given(report, kind, language, lambda: returns_table(report, language))


@router.get("/workload", response_model=WorkloadReport, responses=AS_TABLE, openapi_extra=HEAVY)
async def workload(
    caller: CallerDep, pool: PoolDep, zone: ZoneDep, kind: KindDep, language: LanguageDep
) -> WorkloadReport | Response:
    """Who has how much waiting, since when, how much of it is late, and what they decided in the last 30 days.

    It is of now, and takes no months. Of everybody for admins, and otherwise of the caller and everyone below them, whoever made
    the requests. What should have been decided before today is late. A decision counts for whoever made it, also in somebody
    else's place.
    """
    report = await overview.workloads(pool, caller, _today(zone))
    return await _given(report, kind, language, lambda: workload_table(report, language))


async def _given(report: T, kind: FileKind, language: Language, table: Callable[[], ReportTable]) -> T | Response:
    """A report as it is asked for; files are written in another thread."""
    if kind is FileKind.JSON:
        return report
    file = TableKind(kind)
    made = table()
    content = await asyncio.to_thread(made.write, file, language)
    headers = {"Content-Disposition": f'attachment; filename="{made.report}.{file.ending}"', "Vary": VARY}
    return Response(content, media_type=file.value, headers=headers)


def _today(zone: ZoneDep) -> date:
    return datetime.now(zone).date()
