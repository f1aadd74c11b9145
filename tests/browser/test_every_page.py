"""Every page at every width: nothing scrolls sideways, nothing covers a control, and no text is cut without a sign."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from settings import Settings
from tests.browser.conftest import AtABrowser
from tests.browser.full_crm import full_crm
from tests.browser.person import Person
from tests.conftest import SignIn
from tests.served import pages_of, routes

pytestmark = pytest.mark.browser

SIZES: Final = ((320, 640), (390, 844), (768, 1024), (844, 390), (1024, 768), (1280, 800), (1440, 900))
ZOOMED: Final = (640, 400)
"""A desktop of 1280 × 800 at 200 %."""

MAY_SCROLL: Final = ".document, .diff, .table-responsive:has(> .matrix), textarea"
"""What may be wider than the page, and scrolls by itself: documents, and a table that is as wide as its company's rules."""

ALL_COLUMNS: Final = "/requests?column=request_date,owner,customer,source,process_status,purchase_status,goods,desired_delivery_date,total,updated_at"

PAGES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "": {"/sign-in": ("/sign-in",), "/mail/{token}": ("/mail/{token}",), "/offline": ("/offline",)},
    "sales1": {
        "/": ("/",),
        "/sign-in/done": ("/sign-in/done",),
        "/notices": ("/notices",),
        "/notices/settings": ("/notices/settings",),
        "/orders": ("/orders", "/orders?q=zzzz"),
        "/orders/{source_id}": ("/orders/{order}",),
        "/opportunities": ("/opportunities",),
        "/opportunities/{source_id}": ("/opportunities/{opportunity}",),
        "/requests": ("/requests", "/requests?date_from=08/12/2020&total_to=nhi%E1%BB%81u", ALL_COLUMNS),
        "/requests/new": ("/requests/new", "/requests/new?source_type=sales_order&source_id={order}"),
        "/requests/{request_id}": ("/requests/{waiting}", "/requests/{returned}", "/requests/{bought}"),
        "/requests/{request_id}/comments": ("/requests/{waiting}/comments",),
        "/requests/{request_id}/edit": ("/requests/{returned}/edit",),
        "/requests/{request_id}/print": ("/requests/{bought}/print",),
        "/requests/{request_id}/send": ("/requests/{draft}/send",),
        "/requests/{request_id}/timeline": ("/requests/{proposed}/timeline",),
    },
    "manager1": {
        "/": ("/",),
        "/inbox": ("/inbox", "/inbox?q=zzzz&overdue=yes"),
        "/inbox/{request_id}": ("/inbox/{waiting}",),
        "/inbox/{request_id}/others": ("/inbox/{waiting}/others",),
        "/substitutions": ("/substitutions",),
    },
    "director1": {
        "/inbox/{request_id}": ("/inbox/{proposed}",),
        "/overview": ("/overview", "/overview?months=3&until=2020-01"),
    },
    "purchasing1": {
        "/purchasing": ("/purchasing",),
        "/purchasing/{request_id}": ("/purchasing/{bought}",),
        "/purchasing/to-buy": ("/purchasing/to-buy",),
    },
    "admin1": {
        "/requests/{request_id}": ("/requests/{proposed}",),
        "/admin/amis": ("/admin/amis",),
        "/admin/calendar": ("/admin/calendar",),
        "/admin/connection": ("/admin/connection",),
        "/admin/endpoints": ("/admin/endpoints",),
        "/admin/endpoints/{endpoint_id}": ("/admin/endpoints/{endpoint}",),
        "/admin/new-person": ("/admin/new-person",),
        "/admin/people": ("/admin/people", "/admin/people?q=zzzz"),
        "/admin/people-tree": ("/admin/people-tree", "/admin/people-tree?under=director1"),
        "/admin/people/{username}": ("/admin/people/manager1", "/admin/people/long1"),
        "/admin/people/{username}/edit": ("/admin/people/long1/edit",),
        "/admin/handover": ("/admin/handover?person=manager1&to=manager",),
        "/admin/imports": ("/admin/imports",),
        "/admin/imports/{import_id}": ("/admin/imports/{import}",),
        "/admin/new-process": ("/admin/new-process",),
        "/admin/new-process/form": ("/admin/new-process/form",),
        "/admin/processes": ("/admin/processes",),
        "/admin/processes/{key}": ("/admin/processes/long-names",),
        "/admin/processes/{key}/edit": ("/admin/processes/long-names/edit",),
        "/admin/processes/{key}/form": (
            "/admin/processes/long-names/form",
            "/admin/processes/purchase-approval-parallel/form",
        ),
        "/admin/processes/{key}/matrix": ("/admin/processes/matrix/matrix",),
        "/admin/processes/{key}/runs": ("/admin/processes/long-names/runs",),
        "/admin/processes/{key}/versions/{version}": ("/admin/processes/long-names/versions/2",),
        "/admin/reconciliation": ("/admin/reconciliation",),
    },
}
"""Every page by who may see it, and the addresses at which it is looked at, with names of ``full_crm``."""

