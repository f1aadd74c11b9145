"""The start page in a browser: what comes while it is open appears, and from it a manager decides on a phone in three taps."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


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
