"""Small things that one sees only when they are wrong: sums to the last digit, ticked rows, folds, what a search does."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from approval.values import amount_of, sum_of
from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.clients import LINE
from tests.conftest import SignIn
from web.formats import Formats

pytestmark = pytest.mark.browser

FORMATS = Formats("vi", ZoneInfo("Asia/Ho_Chi_Minh"))
LARGE = (Decimal("123456789012.3456"), Decimal("9876543210987.6543"))
"""A quantity and a price whose product has more digits than a float."""


async def test_a_total_is_right_to_the_last_dong_and_has_no_parts_of_one(visit: AtABrowser) -> None:
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        await sales.page.locator("[data-add-line]").first.click()
        for line, (quantity, price) in enumerate((LARGE, (Decimal("1.2345"), Decimal("0.0722")))):
            await sales.page.locator(f"[name='lines.{line}.quantity']").fill(FORMATS.number(quantity))
            await sales.page.locator(f"[name='lines.{line}.unit_price']").fill(FORMATS.number(price))
        total = sum_of([amount_of(*LARGE), amount_of(Decimal("1.2345"), Decimal("0.0722"))])
        shown = await sales.page.locator("#total").text_content()
        assert (shown or "").replace("\u00a0", " ") == FORMATS.money(total, "VND").replace("\u00a0", " ")


BROKEN = r"""() => {
  const broken = [];
  for (const cell of document.querySelectorAll(".goods-table tbody td.number")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      const range = document.createRange();
      range.selectNodeContents(text);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (/^[\s\d.,₫]+$/.test(text.data) && lines.size > 1) broken.push(text.data.trim());
    }
  }
  return broken;
}"""
"""Numbers of lines of goods that stand in more than one line of text."""


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_no_number_of_a_line_is_broken_however_much_is_said_beside_it(
    visit: AtABrowser, sign_in: SignIn, language: str
) -> None:
    long = "Máy chủ Dell PowerEdge R760 kèm bộ nhớ và ổ cứng dự phòng "
    line = {**LINE, "description": long * 3, "supplier": long * 3, "quantity": "98765.25", "unit_price": "1234567890.5"}
    request = await sent(await sign_in("sales1"), lines=[line])
    async with visit("sales1", language=language) as sales:
        await sales.open(f"/requests/{request['id']}")
        await sales.page.evaluate("document.fonts.ready")
        assert await sales.page.evaluate(BROKEN) == []


async def test_a_price_with_a_warning_stands_where_prices_stand(visit: AtABrowser, sign_in: SignIn) -> None:
    lines = [LINE, {**LINE, "unit_price": "0"}]
    request = await sent(await sign_in("sales1"), lines=lines)
    async with visit("sales1") as sales:
        await sales.page.set_viewport_size({"width": 1440, "height": 900})
        await sales.open(f"/requests/{request['id']}")
        await expect(sales.page.locator(".goods-table .warn-text")).to_have_count(1)
        prices = await sales.page.locator(".goods-table td[data-label='Đơn giá dự kiến'] .money").all()
        ends = [box["x"] + box["width"] for price in prices if (box := await price.bounding_box()) is not None]
        assert len(ends) == len(lines)
        assert abs(ends[0] - ends[1]) <= 1


async def test_a_ticked_row_looks_ticked_whatever_is_over_it(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1") as manager, visit("sales1") as sales:
        for person, path, which in ((manager, "/inbox", request["number"]), (sales, "/orders", "DH-2026-0412")):
            await person.open(path)
            row = person.page.locator("#list tbody tr").filter(has_text=which)
            await row.locator("input[type=checkbox]").check()
            await person.page.mouse.move(0, 0)
            await person.page.evaluate("document.activeElement.blur()")
            colour = "it => getComputedStyle(it).backgroundColor"
            ticked = await row.evaluate(colour)
            await row.hover()
            assert await row.evaluate(colour) == ticked
            await row.locator("a").first.focus()
            assert await row.evaluate(colour) == ticked


async def test_a_search_as_one_types_and_the_way_back_break_no_rule_of_the_page(visit: AtABrowser) -> None:
    async with visit("purchasing1") as purchasing, visit("sales1") as sales:
        for person, path in (
            (sales, "/requests"),
            (sales, "/orders"),
            (sales, "/opportunities"),
            (purchasing, "/purchasing"),
            (purchasing, "/purchasing/to-buy"),
        ):
            await person.open(path)
            await person.page.locator("#q").press_sequentially("máy", delay=20)
            await person.leads_to(rf"{path}\?.*q=m")
            await person.page.locator("#q").fill("zzzz")
            await person.leads_to(rf"{path}\?.*q=zzzz")
            await person.sees("Không tìm thấy")
            await person.page.go_back()
            await person.leads_to(rf"{path}\?.*q=m%C3%A1y")
            await expect(person.page.locator("#q")).to_have_value("máy")


async def test_a_fold_shows_that_it_is_one(visit: AtABrowser) -> None:
    async with visit("admin1") as admin:
        await admin.open("/admin/processes/purchase-approval")
        fold = admin.page.locator("details.edit-source > summary")
        await expect(fold.locator("svg")).to_be_visible()
        await fold.click()
        assert await fold.locator(".fold-chevron").evaluate("it => getComputedStyle(it).transform") != "none"
