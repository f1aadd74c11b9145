"""Approving several at once: what is confirmed is what is decided on."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import lifted, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("phone", [False, True])
async def test_the_dialog_names_the_amounts_that_count(visit: AtABrowser, sign_in: SignIn, phone: bool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    changed, same = await lifted(sales, manager), await sent(sales)
    await manager.done(same["id"], "approve", {"step": "manager"})
    async with visit("director1", phone=phone) as director:
        await director.open("/inbox")
        rows = {
            request["id"]: director.page.locator(f"tr[data-href^='/inbox/{request['id']}?']")
            for request in (changed, same)
        }
        for row in rows.values():
            await row.locator("input[name=id]").check()
        if not phone:
            heights = [await row.evaluate("row => row.offsetHeight") for row in rows.values()]
            assert heights[0] == heights[1]
        await director.page.locator("#picked .btn-success").click()
        listed = director.page.locator("#approve-ticked .picked-list li")
        first, second = listed.filter(has_text=changed["number"]), listed.filter(has_text=same["number"])
        await expect(first.locator(".money").first).to_have_text("1.000.000.000\N{NO-BREAK SPACE}₫")
        await expect(first.locator("small")).to_have_text("lúc gửi: 10.000.000\N{NO-BREAK SPACE}₫")
        await expect(second.locator(".money")).to_have_text("125.000.000\N{NO-BREAK SPACE}₫")
        assert await director.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await listed.first.evaluate("item => item.parentElement.scrollWidth <= item.parentElement.clientWidth")
