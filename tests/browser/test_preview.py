"""Looking through the inbox: previews beside it or in it, stars, the keyboard, a search, and returning several at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.browser.test_accessible import BROWSER, violations
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


def row_of(request: dict[str, str]) -> str:
    """The selector of a request's row in the inbox."""
    return f"tr[data-href^='/inbox/{request['id']}?']"


@pytest.mark.parametrize("phone", [False, True])
async def test_a_preview_stands_beside_the_list_or_below_its_row(
    visit: AtABrowser, sign_in: SignIn, phone: bool
) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1", phone=phone, **BROWSER) as manager:
        page = manager.page
        await manager.open(f"/inbox?q={request['number']}")
        row = page.locator(row_of(request))
        await row.locator("[data-previews]").click()
        preview = page.locator("#preview")
        await expect(preview).to_be_visible()
        for text in (request["number"], "Nguyễn Văn An", "125.000.000", "15/01/2027", "ThinkPad"):
            await expect(preview).to_contain_text(text)
        await expect(row.locator("[data-previews]")).to_have_attribute("aria-expanded", "true")
        place, line = await preview.bounding_box(), await row.bounding_box()
        assert place is not None
        assert line is not None
        if phone:
            assert place["y"] >= line["y"] + line["height"] - 1
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        else:
            assert place["x"] >= line["x"] + line["width"]
        assert await violations(manager) == []
        await preview.locator("[data-closes-preview]").click()
        await expect(preview).to_be_hidden()
        await expect(row.locator("[data-previews]")).to_be_focused()
        await manager.leads_to(r"/inbox\?q=")


async def test_one_walks_through_the_rows_by_keys_and_sees_each(visit: AtABrowser, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    first, second = await sent(sales, purpose="Đi từng dòng"), await sent(sales, purpose="Đi từng dòng")
    async with visit("manager1") as manager:
        page, keyboard = manager.page, manager.page.keyboard
        await manager.open("/inbox?q=di+tung+dong")
        preview = page.locator("#preview")
        await page.locator(f"{row_of(first)} a.main-link").focus()
        await keyboard.press("p")
        await expect(preview).to_contain_text(first["number"])
        await keyboard.press("j")
        await expect(page.locator(f"{row_of(second)} a.main-link")).to_be_focused()
        await expect(preview).to_contain_text(second["number"])
        await keyboard.press("x")
        await expect(page.locator(f"{row_of(second)} input[name=id]")).to_be_checked()
        await keyboard.press("k")
        await expect(page.locator(f"{row_of(first)} a.main-link")).to_be_focused()
        await expect(preview).to_contain_text(first["number"])
        await keyboard.press("Escape")
        await expect(preview).to_be_hidden()
        await keyboard.press("Enter")
        await manager.leads_to(rf"/inbox/{first['id']}\?step=")


async def test_a_star_turns_in_place_and_a_search_leaves_nothing_ticked(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1") as manager:
        page = manager.page
        await manager.open("/inbox")
        star = page.locator(f"{row_of(request)} [data-flag]")
        await star.click()
        await expect(star).to_have_attribute("aria-pressed", "true")
        await manager.leads_to("/inbox$")
        await page.locator(f"{row_of(request)} input[name=id]").check()
        await expect(page.locator("#picked")).to_be_visible()
        await page.locator("select[name=flagged]").select_option("yes")
        await manager.leads_to(r"/inbox\?.*flagged=yes")
        await expect(page.locator("#picked")).to_be_hidden()
        await expect(page.locator(row_of(request))).to_be_visible()
        star = page.locator(f"{row_of(request)} [data-flag]")
        await star.click()
        await expect(star).to_have_attribute("aria-pressed", "false")
        await page.reload()
        await expect(page.locator(row_of(request))).to_have_count(0)


@pytest.mark.parametrize("phone", [False, True])
async def test_several_are_returned_once_it_is_said_why(visit: AtABrowser, sign_in: SignIn, phone: bool) -> None:
    sales = await sign_in("sales1")
    requests = [await sent(sales), await sent(sales)]
    async with visit("manager1", phone=phone) as manager:
        page = manager.page
        await manager.open("/inbox")
        for request in requests:
            await page.locator(f"{row_of(request)} input[name=id]").check()
        await page.locator("#picked [data-asks=return-ticked]").click()
        await expect(page.locator("#return-ticked")).to_be_hidden()
        await expect(page.locator("#bulk-note")).to_be_focused()
        await page.locator("#bulk-note").fill("Thiếu báo giá")
        await page.locator("#picked [data-asks=return-ticked]").click()
        asked = page.locator("#return-ticked")
        await expect(asked).to_contain_text("Trả lại 2 yêu cầu?")
        await expect(asked).to_contain_text("Thiếu báo giá")
        await expect(asked.locator(".picked-list li")).to_have_count(2)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await asked.locator("[data-confirms]").click()
        await manager.sees("Đã trả lại 2/2", requests[0]["number"], requests[1]["number"])
    for request in requests:
        assert (await sales.request(request["id"]))["process_status"] == "returned"
