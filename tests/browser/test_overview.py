"""The overview in a browser: bars as long as their figures, drawn under the content security policy, and the tables beside them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from crm.overview_counting import count_some
from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.browser.conftest import AtABrowser
from tests.browser.test_keyboard import tab_to
from tests.conftest import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("running_worker")]


@pytest.fixture(scope="module", autouse=True)
async def figures(sign_in: SignIn, pool: Pool, running_worker: None) -> None:
    """One request that is approved, and one of twice as much that waits; counted."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    await completed(sales, manager, lines=SMALL)
    await sent(sales, lines=[{**SMALL[0], "quantity": "4"}])
    while not (await count_some(pool, ZoneInfo("Asia/Ho_Chi_Minh"))).done:
        pass


@pytest.mark.parametrize("phone", [False, True])
async def test_bars_say_what_the_table_says(visit: AtABrowser, phone: bool) -> None:
    async with visit("manager1", language="en", phone=phone) as manager:
        await manager.open("/overview")
        card = manager.page.locator("#statuses")
        bars = card.locator("[data-chart] td")
        await expect(card.locator("[data-chart]")).to_be_visible()
        widths = {}
        for place in range(await bars.count()):
            box = await bars.nth(place).bounding_box()
            label = await bars.nth(place).locator("xpath=preceding-sibling::th").inner_text()
            widths[label.split("\n")[0]] = box["width"] if box else 0
        approved, waiting = (
            next(w for name, w in widths.items() if key in name) for key in ("Completed", "In progress")
        )
        assert waiting > 50
        assert approved == pytest.approx(waiting / 2, rel=0.05)
        await card.get_by_text("The figures as a table").press("Enter")  # by keyboard
        await expect(card.get_by_role("row").filter(has_text="In progress").last).to_contain_text("50,000,000")
        async with manager.page.expect_download() as download:
            await card.get_by_role("link", name="Excel").click()
        assert (await download.value).suggested_filename == "overview-statuses.xlsx"


async def test_months_are_columns_that_stand_on_each_other(visit: AtABrowser) -> None:
    async with visit("manager1") as manager:
        await manager.open("/overview?months=3")
        last = manager.page.locator("#months [data-chart] tbody tr").last.locator("td")
        approved, waiting = [await last.nth(place).bounding_box() for place in (0, 1)]
        assert approved
        assert waiting
        assert waiting["height"] == pytest.approx(2 * approved["height"], rel=0.05)
        assert waiting["y"] + waiting["height"] == pytest.approx(approved["y"], abs=2)
        assert waiting["x"] == pytest.approx(approved["x"], abs=1)


async def test_a_bar_and_by_keys_its_row_lead_to_the_requests_that_it_counts(visit: AtABrowser) -> None:
    async with visit("manager1", language="en") as manager:
        page = manager.page
        listed = page.locator("#list tbody tr")
        await manager.open("/overview")
        bar = page.locator("#statuses [data-chart] tr").filter(has_text="In progress")
        await bar.locator("a.chart-way").click()
        await manager.leads_to("/requests")
        await expect(page.locator("#list")).to_contain_text("In progress")
        await expect(listed).to_have_count(1)
        await manager.open("/overview")
        await tab_to(manager, "#steps summary")
        await page.keyboard.press("Enter")
        await tab_to(manager, "#steps td a")
        await page.keyboard.press("Enter")
        await manager.leads_to("/requests")
        await expect(page.locator(".filter-said")).to_contain_text(
            "Waiting at Line manager · Purchase request approval"
        )
        await expect(listed).to_have_count(1)
