"""A changed order at real browsers: the manager whose page is open sees it at once, the owner answers, the form offers it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import expect

from application.taking import take
from approval.incoming import IncomingSource
from crm.pool import Pool
from tests.api.test_holds import changes, made_from, small
from tests.application.orders import SYSTEM, with_quantity
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


async def sent_from_an_order(sign_in: SignIn, pool: Pool) -> tuple[IncomingSource, Any]:
    given = small()
    await take(pool, SYSTEM, [given], at=datetime.now(UTC))
    return given, await made_from(await sign_in("sales1"), pool, given, send={})


async def test_a_manager_whose_page_is_open_sees_the_order_change_and_the_owner_keeps_the_request(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    given, request = await sent_from_an_order(sign_in, pool)
    async with visit("manager1") as manager, visit("sales1") as owner, visit("manager1") as inbox:
        await manager.open(f"/inbox/{request['id']}")
        await inbox.open("/inbox")
        await owner.open(f"/requests/{request['id']}")
        await expect(manager.page.locator("#order")).to_be_empty()
        await changes(pool, with_quantity(given, 5))
        for person in (manager, owner):
            await expect(person.page.locator("#order")).to_contain_text("Tạm giữ: đơn hàng đã thay đổi")
            await expect(person.page.locator("#order del")).to_have_text("2 Chiếc")
            await expect(person.page.locator("#order ins")).to_have_text("5 Chiếc")
        await expect(manager.page.locator("#changed-note")).to_be_visible()
        row = inbox.page.locator("#list tbody tr", has_text=request["number"])
        await expect(row).to_contain_text("Tạm giữ")
        await expect(manager.page.locator("#approve")).to_be_hidden()
        await expect(manager.page.locator("#held-note")).to_contain_text("Tạm giữ")
        await expect(manager.page.locator("#source td[data-label='Theo đơn']").first).to_have_text("5")
        await owner.page.locator("#order [data-opens=keep]").click()
        await owner.page.locator("#keep-note").fill("Khách vẫn lấy 2 chiếc")
        await owner.page.locator("#keep button[type=submit]").click()
        await expect(owner.page.locator("#order")).to_contain_text("Khách vẫn lấy 2 chiếc")
        await expect(manager.page.locator("#order")).to_contain_text("Khách vẫn lấy 2 chiếc")
        await expect(manager.page.locator("#approve")).to_be_visible()
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("#approve").click()
        await manager.leads_to("/inbox$")


async def test_an_owner_amends_and_takes_over_what_the_order_says_now(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    given, request = await sent_from_an_order(sign_in, pool)
    sales = await sign_in("sales1")
    await changes(pool, with_quantity(given, 5))
    async with visit("sales1") as owner:
        await owner.open(f"/requests/{request['id']}")
        await owner.page.locator("#order [data-opens=amend]").click()
        await owner.page.locator("#amend button[type=submit]").click()
        await owner.leads_to(f"/requests/{request['id']}/edit$")
        await owner.page.locator("[data-take]").click()
        await expect(owner.page.locator("#lines-0-quantity")).to_have_value("5")
        await owner.press("Lưu và gửi lại")  # a price has a fraction, so that it is to be looked at first
        await owner.leads_to(f"/requests/{request['id']}/send$")
        await owner.press("Gửi lại")
        await owner.leads_to(f"/requests/{request['id']}$")
        await expect(owner.page.locator("#order")).to_be_empty()
    found = await sales.request(request["id"])
    assert (found["lines"][0]["quantity"], found["order_changes"], found["run"]["round"]) == ("5", [], 2)
