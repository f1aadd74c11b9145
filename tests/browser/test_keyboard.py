"""Without a mouse: sign in, make and send a request, decide it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

MOST_TABS = 60
"""Between two things that one does after each other on a page."""


async def tab_to(person: Person, selector: str) -> None:
    """Press Tab until the focus is on what matches; it must be visible, and seen to have the focus."""
    for _ in range(MOST_TABS):
        await person.page.keyboard.press("Tab")
        if await person.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            focused = person.page.locator(":focus")
            await expect(focused).to_be_visible()
            styles = await focused.evaluate("it => [getComputedStyle(it).outlineStyle, getComputedStyle(it).boxShadow]")
            assert styles != ["none", "none"], f"nobody sees that {selector} has the focus"
            return
    pytest.fail(f"Tab does not lead to {selector} on {person.page.url}")


async def sign_in_by_keys(person: Person, username: str) -> None:
    await person.open("/sign-in")
    await tab_to(person, f'button[value="{username}"]')
    await person.page.keyboard.press("Enter")
    await expect(person.page.locator("nav#navigation")).to_be_visible()


async def test_a_request_is_made_sent_and_decided_by_keys_alone(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("admin1")
    async with visit() as sales:
        keyboard = sales.page.keyboard
        await sign_in_by_keys(sales, "sales1")
        await tab_to(sales, "a[href='/requests/new']")
        await keyboard.press("Enter")
        await sales.leads_to("/requests/new$")
        await tab_to(sales, "#purpose")
        await keyboard.type("Máy in cho phòng kế toán")
        await tab_to(sales, "[name='lines.0.product_code']")
        await keyboard.type("PRN-1")
        await tab_to(sales, "[name='lines.0.quantity']")
        await keyboard.type("2")
        await tab_to(sales, "[name='lines.0.unit_price']")
        await keyboard.type("4.500.000")
        await expect(sales.page.locator("#total")).to_contain_text("9.000.000")
        await tab_to(sales, "button[value=send]")
        await keyboard.press("Enter")
        await sales.leads_to("/requests/[0-9a-f-]+$")
        await sales.sees_status("Đang thực hiện")
        request_id = sales.request_id
    async with visit() as manager:
        keyboard = manager.page.keyboard
        await sign_in_by_keys(manager, "manager1")
        await tab_to(manager, "nav#navigation a[href='/inbox']")
        await keyboard.press("Enter")
        await manager.leads_to("/inbox$")
        await tab_to(manager, "a.main-link")
        await keyboard.press("Enter")
        await manager.leads_to(rf"/inbox/{request_id}\?step=[a-z_-]+$")
        await tab_to(manager, "a.skip-link[href='#note']")
        await keyboard.press("Enter")
        await expect(manager.page.locator("#note")).to_be_focused()
        await keyboard.type("Đồng ý")
        await keyboard.press("Control+Enter")  # decides nothing: a button does
        await tab_to(manager, "#approve")
        await keyboard.press("Enter")
        await manager.leads_to("/inbox$")
    request = await api.request(request_id)
    assert request["process_status"] == "completed"
    assert [note["text"] for note in request["notes"]] == ["Đồng ý"]


async def test_a_dialog_takes_the_focus_and_gives_it_back(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(send={})
    async with visit("sales1") as sales:
        keyboard = sales.page.keyboard
        await sales.open(f"/requests/{request['id']}")
        await tab_to(sales, "[data-opens=cancel]")
        await keyboard.press("Enter")
        await expect(sales.page.locator("#cancel")).to_be_visible()
        assert await sales.page.evaluate("document.getElementById('cancel').contains(document.activeElement)")
        await keyboard.press("Escape")
        await expect(sales.page.locator("[data-opens=cancel]")).to_be_focused()
        await keyboard.press("Enter")
        await tab_to(sales, "#cancel-note")
        await keyboard.type("Khách hủy đơn")
        await tab_to(sales, "#cancel button[type=submit]")
        await keyboard.press("Enter")
        await sales.sees_status("Hủy")
    assert (await api.request(request["id"]))["notes"][-1]["text"] == "Khách hủy đơn"
