"""The start page in a browser: what comes while it is open appears, and from it a manager decides on a phone in three taps."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_a_long_purpose_leaves_room_on_a_phone_for_whose_request_it_is_and_until_when(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL, purpose="Máy tính xách tay cho nhân viên mới " * 5)
    async with visit("manager1", phone=True) as manager:
        await manager.open("/")
        row = manager.page.locator(".start-row").filter(has_text=request["number"])
        lines = "it => it.getBoundingClientRect().height / parseFloat(getComputedStyle(it).lineHeight)"
        assert await row.locator(".start-row-end small").evaluate(lines) < 3.5
        assert await row.evaluate("it => it.scrollWidth <= it.clientWidth")


async def test_the_arrow_of_the_next_year_stands_apart_from_its_year(visit: AtABrowser) -> None:
    async with visit("admin1") as admin:
        await admin.open("/admin/calendar")
        for rel, side in (("next", "marginLeft"), ("prev", "marginRight")):
            icon = admin.page.locator(f".calendar-years [rel={rel}] .icon")
            assert await icon.evaluate(f"it => parseFloat(getComputedStyle(it).{side})") > 0, rel


async def test_a_manager_decides_on_a_phone_in_three_taps_from_the_start_page(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    async with visit("manager1", phone=True) as manager:
        await manager.open("/")
        request = await sent(sales, lines=SMALL, purpose="Mực in cho phòng kế toán")
        card = manager.page.locator("section[aria-labelledby=waiting-title]")
        await expect(card).to_contain_text(request["number"])  # nobody loaded the page again
        await card.get_by_role("link", name=request["number"]).click()
        await manager.page.locator("#approve").click()
        await manager.leads_to("/(inbox|requests)")
        await expect(manager.page.locator(".message")).to_contain_text(request["number"])
    assert (await sales.request(request["id"]))["process_status"] == "completed"
