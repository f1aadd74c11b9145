"""Every page as axe-core sees it: nothing serious, light and dark, on a desk and on a phone; and no page is too wide."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from approval.effects import EventType
from connectors.catalogues import follow_catalogues
from crm.pool import Pool
from embedded.amis.catalogues import product
from embedded.amis.orders import example
from tests.api.setting import completed, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import DESKTOP, PHONE, Person
from tests.clients import LINE
from tests.conftest import SignIn
from tests.connectors.amis import connect, followed, forget, serving
from tests.notices.hooked import happen, hooked
from tests.notices.receiver import receiving, status

pytestmark = pytest.mark.browser

AXE: Final = Path(__file__).with_name("vendor") / "axe.min.js"
SERIOUS: Final = ("serious", "critical")

BROWSER: Final = {"bypass_csp": True, "reduced_motion": "reduce"}
"""axe is a script that no page of ours allows; colours that are still on their way to others are nobody's colours."""

LONG: Final = (
    "Thiết bị chuyển mạch Cisco Catalyst 9200L 48 cổng PoE+ kèm bản quyền Network Essentials và bảo hành 5 năm"
)

VIOLATIONS: Final = """async rules => {
    const found = await axe.run(document, {resultTypes: ["violations"], ...(rules && {runOnly: rules})});
    return found.violations.map(rule => ({
        rule: rule.id,
        impact: rule.impact,
        nodes: rule.nodes.map(node => `${node.html.slice(0, 160)} ${node.failureSummary}`)
    }));
}"""


async def violations(person: Person, *rules: str) -> list[Any]:
    """What axe finds serious on the page; all rules if none is named."""
    if not await person.page.evaluate("'axe' in window"):
        await person.page.add_script_tag(path=AXE)
    found = await person.page.evaluate(VIOLATIONS, list(rules) or None)
    return [item for item in found if item["impact"] in SERIOUS]


async def look_at(person: Person) -> dict[str, Any]:
    """What is wrong with the page, by appearance; empty if nothing is. Colours are all that differs in the dark."""
    page = person.page
    wrong: dict[str, Any] = {}
    for size, name in ((DESKTOP, "desktop"), (PHONE, "phone")):
        await page.set_viewport_size(size)  # type: ignore[arg-type]  # a mapping of the two
        await page.emulate_media(color_scheme="light")
        wrong[f"{name}, light"] = await violations(person)
        await page.emulate_media(color_scheme="dark")
        wrong[f"{name}, dark"] = await violations(person, "color-contrast")
        width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong[f"{name}, too wide by"] = max(width, 0)
    await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # see above
    await page.emulate_media(color_scheme="light")
    return {name: found for name, found in wrong.items() if found}


