"""The overview: what was spent, how old open requests are, how long steps take and what goes back, of those whom one looks after."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from admission import HEAVY
from application import overview
from application.overview import Picture, months_before
from application.table_files import TableKind
from approval.model import Frozen
from approval.values import ShortText
from crm.overview import Months
from crm.pool import Pool
from web.deps import PoolDep
from web.overview_cards import CardKey, workbook
from web.overview_figures import cards, currencies
from web.rendering import Page, PageDep

router = APIRouter()

SPANS: Final = (3, 6, 12)
"""So many months can be looked at."""
_USUAL: Final = 12
_MONTH: Final = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])")
_FIRST: Final = date(1901, 1, 1)


class Chosen(Frozen):
    """What is looked at, as the address says it; whatever says nothing is as usual."""

    months: ShortText = ""
    until: ShortText = ""
    currency: ShortText = ""

    def span(self) -> int:
        """How many months."""
        return next((span for span in SPANS if self.months == str(span)), _USUAL)

    def range(self, today: date) -> Months:
        """Which months."""
        said = _MONTH.fullmatch(self.until)
        this = today.replace(day=1)
        last = date(int(said[1]), int(said[2]), 1) if said else this
        last = min(max(last, _FIRST), this)
        return Months(first=months_before(last, self.span() - 1), last=last)


async def get_chosen(
    months: Annotated[ShortText, Query()] = "",
    until: Annotated[ShortText, Query()] = "",
    currency: Annotated[ShortText, Query()] = "",
) -> Chosen:
    """What the address of the overview says."""
    return Chosen(months=months, until=until, currency=currency)


ChosenDep = Annotated[Chosen, Depends(get_chosen)]


@router.get("/overview", openapi_extra=HEAVY)
async def show(page: PageDep, pool: PoolDep, chosen: ChosenDep) -> Response:
    """All figures, each as a chart and as a table."""
    picture, months, today = await _look(page, pool, chosen)
    known = currencies(picture)
    currency = _currency(chosen, known)
    return await page.render(
        "overview/page.html",
        picture=picture,
        cards=cards(page, picture, months, currency),
        months=months,
        spans=SPANS,
        span=chosen.span(),
        query=_query(chosen, currency, known),
        earlier=f"{months_before(months.first, 1):%Y-%m}",
        later=f"{months_before(months.last, -chosen.span()):%Y-%m}" if months.last < today.replace(day=1) else None,
        currency=currency,
        currencies=known,
    )


@router.get("/overview/{card}.xlsx", openapi_extra=HEAVY)
async def download(card: CardKey, page: PageDep, pool: PoolDep, chosen: ChosenDep) -> Response:
    """The table of one figure as an Excel file."""
    picture, months, _ = await _look(page, pool, chosen)
    currency = _currency(chosen, currencies(picture))
    (found,) = (one for one in cards(page, picture, months, currency) if one.key is card)
    content = await asyncio.to_thread(workbook, page, found)
    headers = {"Content-Disposition": f'attachment; filename="overview-{card}.xlsx"'}
    return Response(content, media_type=TableKind.EXCEL.value, headers=headers)


async def _look(page: Page, pool: Pool, chosen: Chosen) -> tuple[Picture, Months, date]:
    now, zone = datetime.now(UTC), page.site.zone
    today = now.astimezone(zone).date()
    months = chosen.range(today)
    return await overview.picture(pool, page.user, months, now, zone, page.language), months, today


def _currency(chosen: Chosen, known: list[str]) -> str:
    if chosen.currency in known:
        return chosen.currency
    return known[0] if known else "VND"


def _query(chosen: Chosen, currency: str, known: list[str]) -> dict[str, str]:
    """What links to the same in other words keep."""
    query = {"months": str(chosen.span())}
    if _MONTH.fullmatch(chosen.until):
        query["until"] = chosen.until
    if known and currency != known[0]:
        query["currency"] = currency
    return query