NO_PAGES: Final = frozenset(
    {
        "/sign-in/openid",  # leads on, as some others do
        "/sign-in/callback",
        "/inbox/approve",
        "/inbox/return",
        "/inbox/{request_id}/preview",  # part of one
        "/notices/{notice_id}",
        "/purchasing/{request_id}/orders",
        "/admin/processes/{key}/matrix/check",
        "/admin/design-people",
        "/admin/design-customers",
        "/admin/processes/{key}/try",
        "/manifest.webmanifest",  # for browsers and scripts
        "/service-worker.js",
        "/events",
        "/inbox/gone",
        "/requests/{request_id}/people",
        "/suggestions/products",
        "/suggestions/suppliers",
        "/suggestions/warehouses",
        "/static/{digest}/{name:path}",  # files
        "/requests/{request_id}/attachments/{attachment_id}",
        "/purchasing/to-buy.xlsx",
        "/inbox.xlsx",
        "/opportunities.xlsx",
        "/orders.xlsx",
        "/purchasing.xlsx",
        "/purchasing/{request_id}/receipts.xlsx",
        "/requests.xlsx",
        "/admin/people.xlsx",
        "/admin/people-tree/branch",
        "/admin/people-found",
        "/substitutions.xlsx",
        "/overview/{card}.xlsx",
        "/admin/imports/templates/{kind}.csv",
        "/admin/imports/templates/{kind}.xlsx",
        "/admin/processes/{key}/matrix.csv",
        "/admin/processes/{key}/matrix.xlsx",
    }
)
"""What is served that nobody looks at as a page."""

LOOKING: Final = Path(__file__).with_name("looking.js").read_text(encoding="utf-8")


def test_no_page_is_forgotten(app: FastAPI) -> None:
    served = {route.removeprefix("GET ") for route in routes(pages_of(app)) if route.startswith("GET ")}
    looked_at = {route for pages in PAGES.values() for route in pages}
    assert served == looked_at | NO_PAGES


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(
    app: FastAPI, sign_in: SignIn, pool: Pool, settings: Settings, server_url: str
) -> AsyncIterator[dict[str, str]]:
    """Ids in a CRM that is hard on its pages."""
    async with full_crm(app, sign_in, pool, settings) as names:
        yield names


async def look_at(person: Person, path: str, sizes: tuple[tuple[int, int], ...]) -> dict[str, list[str]]:
    """What is wrong with a page, by size."""
    assert await person.open(path) == 200, path
    await person.page.evaluate("document.fonts.ready")
    wrong = {}
    for width, height in sizes:
        await person.page.set_viewport_size({"width": width, "height": height})
        found: list[str] = await person.page.evaluate(LOOKING, MAY_SCROLL)
        if found:
            wrong[f"{path} {width}x{height}"] = found
    return wrong


@pytest.mark.parametrize("username", list(PAGES))
async def test_every_page_fits_every_width(visit: AtABrowser, made: dict[str, str], username: str) -> None:
    wrong: dict[str, list[str]] = {}
    async with visit(username or None, reduced_motion="reduce") as person:
        for address in (address for addresses in PAGES[username].values() for address in addresses):
            wrong |= await look_at(person, address.format(**made), (*SIZES, ZOOMED))
    assert wrong == {}, json.dumps(wrong, ensure_ascii=False, indent=1)


async def test_pages_fit_in_english_and_in_the_dark(visit: AtABrowser, made: dict[str, str]) -> None:
    wrong: dict[str, list[str]] = {}
    async with visit("sales1", language="en", dark=True, reduced_motion="reduce") as person:
        for path in ("/requests", f"/requests/{made['waiting']}", f"/requests/{made['returned']}/edit"):
            wrong |= await look_at(person, path, ((320, 640), (1024, 768)))
    async with visit("manager1", language="en", dark=True, reduced_motion="reduce") as person:
        wrong |= await look_at(person, f"/inbox/{made['waiting']}", ((320, 640), (844, 390), (1024, 768)))
    assert wrong == {}, json.dumps(wrong, ensure_ascii=False, indent=1)
