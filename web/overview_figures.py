"""The figures of the overview as cards: their tables, their charts, and from each number the way to the requests that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from application.overview import Band, Picture, StepDurations, months_before
from approval.model import ProcessStatus
from crm.overview import Months, Spending
from texts import process_status_label
from web.overview_cards import Bar, Card, CardKey, Column, Kind, Part, Row, Tone, parts_of, scale_to
from web.overview_links import RequestLists
from web.rendering import Page

MOST_BARS: Final = 8
"""Of one chart; the table has all."""

_COMMITTED: Final = (ProcessStatus.COMPLETED, ProcessStatus.IN_PROGRESS, ProcessStatus.RETURNED)
"""What a month's bar is made of: what is spent, and what may be."""
_TONES: Final = {
    ProcessStatus.COMPLETED: Tone.GOOD,
    ProcessStatus.IN_PROGRESS: Tone.OPEN,
    ProcessStatus.RETURNED: Tone.BACK,
    ProcessStatus.REJECTED: Tone.BAD,
}
_DROPPED: Final = (ProcessStatus.REJECTED, ProcessStatus.CANCELLED)


def currencies(picture: Picture) -> list[str]:
    """In which currencies requests were made, the most used first."""
    counts: dict[str, int] = {}
    for one in picture.by_month.items:
        counts[one.currency] = counts.get(one.currency, 0) + one.requests
    return sorted(counts, key=lambda currency: (-counts[currency], currency))


def cards(page: Page, picture: Picture, months: Months, currency: str) -> list[Card]:
    """All cards.

    Args:
        page: whose language they are in.
        picture: the figures.
        months: that they are of.
        currency: of all amounts; those in others are left out.
    """
    lists = RequestLists(page.user.viewer, page.formats, months, currency)
    return [
        _by_month(page, picture, months, currency, lists),
        _by_status(page, picture, currency, lists),
        _by_department(page, picture, currency, lists),
        _by_supplier(page, picture, currency, lists),
        _ages(page, picture),
        _late(page, picture),
        _steps(page, picture, lists),
        _workload(page, picture, lists),
        _returns(page, picture),
    ]


def _by_month(page: Page, picture: Picture, months: Months, currency: str, lists: RequestLists) -> Card:
    _ = page.gettext
    found = [one for one in picture.by_month.items if one.currency == currency]
    parts = (_("Approved"), _("Waiting for approval"), _("Returned"))
    sums = {
        month: [_sum(found, month, statuses) for statuses in (*((one,) for one in _COMMITTED), _DROPPED)]
        for month in _months_of(months)
    }
    ways = {month: [lists.of_status(status, month) for status in _COMMITTED] for month in sums}
    longest = max((sum(amounts[: len(parts)], Decimal(0)) for amounts in sums.values()), default=Decimal(0))
    scale = scale_to(longest)
    tones = [_TONES[status] for status in _COMMITTED]
    return Card(
        key=CardKey.MONTHS,
        title=_("Spending by month"),
        columns=(
            Column(heading=_("Month")),
            Column(heading=_("Requests"), kind=Kind.COUNT),
            *(Column(heading=part, kind=Kind.MONEY) for part in (*parts, _("Rejected or cancelled"))),
        ),
        rows=tuple(
            Row(
                cells=(page.formats.month(month), Decimal(_requests(found, month)), *amounts),
                addresses=("", lists.sent(month), *ways[month]),
            )
            for month, amounts in sums.items()
        ),
        bars=tuple(
            Bar(
                label=f"{month:%m}",
                below=f"{month:%Y}" if month.month == 1 or (month == months.first and month.month < 12) else "",
                shown="",
                parts=parts_of(
                    amounts[: len(parts)],
                    scale[0],
                    tones,
                    *ways[month],
                    says=[
                        f"{page.formats.month(month)} · {part}: {page.formats.money(amount, currency)}"
                        for part, amount in zip(parts, amounts, strict=False)
                    ],
                ),
            )
            for month, amounts in sums.items()
        ),
        parts=parts,
        upright=True,
        scale=tuple(page.formats.short_number(value) for value in scale) if longest else (),
        currency=currency,
    )


class _Amount(NamedTuple):
    """What some requests come to that have a name in common."""

    name: str
    requests: int
    amount: Decimal
    address: str
    tone: Tone = Tone.GOOD

    @property
    def way(self) -> str:
        """Where they are listed, if there are any."""
        return self.address if self.requests else ""


