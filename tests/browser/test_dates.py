"""One way to write dates: the language's, whatever the browser prefers; typed, walked with the arrow keys, or picked."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.browser.conftest import AtABrowser
from tests.clients import LINE
from tests.conftest import SignIn
from texts import Language
from web.formats import Formats

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("phone", [False, True])
async def test_a_date_is_written_as_the_page_writes_dates(visit: AtABrowser, sign_in: SignIn, phone: bool) -> None:
    request = await (await sign_in("sales1")).create(lines=[LINE], desired_delivery_date="2026-12-08")
    async with visit("sales1", phone=phone) as person:
        await person.page.context.add_init_script(  # an American's browser would write 12/08/2026
            "Object.defineProperty(navigator, 'language', {get: () => 'en-US'})"
        )
        await person.open(f"/requests/{request['id']}/edit")
        field = person.page.locator("#desired_delivery_date")
        await expect(field).to_have_value("08/12/2026")
        await field.fill("9.12.2026")
        await field.press("Tab")
        await expect(field).to_have_value("09/12/2026")
        await field.press("ArrowUp")
        await expect(field).to_have_value("10/12/2026")
        await person.press("Lưu")
        await person.sees("10/12/2026")
        assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_date_is_picked_from_the_calendar(visit: AtABrowser) -> None:
    async with visit("sales1") as person:
        await person.page.context.add_init_script(
            "HTMLInputElement.prototype.showPicker = function () { window.shown = this.value; }"
        )
        await person.open("/requests/new")
        field, button = person.page.locator("#desired_delivery_date"), person.page.locator("[data-pick-date]")
        await field.fill("8/12/2026")
        await button.click()
        assert await person.page.evaluate("window.shown") == "2026-12-08"
        await person.page.locator(".date-calendar").evaluate(
            "field => { field.value = '2027-01-15'; field.dispatchEvent(new Event('change', {bubbles: true})); }"
        )
        await expect(field).to_have_value("15/01/2027")
        await field.press("Alt+ArrowDown")
        assert await person.page.evaluate("window.shown") == "2027-01-15"


async def test_a_wrong_date_is_refused_at_its_field(visit: AtABrowser) -> None:
    async with visit("sales1", language="en") as person:
        person.refusals.add(422)
        await person.open("/requests/new")
        await person.page.locator("#purpose").fill("Printers")
        await person.page.locator("[name='lines.0.product_code']").fill("PRN-1")
        await person.page.locator("[name='lines.0.quantity']").fill("2")
        field = person.page.locator("#desired_delivery_date")
        await field.fill("12/31/2026")
        await person.press("Save")
        await expect(field).to_be_focused()
        await expect(field).to_have_value("12/31/2026")
        await expect(person.page.locator("#desired_delivery_date-error")).to_have_text(
            "write a date such as 24 Nov 2026"
        )
        await field.fill("31/12/2026")
        await expect(person.page.locator(".invalid-feedback")).to_have_count(0)
        await field.press("Tab")
        await expect(field).to_have_value("31 Dec 2026")


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_script_writes_every_month_as_the_server_does(visit: AtABrowser, language: Language) -> None:
    formats = Formats(language, ZoneInfo("Asia/Ho_Chi_Minh"))
    async with visit("sales1", language=language) as person:
        await person.open("/requests/new")
        field = person.page.locator("#desired_delivery_date")
        for month in range(1, 13):
            await field.fill(f"5/{month}/2027")
            await field.press("Tab")
            await expect(field).to_have_value(formats.day(date(2027, month, 5)))
