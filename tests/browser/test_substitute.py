"""Somebody goes away, and their substitute decides on a phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from crm.pool import Pool
from tests.api.setting import DIRECTOR_ONLY, SMALL, connect, publish, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


async def test_a_substitute_on_a_phone_decides_for_the_director(visit: AtABrowser, sign_in: SignIn, pool: Pool) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await publish(admin, "substitute", DIRECTOR_ONLY)
    await connect(admin, "substitute")
    request = await sent(sales, lines=SMALL)
    await connect(admin, "purchase-approval")
    async with visit("director1") as director, visit("manager2", phone=True) as manager:
        await manager.open("/inbox")
        await expect(manager.page.locator("main")).not_to_contain_text(request["number"])
        await director.open("/substitutions")
        form = director.page.locator('form[action="/substitutions"]')
        await form.locator("#substitute").select_option("manager2")
        await form.locator("#until").fill((datetime.now(UTC) + timedelta(days=6)).date().isoformat())
        await form.locator("#ceiling").fill("100.000.000")
        await form.locator("#reason").fill("Nghỉ phép năm")
        await director.press("Lập ủy quyền")
        await director.sees("Phạm Thị Thu Hà duyệt thay bạn", "Đang hiệu lực", "đến 100.000.000")

        await manager.open("/inbox")
        await manager.sees("Bạn đang duyệt thay Trần Thị Minh Nguyệt", request["number"])
        await manager.page.get_by_role("link", name=request["number"], exact=True).click()
        await manager.leads_to(f"/inbox/{request['id']}.*for=director1")
        await manager.sees("Bạn duyệt thay Trần Thị Minh Nguyệt")
        width = await manager.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, "the page is too wide for the phone"
        await manager.page.locator("#approve").click()
        await manager.leads_to("/inbox$")
        await manager.sees(f"{request['number']}: Đã duyệt")

        await director.open(f"/requests/{request['id']}")
        await expect(director.page.locator(".run")).to_contain_text("Phạm Thị Thu Hà")
        await expect(director.page.locator(".run")).to_contain_text("thay Trần Thị Minh Nguyệt")
        story = director.page.locator(".story").first
        await expect(story).to_contain_text(re.compile(r"Phạm Thị Thu Hà \(thay Trần Thị Minh Nguyệt, ủy quyền .*\)"))

        await director.open("/substitutions")
        await director.press("Thu hồi: Phạm Thị Thu Hà thay Trần Thị Minh Nguyệt")
        await director.sees("Đã thu hồi")
        await manager.open("/inbox")
        await expect(manager.page.locator("main")).not_to_contain_text("Bạn đang duyệt thay")
        assert await manager.open(f"/requests/{request['id']}") == 200  # whoever acted has taken part
    assert (await sales.request(request["id"]))["process_status"] == "completed"


async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(visit: AtABrowser) -> None:
    async with visit("director1", language="en") as director:
        director.refusals.add(422)
        await director.open("/substitutions")
        form = director.page.locator('form[action="/substitutions"]')
        await form.locator("#substitute").select_option("manager1")
        await form.locator("#until").fill((datetime.now(UTC) + timedelta(days=200)).date().isoformat())
        await form.locator("#reason").fill("Long leave")
        await director.press("Make the substitution")
        await expect(director.page.locator("#until-error")).to_contain_text("at most 90 days")
        await expect(director.page.locator("#reason")).to_have_value("Long leave")
        await expect(director.page.locator("#substitute")).to_have_value("manager1")
