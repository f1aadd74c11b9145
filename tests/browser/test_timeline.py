"""A long timeline unfolds in place, and stays unfolded while others go on."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.async_api import expect
from uuid_utils.compat import uuid7

from crm.pool import Pool
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


async def test_earlier_entries_come_in_place_and_stay_when_something_happens(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    draft = await sales.create()
    await pool.executemany(
        """INSERT INTO timeline (request_id, command_id, at, action, actor, round, accepted)
           VALUES ($1, $2, now(), 'edit', 'sales1', 0, true)""",
        [(UUID(draft["id"]), uuid7()) for _ in range(40)],
    )
    async with visit("sales1") as person:
        await person.open(f"/requests/{draft['id']}")
        items = person.page.locator(".story-item")
        await expect(items).to_have_count(30)
        await person.page.evaluate("window.stays = true")
        await person.page.get_by_role("link", name="Xem các mục trước đó").click()
        await expect(items).to_have_count(41)
        await expect(person.page.get_by_role("link", name="Xem các mục trước đó")).to_have_count(0)
        assert person.page.url.endswith("?entries=200")
        await sales.call("PATCH", f"/purchase-requests/{draft['id']}", {"purpose": "Khác"}, If_Match="*")
        await expect(items).to_have_count(42)
        assert await person.page.evaluate("window.stays")
