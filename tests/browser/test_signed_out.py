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
        async with sales.page.expect_response(lambda answer: answer.url.endswith("/sign-in?next=/requests/new")):
            await pool.execute("DELETE FROM sessions WHERE username = 'sales1'")
        await expect(sales.page.locator('[name="purpose"]')).to_have_value("Viết dở")
