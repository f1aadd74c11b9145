"""Purchasing at a desk and on a phone: what is to be bought, an order, goods that come and go back, and a report that looks wrong."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import python_calamine
from playwright.async_api import expect

from tests.api.setting import completed
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

THOUSAND = [{**LINE, "product_code": "CAP-6", "description": "Cáp mạng Cat6", "quantity": "1000", "unit_price": "5000"}]


async def fits(person: Person) -> None:
    """Nothing of the page lies beside the screen."""
    too_wide = await person.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0, person.page.url


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
async def test_goods_are_ordered_come_go_back_and_a_wrong_report_is_asked_about(
    phone: bool, visit: AtABrowser, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    request = await completed(sales, await sign_in("manager1"), lines=THOUSAND, purpose="Cáp cho văn phòng")
    number = f"PO-{request['number']}"
    async with visit("purchasing1", language="en", phone=phone) as buyer, visit("sales1", language="en") as owner:
        buyer.refusals.add(422)
        await owner.open(f"/requests/{request['id']}")
        await buyer.open("/purchasing")
        await buyer.press("To buy, by supplier")
        await expect(buyer.page.locator(".supplier-name").first).to_be_visible()
        await fits(buyer)
        await buyer.page.locator("tr", has_text=request["number"]).get_by_role("link").first.click()

        orders = buyer.page.locator("#orders")
        await orders.locator("#number").fill(number)
        await fits(buyer)
        await buyer.press("Put on the order")
        await expect(orders.locator(".orders li")).to_contain_text(number)
        await expect(owner.page.locator("#goods")).to_contain_text(number)

        status, proposal = buyer.page.locator("#purchase_status"), buyer.page.locator("#proposal-note")
        await expect(proposal).to_be_hidden()
        for quantity, proposed in (
            ("1,000", "received"),
            ("400", "partially_received"),
            ("", ""),
            ("400", "partially_received"),
        ):
            await buyer.page.get_by_label("Received of").first.fill(quantity)
            await expect(status).to_have_value(proposed)
            await expect(proposal).to_be_visible(visible=bool(proposed))
        await fits(buyer)
        await status.select_option(label="Ordered")
        await expect(proposal).to_be_hidden()
        await buyer.page.get_by_label("Received of").first.fill("401")
        await buyer.page.get_by_label("Received of").first.fill("400")
        await expect(status).to_have_value("ordered")
        await buyer.press("Report")
        await expect(buyer.page.locator("#reports li").first).to_contain_text("+400")
        await buyer.page.locator("summary", has_text="Sent back, correct").first.click()
        await fits(buyer)
        await buyer.page.get_by_label("Sent back of").first.fill("100")
        await expect(status).to_have_value("partially_received")
        await buyer.press("Report")
        await expect(buyer.page.locator("#reports li").first).to_contain_text("−100")
        await expect(owner.page.locator("#goods td.number strong").first).to_have_text("300")
        await buyer.page.locator("#ledger summary").click()
        await expect(buyer.page.locator("#ledger tbody tr").first).to_contain_text("−100")
        await fits(buyer)

        await buyer.page.locator("#purchase_status").select_option(label="Received")
        await buyer.press("Report")
        await buyer.sees("Fully received with 300 of 1,000 of CAP-6?")
        await fits(buyer)
        assert (await sales.request(request["id"]))["purchase_status"] == "partially_received"
        await buyer.press("Report it like this")
        await buyer.sees("To be cleared up", "by hand, Vũ Đức Thắng")
        await expect(owner.page.locator("#goods .warn-text").first).to_contain_text("Reported as fully received")
        await fits(buyer)


async def test_a_line_of_which_more_went_back_than_came_keeps_no_status_from_being_proposed(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    lines = [*THOUSAND, {**LINE, "quantity": "1"}]
    request = await completed(await sign_in("sales1"), await sign_in("manager1"), lines=lines)
    event = {
        "event_id": f"{request['number']} back",
        "occurred_at": "2025-12-01T00:00:00Z",
        "request_number": request["number"],
        "lines": [{"product_code": "CAP-6", "sent_back": "1.5"}],
    }
    answer = await (await sign_in("purchasing1")).call("POST", "/purchasing/events", event)
    assert answer.json() == {"applied": True}
    async with visit("purchasing1", language="en") as buyer:
        await buyer.open(f"/purchasing/{request['id']}")
        status, came = buyer.page.locator("#purchase_status"), buyer.page.get_by_label("Received of")
        await came.nth(1).fill("1")
        await expect(status).to_have_value("partially_received")
        await came.nth(0).fill("1,001")
        await expect(status).to_have_value("partially_received")
        await came.nth(0).fill("1,001.5")
        await expect(status).to_have_value("received")


async def test_what_is_to_be_bought_is_downloaded_for_excel(visit: AtABrowser, sign_in: SignIn, tmp_path: Path) -> None:
    request = await completed(await sign_in("sales1"), await sign_in("manager1"), lines=THOUSAND)
    async with visit("purchasing1", language="en") as buyer:
        await buyer.open(f"/purchasing/to-buy?q={request['number']}")
        async with buyer.page.expect_download() as downloading:
            await buyer.press("As an Excel file")
        file = tmp_path / "to-buy.xlsx"
        await (await downloading.value).save_as(file)
    sheet = python_calamine.load_workbook(io.BytesIO(file.read_bytes())).get_sheet_by_index(0)
    headings, row = sheet.to_python()
    told = dict(zip(headings, row, strict=True))
    assert (told["Request number"], told["Yet to come"]) == (request["number"], 1000)
