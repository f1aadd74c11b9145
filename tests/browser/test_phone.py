"""Lists, many lines and the navigation on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

LONG = "Thiết bị chuyển mạch Cisco Catalyst 9200L 48 cổng PoE+ kèm bản quyền Network Essentials và bảo hành 5 năm"
MOST_HEIGHT = 8000
"""Pixels that a request of sixty lines may take on a phone, with its timeline and all else: ten screens."""


async def test_a_list_says_how_many_more_goods_there_are(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"), lines=[{**LINE, "description": f"{LONG} {n}"} for n in range(4)])
    async with visit("sales1", phone=True) as sales, visit("manager1", phone=True) as manager:
        for person, path in ((sales, f"/requests?q={request['number']}"), (manager, "/inbox")):
            await person.open(path)
            row = person.page.locator("#list tbody tr").filter(has_text=request["number"])
            more = row.get_by_text("và 2 mặt hàng khác")
            await expect(more).to_be_visible()
            cut = "it => it.getBoundingClientRect().bottom > it.closest('td').getBoundingClientRect().bottom + 1"
            assert not await more.evaluate(cut)
            assert not await more.evaluate("it => Boolean(it.closest('.clamp'))")


async def test_sixty_lines_are_folded_on_a_phone_and_stay_open_once_they_are(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales, lines=[{**LINE, "description": f"Mặt hàng {n}"} for n in range(60)])
    async with visit("sales1", phone=True) as person:
        await person.open(f"/requests/{request['id']}")
        rows = person.page.locator("#goods tbody tr")
        assert await rows.count() == 60
        await expect(person.page.locator("#goods tbody tr:visible")).to_have_count(10)
        assert await person.page.evaluate("document.documentElement.scrollHeight") < MOST_HEIGHT
        await person.page.get_by_text("Hiện cả 60 dòng").click()
        await expect(person.page.locator("#goods tbody tr:visible")).to_have_count(60)
        await (await sign_in("manager1")).done(request["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
        await person.sees_status("Trả lại")
        await expect(person.page.locator("#goods tbody tr:visible")).to_have_count(60)
    async with visit("sales1") as person:
        await person.open(f"/requests/{request['id']}")
        await expect(person.page.locator("#goods tbody tr:visible")).to_have_count(60)
        await expect(person.page.get_by_text("Hiện cả 60 dòng")).to_be_hidden()


async def test_what_an_admin_has_no_room_for_is_behind_a_button(visit: AtABrowser) -> None:
    async with visit("admin1", phone=True) as admin:
        await admin.open("/requests")
        navigation = admin.page.locator("nav#navigation")
        calendar = navigation.get_by_role("link", name="Lịch làm việc")
        await expect(calendar).to_be_hidden()
        assert await navigation.get_by_role("link").count() <= 4
        for entry in await navigation.get_by_role("link").all():
            box = await entry.bounding_box()
            assert box is not None
            assert box["width"] >= 64
        button = navigation.get_by_role("button", name="Menu")
        await button.click()
        await expect(button).to_have_attribute("aria-expanded", "true")
        await admin.page.keyboard.press("Escape")
        await expect(calendar).to_be_hidden()
        await expect(button).to_be_focused()
        await button.press("Enter")
        await calendar.click()
        await admin.leads_to("/admin/calendar$")
        await expect(button).to_have_attribute("aria-current", "true")
    async with visit("admin1") as admin:
        await admin.open("/requests")
        await expect(admin.page.locator("nav#navigation").get_by_role("link", name="Lịch làm việc")).to_be_visible()
        await expect(admin.page.locator("nav#navigation button")).to_be_hidden()
    async with visit("sales1", phone=True) as sales:
        await sales.open("/requests")
        await expect(sales.page.locator("nav#navigation button")).to_have_count(0)
