"""Columns of one's choice and views of one's own, at a browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from crm.pool import Pool
from tests.browser.conftest import AtABrowser
from tests.browser.test_accessible import BROWSER, violations
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("phone", [False, True])
async def test_columns_are_chosen_and_kept_as_a_view(
    visit: AtABrowser, sign_in: SignIn, pool: Pool, phone: bool
) -> None:
    await pool.execute("DELETE FROM list_views")
    sales = await sign_in("sales1")
    order = (await sales.get("/sales-orders"))["items"][0]
    request = await sales.create(**await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft"))
    async with visit("sales1", phone=phone, **BROWSER) as person:
        page = person.page
        await person.open("/requests")
        await page.locator("#q").fill(request["number"])
        await person.leads_to(rf"/requests\?.*q={request['number']}")
        row = page.locator(f"tr[data-href='/requests/{request['id']}']")
        await expect(row).not_to_contain_text(order["customer"])
        await page.locator("summary", has_text="Cột").click()
        await page.get_by_label("Khách hàng").last.check()
        await expect(row).to_contain_text(order["customer"])
        await person.leads_to(r"/requests\?.*column=customer")
        await page.locator("#new-view > summary").click()
        await page.locator("#new-view-name").fill("Theo khách hàng")
        await page.locator("#new-view [name=is_default]").check()
        assert await violations(person) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await person.press("Lưu chế độ xem")
        tab = page.locator(".view-tabs [aria-current=page]")
        await expect(tab).to_contain_text("Theo khách hàng")
        await person.open("/requests")
        await expect(tab).to_contain_text("Theo khách hàng")
        await expect(row).to_contain_text(order["customer"])
        await page.locator("#q").fill("")
        await expect(page.locator("#views")).to_contain_text("Lưu danh sách như đang hiển thị")
        await page.locator("#change-view > summary").click()
        await person.press("Lưu danh sách như đang hiển thị")
        await expect(page.locator("#q")).to_have_value("")
        await page.locator("#change-view > summary").click()
        await expect(person.button("Lưu danh sách như đang hiển thị")).to_have_count(0)
        await person.press("Xóa chế độ xem")
        await expect(page.locator(".view-tabs")).to_have_count(0)