async def look_at_all(person: Person, paths: tuple[str, ...], opened: str = "") -> None:
    """Look at pages, with something on them clicked first.

    Raises:
        AssertionError: something is wrong with one.
    """
    wrong: dict[str, Any] = {}
    for path in paths:
        await person.open(path)
        if opened:
            await person.page.locator(opened).first.click()
        found = await look_at(person)
        if found:
            wrong[path] = found
    assert wrong == {}, json.dumps(wrong, ensure_ascii=False, indent=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(sign_in: SignIn) -> AsyncIterator[dict[str, str]]:
    """Ids: an order with several requests, and a request in each state, some with long texts."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    order = next(item for item in (await sales.get("/sales-orders?q=0412"))["items"])["id"]
    opportunity = (await sales.get("/opportunities"))["items"][0]["id"]
    draft = await sales.get(f"/sales-orders/{order}/purchase-request-draft")
    lines = [{**LINE, "description": LONG, "supplier": LONG}, {**LINE, "warehouse": LONG, "quantity": "1234567.5"}]
    waiting = await sent(sales, purpose=LONG, delivery_address=LONG, lines=lines)
    proposed = await sent(sales, **draft)
    await manager.done(proposed["id"], "reject", {"step": "manager", "note": LONG})
    lines = [{key: line[key] for key in (*LINE, "id", "source_line_id")} for line in proposed["lines"]]
    lines[0]["quantity"] = "12"
    version = (await sales.request(proposed["id"]))["version"]
    path = f"/purchase-requests/{proposed['id']}"
    answer = await sales.call("PATCH", path, {"lines": lines}, If_Match=f'"{version}"')
    assert answer.status_code == 200, answer.text
    await sales.done(proposed["id"], "send")
    changes = {"lines": [{"id": lines[0]["id"], "quantity": "8", "supplier": "FPT"}]}
    await manager.done(proposed["id"], "approve", {"step": "manager", "changes": changes})
    returned = await sent(sales, **draft)
    await manager.done(returned["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    said = {"text": f"@manager1 **{LONG}**\n\n- {LONG}\n\n> {'rất-dài' * 40}\n\n[báo giá](https://example.com)"}
    talk = f"/purchase-requests/{waiting['id']}"
    assert (await sales.call("POST", f"{talk}/comments", said)).status_code == 201
    assert (await sales.call("POST", f"{talk}/watchers", {"username": "sales2"})).status_code == 201
    ended = await sent(sales)
    await manager.done(ended["id"], "reject", {"step": "manager", "note": "Hết ngân sách", "end": True})
    bought = await completed(sales, manager)
    yield {
        "order": order,
        "opportunity": opportunity,
        "draft": (await sales.create())["id"],
        "waiting": waiting["id"],
        "proposed": proposed["id"],
        "returned": returned["id"],
        "ended": ended["id"],
        "bought": bought["id"],
    }


async def test_pages_for_everybody(visit: AtABrowser) -> None:
    async with visit(None, **BROWSER) as person:
        await look_at_all(person, ("/sign-in",))
    async with visit("sales1", **BROWSER) as person:
        person.refusals.add(404)
        await look_at_all(person, ("/nowhere",))
        await look_at_all(person, ("/requests",), opened=".sidebar summary.account")


async def test_the_pages_of_signing_in_again(visit: AtABrowser, pool: Pool) -> None:
    async with visit("sales2", **BROWSER) as person:
        await look_at_all(person, ("/sign-in/done",))
        person.refusals.add(403)
        await person.open("/requests/new")
        await person.page.locator("#purpose").fill(LONG)
        await person.page.locator("[name='lines.0.product_code']").fill("A")
        await person.page.locator("[name='lines.0.quantity']").fill("3")
        await pool.execute("DELETE FROM sessions WHERE username = 'sales2'")
        await person.press("Lưu")
        await person.page.locator("a.btn[target=_blank]").wait_for()
        assert await look_at(person) == {}


async def test_pages_of_sources(visit: AtABrowser, made: dict[str, str]) -> None:
    paths = ("/orders", f"/orders/{made['order']}", "/opportunities", f"/opportunities/{made['opportunity']}")
    async with visit("sales1", **BROWSER) as person:
        await look_at_all(person, (*paths, "/orders?q=zzzz"))
        await look_at_all(person, ("/orders",), opened="#list input[type=checkbox]")


@pytest.mark.parametrize("state", ["draft", "waiting", "proposed", "returned", "ended", "bought"])
async def test_the_page_of_a_request(visit: AtABrowser, made: dict[str, str], state: str) -> None:
    async with visit("sales1", **BROWSER) as person:
        await look_at_all(person, (f"/requests/{made[state]}",))


async def test_the_talk_about_a_request_and_its_printed_page(visit: AtABrowser, made: dict[str, str]) -> None:
    request = f"/requests/{made['waiting']}"
    async with visit("sales1", **BROWSER) as person:
        await look_at_all(person, (f"{request}/comments", f"{request}/print", f"/requests/{made['bought']}/print"))
        await look_at_all(person, (request,), opened=".comment [data-opens]")
        await person.open(request)
        await person.page.locator("#comment-text").press_sequentially("@")
        await person.page.locator("#suggested [role=option]").first.wait_for()
        assert await look_at(person) == {}


async def test_pages_of_making_and_sending(visit: AtABrowser, made: dict[str, str]) -> None:
    new = f"/requests/new?source_type=sales_order&source_id={made['order']}"
    async with visit("sales1", **BROWSER) as person:
        await look_at_all(person, (new, f"/requests/{made['returned']}/edit", f"/requests/{made['draft']}/send"))
        await look_at_all(person, (f"/requests/{made['waiting']}",), opened="[data-opens=cancel]")
        person.refusals.add(422)
        await person.open("/requests/new")
        await person.page.locator("#purpose").fill(LONG)
        await person.page.locator("[name='lines.0.product_code']").fill("A")
        await person.page.locator("[name='lines.0.quantity']").fill("ba cái")
        await person.press("Lưu")
        await person.page.locator("[aria-invalid=true]").first.wait_for()
        assert await look_at(person) == {}


async def test_pages_of_deciding(visit: AtABrowser, made: dict[str, str]) -> None:
    async with visit("manager1", **BROWSER) as person:
        await look_at_all(person, ("/inbox", f"/inbox/{made['waiting']}"))
        await look_at_all(person, (f"/inbox/{made['waiting']}",), opened=".edit-card summary")
        await look_at_all(person, (f"/inbox/{made['waiting']}",), opened="[data-opens=end]")
        await look_at_all(person, (f"/inbox/{made['waiting']}",), opened=".menu.is-up > summary")
        await look_at_all(person, (f"/inbox/{made['waiting']}/others",))
        await look_at_all(person, ("/inbox",), opened="#list tbody input[type=checkbox]")
        await person.page.locator("#picked button.btn-success").click()
        assert await look_at(person) == {}
    async with visit("director1", **BROWSER) as person:
        await look_at_all(person, (f"/inbox/{made['proposed']}",))
    async with visit("manager2", **BROWSER) as person:
        await look_at_all(person, ("/inbox",))


async def test_the_overview(visit: AtABrowser, made: dict[str, str]) -> None:
    async with visit("director1", **BROWSER) as person:
        await look_at_all(person, ("/overview",))
        await look_at_all(person, ("/overview",), opened="#statuses summary")


async def test_pages_of_purchasing(visit: AtABrowser, made: dict[str, str]) -> None:
    async with visit("purchasing1", **BROWSER) as person:
        await look_at_all(person, ("/purchasing", f"/purchasing/{made['bought']}", "/purchasing?q=zzzz"))
        await look_at_all(person, (f"/purchasing/{made['bought']}",), opened=".otherwise summary")
        await look_at_all(person, ("/purchasing/to-buy", "/purchasing/to-buy?q=zzzz"))


async def test_pages_of_administration(visit: AtABrowser, made: dict[str, str]) -> None:
    home = "/admin/processes/purchase-approval"
    async with visit("admin1", **BROWSER) as person:
        await look_at_all(
            person,
            ("/admin/connection", "/admin/processes", "/admin/calendar", home, f"{home}/versions/1", f"{home}/runs"),
        )
        await look_at_all(
            person,
            (
                "/admin/handover",
                "/admin/handover?person=manager1&to=manager",
                "/admin/handover?person=sales2&to=resolve",
            ),
        )
        await look_at_all(person, (f"{home}/edit", "/admin/new-process", f"/requests/{made['proposed']}"))
        await look_at_all(person, ("/admin/connection",), opened="[data-opens=disconnect]")


@pytest.mark.parametrize("page", ["new-process/form", "processes/purchase-approval-parallel/form"])
async def test_pages_of_the_process_designer(visit: AtABrowser, page: str) -> None:
    async with visit("admin1", **BROWSER) as person:
        await look_at_all(person, (f"/admin/{page}",))


async def test_pages_of_endpoints(visit: AtABrowser, made: dict[str, str], pool: Pool, sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    async with (
        receiving() as receiver,
        hooked(admin, pool, receiver.address, name=LONG) as hook,
        visit("admin1", **BROWSER) as person,
    ):
        receiver.respond = status(503, LONG * 5)
        await happen(pool, made["waiting"], EventType.REQUEST_SENT, EventType.STEP_OPENED)
        await hook.dispatch()
        await hook.deliver()
        page = f"/admin/endpoints/{hook.endpoint_id}"
        await look_at_all(person, ("/admin/endpoints", page))
        await look_at_all(person, (page,), opened="#list details > summary")
        await look_at_all(person, (page,), opened="[data-opens=rotate]")


async def test_the_page_of_amis(visit: AtABrowser, pool: Pool) -> None:
    async with serving() as amis, visit("admin1", **BROWSER) as person:
        await look_at_all(person, ("/admin/amis",))
        amis.orders.add(example(LONG[:150], 1))
        amis.orders.add(example("Nguyễn Văn An", 2))
        await connect(pool, amis)
        await followed(pool, amis)
        await pool.execute(
            """INSERT INTO connector_writings (system, key, number, problem, failed_at)
               VALUES ('amis', '1', $1, jsonb_build_object('reason', 'says_failed', 'params', jsonb_build_object('detail', $1::text)), now())""",
            LONG[:150],
        )
        amis.stand_in.catalogues.products.add(product("", LONG[:150]))
        connector = amis.connector()
        await follow_catalogues(pool, connector, lambda: None)
        await connector.close()
        await look_at_all(person, ("/admin/amis",))
        await look_at_all(person, ("/admin/amis",), opened="form details > summary")
        await forget(pool)
