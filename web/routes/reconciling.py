"""*Đối soát*: what the reconciler mended, and what waits for a person, with the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from admission import HEAVY
from application.checking.findings import Kind
from application.reconciliation import Reconciliation
from approval.model import Code, RefusedError
from crm import findings
from crm.findings import StoredFinding
from texts.findings import finding_remedy, finding_text
from web.deps import PoolDep, nobody_works
from web.navigation import N_
from web.rendering import Page, PageDep, purchase_status_label

router = APIRouter(prefix="/admin/reconciliation")

ADDRESS: Final = "/admin/reconciliation"
MOST_SHOWN: Final = 100
QUIET: Final = timedelta(minutes=30)
"""A pass is made every ten minutes, unless it is set otherwise."""
USUAL_PASS: Final = timedelta(minutes=1)
"""Of a pass that has been under way for longer it is asked whether anybody is there who makes it."""

_SUMS: Final = ("before", "after")
"""Facts that are what a request shows of reported purchases: ``LT-T14: 2 (0); received (–)``."""
_STATUS: Final = re.compile(r"[^\s()]+")

_AMIS: Final = (("/admin/amis", N_("AMIS connection")),)
_PLACES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    Kind.NOBODY_ASKED: (("/admin/people", N_("People and roles")), ("/admin/processes", N_("Processes"))),
    Kind.ORDERS_NOT_READ: _AMIS,
    Kind.ORDERS_PARKED: _AMIS,
    Kind.ORDERS_MISSED: _AMIS,
    Kind.ORDERS_NOT_THERE: _AMIS,
}
"""Pages that the remedy of a finding speaks of, besides the request."""


@router.get("", openapi_extra=HEAVY)
async def show(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """The last passes, what waits, and what was mended."""
    reconciliation = _service(request)
    found = await reconciliation.get(page.user)
    usual = USUAL_PASS if found.under_way else QUIET
    is_quiet = not found.passes or found.passes[0].started_at < datetime.now(UTC) - usual
    stands_still = is_quiet and await nobody_works(request)
    under_way = found.under_way and not stands_still
    return await page.render(
        "admin/reconciliation.html",
        is_possible=reconciliation.is_possible,
        under_way=under_way,
        is_over=not under_way and request.headers.get("HX-Target") == "under-way",
        passes=found.passes,
        stands_still=stands_still,
        waiting=[_shown(page, one) for one in await findings.open_findings(pool, MOST_SHOWN)],
        mended=[_shown(page, one) for one in await findings.mended(pool, MOST_SHOWN)],
    )


@router.post("")
async def compare(request: Request, page: PageDep) -> Response:
    """Compare now."""
    try:
        has_begun = await _service(request).now(page.user)
    except RefusedError as error:
        if error.refusal.code in (Code.FORBIDDEN, Code.NOT_FOUND):
            raise
        await page.tell_refusal(error)
        return page.redirect(ADDRESS)
    if has_begun:
        page.tell("success", page.gettext("CRM and engine are compared now"))
    else:
        why = page.gettext("It begins as soon as a worker is there. Tell IT, if that takes more than a minute.")
        page.tell("warning", page.gettext("The comparison has not begun yet"), why)
    return page.redirect(ADDRESS)


def _service(request: Request) -> Reconciliation:
    service: Reconciliation = request.app.state.reconciliation
    return service


def _shown(page: Page, one: StoredFinding) -> dict[str, Any]:
    facts = {"owner": one.owner, **one.facts}
    facts |= {name: _with_status(page, facts[name]) for name in _SUMS if name in facts}
    text = finding_text(one.kind, facts, page.language)
    return {
        "number": one.number,
        "text": text[:1].upper() + text[1:],
        "request_id": one.request_id,
        "remedy": finding_remedy(one.kind, facts, page.language, at_pages=True),
        "places": _PLACES.get(one.kind, ()),
        "found_at": one.found_at,
    }


def _with_status(page: Page, sums: str) -> str:
    """What is shown of purchases, with the status in words. Only goods have a colon."""
    label = partial(purchase_status_label, page.site, page.language)
    parts = (one if ": " in one else _STATUS.sub(lambda code: label(code[0]), one) for one in sums.split("; "))
    return "; ".join(parts)
