"""The overview: what was spent on what, how old open requests are, how long steps take, and what goes back and why.

Everybody gets the figures of the requests of those whose requests they may see: of all, of their people, or of themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from application.caller import Caller
from approval.model import Code, FieldError, Frozen, refuse
from crm import overview, workload
from crm.overview import (
    Grouping,
    Months,
    OnDay,
    OpenRequests,
    ReturnReason,
    Returns,
    Scope,
    Spending,
    StepNames,
    StepSums,
)
from crm.overview_counting import GROWTH
from crm.pool import Pool
from crm.together import Reader, Together
from crm.workload import DECIDED_DAYS, Workload
from texts import Language

USUAL_MONTHS: Final = 12
"""How far back figures go unless somebody says."""
MOST_MONTHS: Final = 120
REASONS: Final = 20
"""The newest that are told."""

_FIRST: Final = date(1900, 1, 1)
_LAST: Final = date(9000, 1, 1)
"""Nothing was or will be asked for earlier or later."""
_AGES: Final = (0, 1, 3, 7, 14, 30)
"""In days: where bands of age begin."""
_LATE: Final = (1, 2, 4, 8, 15)
"""The same of lateness: what is due today is not late."""


class Band(Frozen):
    """So many requests whose age, or lateness, is in between."""

    from_days: int
    to_days: int | None
    """Included; null: and more."""
    requests: int


class Report(Frozen):
    """What all reports say."""

    counted_at: datetime | None = None
    """Whatever was committed by then is in the figures; null, or left out: they are being counted anew, and not complete."""


class SpendReport(Report):
    """What requests come to; each currency by itself."""

    items: tuple[Spending, ...]


class AgeingReport(Report):
    """Requests in progress, by how long ago they were sent, and by how late a decision is."""

    requests: int
    bands: tuple[Band, ...]
    """By days since they were sent last."""
    late: int
    """How many of them should have been decided before today."""
    late_bands: tuple[Band, ...]
    """By days since then."""


class StepDurations(Frozen):
    """How long a step of a process takes."""

    process: str
    process_name: str
    step: str
    name: str
    decided: int
    """How often it was decided."""
    median_seconds: int | None
    """About: to some 5 %. Null: it was never decided."""
    ninety_percent_seconds: int | None
    """Nine of ten were decided by then, about."""
    waited_seconds: int
    """How long it was waited for in all, then and by those who wait now."""
    waiting: int
    """How often it waits now."""


class CycleTimesReport(Report):
    """How long steps take; those that were waited for longest in all come first."""

    items: tuple[StepDurations, ...]


class StepReturns(Frozen):
    """What went back from a step of a process."""

    process: str
    process_name: str
    step: str
    name: str
    returned: int
    """To the owner."""
    sent_back: int
    """To an earlier step."""
    rejected: int
    """For good."""


class ReturnsReport(Report):
    """What went back: from which steps, and the newest reasons."""

    items: tuple[StepReturns, ...]
    reasons: tuple[ReturnReason, ...]


class WorkloadReport(Report):
    """Who has how much waiting, and decided how much; those on whom most waits come first."""

    days: int = DECIDED_DAYS
    """Decisions of so many days, today included."""
    items: tuple[Workload, ...]


class Picture(Report):
    """All of it."""

    by_month: SpendReport
    by_department: SpendReport
    by_supplier: SpendReport
    ageing: AgeingReport
    cycle_times: CycleTimesReport
    returns: ReturnsReport
    workload: WorkloadReport


def months_between(first: date | None, last: date | None, today: date) -> Months:
    """The months of two days, both included.

    Args:
        first: None: so that there are ``USUAL_MONTHS``.
        last: None: today.
        today: of the company.

    Raises:
        RefusedError: ``invalid``: they are in the wrong order, or too far apart.
    """
    to = min(max(last or today, _FIRST), _LAST).replace(day=1)
    since = max(first, _FIRST).replace(day=1) if first is not None else months_before(to, USUAL_MONTHS - 1)
    if since > to or months_before(to, MOST_MONTHS - 1) > since:
        error = FieldError(pointer="/from", message="months_range", params={"most": str(MOST_MONTHS)})
        raise refuse(Code.INVALID, error)
    return Months(first=since, last=to)


def months_before(month: date, count: int) -> date:
    """The first day of the month that is so many before another, or after it if that is less than nothing."""
    place = max(_FIRST.year * 12, month.year * 12 + month.month - 1 - count)
    return date(place // 12, place % 12 + 1, 1)


async def spend(pool: Pool, caller: Caller, months: Months, grouping: Grouping) -> SpendReport:
    """What requests of some months come to; by department and supplier only those that are completed."""
    items = await overview.spending(pool, Scope.of(caller.viewer), months, grouping)
    return SpendReport(counted_at=await overview.counted_at(pool), items=tuple(items))


async def ageing(pool: Pool, caller: Caller, today: date) -> AgeingReport:
    """How old the requests in progress are.

    Args:
        today: of the company.
    """
    found = await overview.open_requests(pool, Scope.of(caller.viewer))
    return _ageing(found, today, await overview.counted_at(pool))


async def cycle_times(
    pool: Pool, caller: Caller, months: Months, now: datetime, language: Language
) -> CycleTimesReport:
    """How long steps take that were decided in some months or wait now.

    Args:
        now: UTC; until then those have waited that still do.
        language: of the steps' names.
    """
    found = await overview.steps(pool, Scope.of(caller.viewer), months)
    names = await overview.step_names(pool, _processes(found))
    return _cycle_times(found, names, now, language, await overview.counted_at(pool))


async def returns(pool: Pool, caller: Caller, months: Months, zone: ZoneInfo, language: Language) -> ReturnsReport:
    """What went back in some months, from where, and why.

    Args:
        zone: the company's.
        language: of the steps' names.
    """
    found = await overview.returns(pool, Scope.of(caller.viewer), months)
    names = await overview.step_names(pool, _processes(found))
    reasons = await _reasons(pool, caller, months, zone)
    return _returns(found, names, reasons, language, await overview.counted_at(pool))


async def workloads(pool: Pool, caller: Caller, today: date) -> WorkloadReport:
    """Who has how much waiting: of those whose requests somebody sees, that is of all, of their people, or of themselves.

    Args:
        today: of the company.
    """
    found = await workload.of_people(pool, Scope.of(caller.viewer), today)
    return WorkloadReport(counted_at=await overview.counted_at(pool), items=tuple(found))


async def picture(
    pool: Pool, caller: Caller, months: Months, now: datetime, zone: ZoneInfo, language: Language
) -> Picture:
    """All of it, as of one moment.

    Args:
        now: UTC.
        zone: the company's.
        language: of the steps' names.
    """
    scope, today, together = Scope.of(caller.viewer), now.astimezone(zone).date(), Together(pool)
    groupings = (Grouping.MONTH, Grouping.DEPARTMENT, Grouping.SUPPLIER)
    (
        (by_month, by_department, by_supplier),
        (counted_at, still_open, steps, went_back, reasons, people),
    ) = await asyncio.gather(
        asyncio.gather(*(overview.spending(together, scope, months, grouping) for grouping in groupings)),
        asyncio.gather(
            overview.counted_at(together),
            overview.open_requests(together, scope),
            overview.steps(together, scope, months),
            overview.returns(together, scope, months),
            _reasons(together, caller, months, zone),
            workload.of_people(together, scope, today),
        ),
    )
    names = await overview.step_names(pool, _processes([*steps, *went_back]))
    return Picture(
        counted_at=counted_at,
        by_month=SpendReport(counted_at=counted_at, items=tuple(by_month)),
        by_department=SpendReport(counted_at=counted_at, items=tuple(by_department)),
        by_supplier=SpendReport(counted_at=counted_at, items=tuple(by_supplier)),
        ageing=_ageing(still_open, today, counted_at),
        cycle_times=_cycle_times(steps, names, now, language, counted_at),
        returns=_returns(went_back, names, reasons, language, counted_at),
        workload=WorkloadReport(counted_at=counted_at, items=tuple(people)),
    )


def _ageing(found: OpenRequests, today: date, counted_at: datetime | None) -> AgeingReport:
    late = [one for one in found.due if one.day < today]
    return AgeingReport(
        counted_at=counted_at,
        requests=_all(found.sent),
        bands=_bands(found.sent, _AGES, today),
        late=_all(late),
        late_bands=_bands(late, _LATE, today),
    )


def _cycle_times(
    found: Iterable[StepSums], names: StepNames, now: datetime, language: Language, counted_at: datetime | None
) -> CycleTimesReport:
    at = Decimal(str(now.timestamp()))
    items = [
        StepDurations(
            process=one.process,
            process_name=_name(names, one.process, "", language),
            step=one.step,
            name=_name(names, one.process, one.step, language),
            decided=one.visits,
            median_seconds=_percentile(one.classes, 0.5),
            ninety_percent_seconds=_percentile(one.classes, 0.9),
            waited_seconds=int(one.seconds + max(Decimal(0), one.waiting * at - one.waiting_since)),
            waiting=one.waiting,
        )
        for one in found
    ]
    items.sort(key=lambda one: -one.waited_seconds)
    return CycleTimesReport(counted_at=counted_at, items=tuple(items))


def _returns(
    found: Iterable[Returns],
    names: StepNames,
    reasons: Iterable[ReturnReason],
    language: Language,
    counted_at: datetime | None,
) -> ReturnsReport:
    return ReturnsReport(
        counted_at=counted_at,
        items=tuple(
            StepReturns(
                **one.model_dump(),
                process_name=_name(names, one.process, "", language),
                name=_name(names, one.process, one.step, language),
            )
            for one in found
        ),
        reasons=tuple(reasons),
    )


async def _reasons(reader: Reader, caller: Caller, months: Months, zone: ZoneInfo) -> list[ReturnReason]:
    since, until = (_begin(day, zone) for day in (months.first, months_before(months.last, -1)))
    return await overview.newest_reasons(reader, caller.viewer, since, until, REASONS)


def _processes(found: Iterable[StepSums | Returns]) -> list[str]:
    return sorted({one.process for one in found})


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _name(names: StepNames, process: str, step: str, language: Language) -> str:
    """What a step is called, or with an empty one its process; the key where no version has a name for it."""
    return names.get((process, step), {}).get(language) or step or process


def _all(days: Iterable[OnDay]) -> int:
    return sum(one.requests for one in days)


def _bands(days: Iterable[OnDay], begins: Sequence[int], today: date) -> tuple[Band, ...]:
    """Requests by how many days ago their days were; what is still to come counts as today."""
    counts = [0] * len(begins)
    for one in days:
        ago = max(begins[0], (today - one.day) // timedelta(days=1))
        counts[max(place for place, begin in enumerate(begins) if begin <= ago)] += one.requests
    ends = [*(begin - 1 for begin in begins[1:]), None]
    return tuple(
        Band(from_days=begin, to_days=end, requests=count)
        for begin, end, count in zip(begins, ends, counts, strict=True)
    )


def _percentile(classes: Sequence[tuple[int, int]], share: float) -> int | None:
    """The duration, in seconds, within which a share of the cases were done; within a class, as if they were spread evenly.

    Args:
        classes: numbers of classes and how many cases are in each, the shortest first.
        share: such as 0.9.
    """
    wanted = share * sum(count for _, count in classes)
    before = 0
    for size, count in classes:
        if before + count >= wanted:
            begin, end = GROWTH**size, GROWTH ** (size + 1)
            return round(begin + (end - begin) * (wanted - before) / count)
        before += count
    return None