def _by_status(page: Page, picture: Picture, currency: str, lists: RequestLists) -> Card:
    _ = page.gettext
    found = [one for one in picture.by_month.items if one.currency == currency]
    amounts = [
        _Amount(
            process_status_label(status, page.language),
            sum(one.requests for one in found if one.status is status),
            sum((one.amount for one in found if one.status is status), Decimal(0)),
            lists.of_status(status),
            _TONES.get(status, Tone.REST),
        )
        for status in ProcessStatus
    ]
    return _ranked(page, CardKey.STATUSES, _("Amounts by status"), _("Process status"), amounts, currency)


def _by_department(page: Page, picture: Picture, currency: str, lists: RequestLists) -> Card:
    _ = page.gettext
    amounts = _amounts(
        picture.by_department.items,
        currency,
        lambda one: one.department or _("No department"),
        lambda one: lists.of_department(one.department),
    )
    return _ranked(page, CardKey.DEPARTMENTS, _("Approved by department"), _("Department"), amounts, currency)


def _by_supplier(page: Page, picture: Picture, currency: str, lists: RequestLists) -> Card:
    _ = page.gettext
    amounts = _amounts(
        picture.by_supplier.items,
        currency,
        lambda one: one.supplier or _("No supplier named"),
        lambda one: lists.of_supplier(one.supplier),
    )
    return _ranked(page, CardKey.SUPPLIERS, _("Approved by supplier"), _("Supplier"), amounts, currency)


def _amounts(
    items: Iterable[Spending], currency: str, name: Callable[[Spending], str], address: Callable[[Spending], str]
) -> list[_Amount]:
    return [_Amount(name(one), one.requests, one.amount, address(one)) for one in items if one.currency == currency]


def _ranked(page: Page, key: CardKey, title: str, heading: str, amounts: Sequence[_Amount], currency: str) -> Card:
    """A card of amounts, each with a name."""
    longest = max((one.amount for one in amounts), default=Decimal(0))
    return Card(
        key=key,
        title=title,
        columns=(
            Column(heading=heading),
            Column(heading=page.gettext("Requests"), kind=Kind.COUNT),
            Column(heading=page.gettext("Amount"), kind=Kind.MONEY),
        ),
        rows=tuple(Row(cells=(one.name, Decimal(one.requests), one.amount), addresses=(one.way,)) for one in amounts),
        bars=tuple(
            Bar(
                label=one.name,
                shown=page.formats.money(one.amount, currency),
                parts=parts_of([one.amount], longest, [one.tone], one.way),
                address=one.way,
            )
            for one in amounts[:MOST_BARS]
        ),
        currency=currency,
    )


def _ages(page: Page, picture: Picture) -> Card:
    _ = page.gettext
    return _of_bands(page, CardKey.AGES, _("Open requests by age"), _("Sent before"), picture.ageing.bands, Tone.OPEN)


def _late(page: Page, picture: Picture) -> Card:
    _ = page.gettext
    return _of_bands(page, CardKey.LATE, _("Not decided in time"), _("Late by"), picture.ageing.late_bands, Tone.BAD)


def _of_bands(page: Page, key: CardKey, title: str, heading: str, bands: Sequence[Band], tone: Tone) -> Card:
    longest = max((Decimal(band.requests) for band in bands), default=Decimal(0))
    named = [(_days(page, band), Decimal(band.requests)) for band in bands]
    return Card(
        key=key,
        title=title,
        columns=(Column(heading=heading), Column(heading=page.gettext("Requests"), kind=Kind.COUNT)),
        rows=tuple(Row(cells=cells) for cells in named),
        bars=tuple(
            Bar(label=name, shown=page.formats.number(count), parts=parts_of([count], longest, [tone]))
            for name, count in named
        ),
    )


def _days(page: Page, band: Band) -> str:
    _ = page.gettext
    if band.to_days is None:
        return _("%(from)s days and more") % {"from": band.from_days}
    if band.from_days == band.to_days:
        return _("today") if band.from_days == 0 else _("%(days)s day") % {"days": band.from_days}
    return _("%(from)s–%(to)s days") % {"from": band.from_days, "to": band.to_days}


def _steps(page: Page, picture: Picture, lists: RequestLists) -> Card:
    _ = page.gettext
    found = picture.cycle_times.items
    longest = Decimal(max((one.waited_seconds for one in found), default=0))
    return Card(
        key=CardKey.STEPS,
        title=_("Where requests wait"),
        columns=(
            Column(heading=_("Step")),
            Column(heading=_("Process")),
            Column(heading=_("Waiting now"), kind=Kind.COUNT),
            Column(heading=_("Waited for in all"), kind=Kind.TIME),
            Column(heading=_("Half are decided within"), kind=Kind.TIME),
            Column(heading=_("Nine of ten within"), kind=Kind.TIME),
            Column(heading=_("Decided"), kind=Kind.COUNT),
        ),
        rows=tuple(_step_row(one, lists.waiting_at(one)) for one in found),
        bars=tuple(
            Bar(
                label=one.name,
                below=one.process_name,
                shown=page.formats.duration(one.waited_seconds),
                parts=parts_of([Decimal(one.waited_seconds)], longest, [Tone.OPEN], lists.waiting_at(one)),
                address=lists.waiting_at(one),
            )
            for one in found[:MOST_BARS]
        ),
    )


