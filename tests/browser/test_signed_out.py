"""What a session has shown does not stay on a screen once it has ended, except for what somebody was writing."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from crm.pool import Pool
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


async def test_a_page_that_is_looked_at_leaves_when_its_session_is_ended_elsewhere(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    request = await (await sign_in("sales1")).create(purpose="Bí mật")
    async with visit("sales1") as sales:
        await sales.open(f"/requests/{request['id']}")
        await sales.sees("Bí mật")
        await pool.execute("DELETE FROM sessions WHERE username = 'sales1'")
        await sales.leads_to("/sign-in")
        assert "Bí mật" not in await sales.page.content()


async def test_what_somebody_is_writing_stays(visit: AtABrowser, pool: Pool) -> None:
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        await sales.page.locator('[name="purpose"]').fill("Viết dở")
        note = sales.page.locator("#signed-out-note")
        await expect(note).to_be_hidden()
        await pool.execute("DELETE FROM sessions WHERE username = 'sales1'")
        await expect(note).to_contain_text("Phiên đăng nhập đã kết thúc")
        await expect(sales.page.locator('[name="purpose"]')).to_have_value("Viết dở")
        async with sales.page.context.expect_page() as opened:
            await note.get_by_role("link").click()
        window = await opened.value
        await window.locator("button[value=sales1]").click()
        await expect(window.locator("main")).to_contain_text("Hãy đóng cửa sổ này")
        await window.close()
        await sales.page.bring_to_front()
        await sales.page.evaluate("window.dispatchEvent(new Event('focus'))")
        await expect(note).to_be_hidden()
        await sales.page.locator("[name='lines.0.product_code']").fill("PRN-1")
        await sales.page.locator("[name='lines.0.quantity']").fill("1")
        await sales.press("Lưu")
        await sales.leads_to("/requests/[0-9a-f-]{36}$")