def _step_row(step: StepDurations, address: str) -> Row:
    return Row(
        cells=(
            step.name,
            step.process_name,
            Decimal(step.waiting),
            Decimal(step.waited_seconds),
            _seconds(step.median_seconds),
            _seconds(step.ninety_percent_seconds),
            Decimal(step.decided),
        ),
        addresses=("", "", address),
    )


def _workload(page: Page, picture: Picture, lists: RequestLists) -> Card:
    _ = page.gettext
    report = picture.workload
    longest = Decimal(max((one.waiting for one in report.items), default=0))
    parts = (_("Not overdue"), _("Overdue"))
    ways = [lists.waiting_on(one.person.username) if one.waiting else "" for one in report.items]
    return Card(
        key=CardKey.WORKLOAD,
        title=_("Who has how much waiting"),
        columns=(
            Column(heading=_("Approver")),
            Column(heading=_("Department")),
            Column(heading=_("Waiting now"), kind=Kind.COUNT),
            Column(heading=_("The oldest since")),
            Column(heading=_("Overdue"), kind=Kind.COUNT),
            Column(heading=_("Decided in %(days)s days") % {"days": report.days}, kind=Kind.COUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    one.person.name,
                    one.department or None,
                    Decimal(one.waiting),
                    page.formats.day(one.oldest_since) if one.oldest_since else None,
                    Decimal(one.late),
                    Decimal(one.decided),
                ),
                addresses=("", "", way),
            )
            for one, way in zip(report.items, ways, strict=True)
        ),
        bars=tuple(
            Bar(
                label=one.person.name,
                shown=page.formats.number(one.waiting),
                parts=_counted(
                    page, parts, [one.waiting - one.late, one.late], longest, [Tone.OPEN, Tone.BAD], way, way
                ),
                address=way,
            )
            for one, way in zip(report.items[:MOST_BARS], ways, strict=False)
            if one.waiting
        ),
        parts=parts,
    )


def _returns(page: Page, picture: Picture) -> Card:
    _ = page.gettext
    found = picture.returns.items
    parts = (_("Returned to the owner"), _("Returned to an earlier step"), _("Rejected for good"))
    counts = [(one.returned, one.sent_back, one.rejected) for one in found]
    longest = Decimal(max((sum(some) for some in counts), default=0))
    tones = (Tone.BACK, Tone.EARLIER, Tone.BAD)
    return Card(
        key=CardKey.RETURNS,
        title=_("Returned and rejected"),
        columns=(
            Column(heading=_("Step")),
            Column(heading=_("Process")),
            *(Column(heading=part, kind=Kind.COUNT) for part in parts),
        ),
        rows=tuple(
            Row(cells=(one.name, one.process_name, *map(Decimal, some)))
            for one, some in zip(found, counts, strict=True)
        ),
        bars=tuple(
            Bar(
                label=one.name,
                below=one.process_name,
                shown=page.formats.number(sum(some)),
                parts=_counted(page, parts, some, longest, tones),
            )
            for one, some in zip(found[:MOST_BARS], counts, strict=False)
        ),
        parts=parts,
    )


def _counted(
    page: Page, parts: Sequence[str], counts: Sequence[int], longest: Decimal, tones: Sequence[Tone], *ways: str
) -> tuple[Part, ...]:
    """Parts of a bar that count requests."""
    says = [f"{part}: {page.formats.number(count)}" for part, count in zip(parts, counts, strict=True)]
    return parts_of([Decimal(count) for count in counts], longest, tones, *ways, says=says)


def _seconds(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _months_of(months: Months) -> list[date]:
    found = [months.first]
    while found[-1] < months.last:
        found.append(months_before(found[-1], -1))
    return found


def _sum(found: Iterable[Spending], month: date, statuses: Sequence[ProcessStatus]) -> Decimal:
    return sum((one.amount for one in found if one.month == month and one.status in statuses), Decimal(0))


def _requests(found: Iterable[Spending], month: date) -> int:
    """Those that were sent."""
    return sum(one.requests for one in found if one.month == month and one.status is not ProcessStatus.NOT_SENT)
