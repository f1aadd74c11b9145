"""What somebody writes in a form outlives its session, is nobody else's, and makes one request however they come back to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.conftest import SignIn
from tests.eventually import eventually
from texts import Language
from web.formats import Formats

pytestmark = pytest.mark.browser

LINES = [("PRN-1", "2", "4.500.000"), ("KB-1", "10", "")]
KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('draft ')).length"


async def write(person: Person, purpose: str) -> None:
    """Fill in a new request with two lines, and wait until it is kept."""
    page = person.page
    await person.open("/requests/new")
    await page.locator("#purpose").fill(purpose)
    for index, (code, quantity, price) in enumerate(LINES):
        if index:
            await page.locator("[data-add-line]").first.click()
        line = page.locator("[data-line]").nth(index)
        await line.locator("[name$='.product_code']").fill(code)
        await line.locator("[name$='.quantity']").fill(quantity)
        await line.locator("[name$='.unit_price']").fill(price)
    await person.leads_to(r"/requests/new\?form=")


async def keeps(person: Person, count: int) -> None:
    """So many drafts are kept in their browser soon."""

    async def is_so() -> bool:
        return bool(await person.page.evaluate(KEPT) == count)

    await eventually(is_so)


async def requests_about(api: Any, purpose: str) -> list[Any]:
    items: list[Any] = (await api.get("/purchase-requests?limit=100"))["items"]
    return [item for item in items if item["purpose"] == purpose]


async def test_a_form_whose_session_is_gone_is_sent_after_signing_in(visit: AtABrowser, sign_in: SignIn) -> None:
    async with visit("sales1") as sales:
        page = sales.page
        await write(sales, "Máy in cho kho")
        await page.context.clear_cookies()
        await sales.press("Lưu")
        await expect(page.locator("h1")).to_have_text("Đăng nhập")
        await sales.sees("Phiên đăng nhập đã kết thúc", "Chưa có gì được thực hiện")
        await page.locator("button[value=sales1]").click()
        await sales.leads_to(r"/requests/new\?form=")
        await expect(page.locator("[data-draft-note=restored]")).to_contain_text("đã được điền lại")
        await expect(page.locator("#purpose")).to_have_value("Máy in cho kho")
        for index, (code, quantity, price) in enumerate(LINES):
            line = page.locator("[data-line]").nth(index)
            await expect(line.locator("[name$='.product_code']")).to_have_value(code)
            await expect(line.locator("[name$='.quantity']")).to_have_value(quantity)
            await expect(line.locator("[name$='.unit_price']")).to_have_value(price)
        await expect(page.locator("#total")).to_contain_text("9.000.000")
        await sales.press("Lưu")
        await sales.leads_to("/requests/[0-9a-f-]{36}$")
        await keeps(sales, 0)
        await sales.open("/requests/new")
        await expect(page.locator("#purpose")).to_have_value("")
        await expect(page.locator("[data-draft-note]:visible")).to_have_count(0)
    (made,) = await requests_about(await sign_in("sales1"), "Máy in cho kho")
    assert [line["product_code"] for line in (await (await sign_in("sales1")).request(made["id"]))["lines"]] == [
        "PRN-1",
        "KB-1",
    ]


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_draft_is_of_a_time_as_the_pages_write_it_in_the_companys_zone(
    visit: AtABrowser, language: Language
) -> None:
    formats = Formats(language, ZoneInfo("Asia/Ho_Chi_Minh"))
    async with visit("sales1", language=language) as sales:
        await write(sales, "Ghi lúc nào")
        name = "Object.keys(localStorage).find((name) => name.startsWith('draft '))"
        at = await sales.page.evaluate(f"JSON.parse(localStorage.getItem({name})).at")
        written = formats.time(datetime.fromtimestamp(at / 1000, UTC))
        clock = sales.page.locator("[data-draft-state] time")
        await expect(clock).to_have_text(re.compile(r"^\d\d:\d\d$"))
        assert (await clock.inner_text()) in written
        await sales.page.reload()
        await expect(sales.page.locator("[data-draft-note=restored] time")).to_have_text(written)
        await sales.page.evaluate("delete document.querySelector('[data-guard]')?.dataset.guard")


async def test_what_one_person_wrote_is_never_shown_to_another(visit: AtABrowser) -> None:
    async with visit("sales1") as person:
        page = person.page
        await write(person, "Chuyện riêng của sales1")
        address = page.url.removeprefix(person.address)
        await page.context.clear_cookies()
        await person.open("/sign-in")
        await page.locator("button[value=sales2]").click()
        await expect(page.locator("nav#navigation")).to_be_visible()
        await keeps(person, 0)
        await person.open(address)
        await expect(page.locator("#purpose")).to_have_value("")
        await expect(page.locator("[data-draft-note]:visible")).to_have_count(0)


async def test_who_signs_out_leaves_nothing_behind(visit: AtABrowser) -> None:
    async with visit("sales1") as person:
        await write(person, "Để lại trên máy chung")
        await person.page.locator(".sidebar summary.account").click()
        await person.page.locator(".sidebar form[action='/sign-out'] button").first.click()
        await expect(person.page.locator("h1")).to_have_text("Đăng nhập")
        await keeps(person, 0)


async def test_back_makes_no_second_request(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    async with visit("sales1") as sales:
        page = sales.page
        await write(sales, "Quay lại và lưu nữa")
        await sales.press("Lưu")
        await sales.leads_to("/requests/[0-9a-f-]{36}$")
        (made,) = await requests_about(api, "Quay lại và lưu nữa")
        await page.go_back()
        await sales.leads_to(f"/requests/{made['id']}/edit$")
        await sales.sees(f"Biểu mẫu này đã được lưu thành {made['number']}")
        await page.locator("#purpose").fill("Đã sửa sau khi quay lại")
        await sales.press("Lưu")
        await sales.leads_to(f"/requests/{made['id']}$")
    assert await requests_about(api, "Quay lại và lưu nữa") == []
    assert [one["id"] for one in await requests_about(api, "Đã sửa sau khi quay lại")] == [made["id"]]


async def test_a_request_that_was_begun_is_offered_where_another_is_begun(visit: AtABrowser) -> None:
    async with visit("sales1") as sales:
        page = sales.page
        await write(sales, "Dở dang từ hôm qua")
        await sales.open("/requests")
        await sales.open("/requests/new")
        note = page.locator("[data-draft-note=unfinished]")
        await expect(note).to_contain_text("Dở dang từ hôm qua")
        await expect(page.locator("#purpose")).to_have_value("")
        await note.get_by_role("link").click()
        await expect(page.locator("#purpose")).to_have_value("Dở dang từ hôm qua")
        await page.locator("[data-draft-note=restored] [data-draft-discard]").click()
        await expect(page.locator("#purpose")).to_have_value("")
        await keeps(sales, 0)


async def test_what_was_written_for_an_older_version_is_offered_and_not_put_back_by_itself(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(api, purpose="Bản đầu", lines=SMALL)
    await manager.done(request["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    version = (await api.request(request["id"]))["version"]
    async with visit("sales1") as sales:
        page = sales.page
        await sales.open(f"/requests/{request['id']}/edit")
        await page.locator("#description").fill("Giao buổi sáng")
        await keeps(sales, 1)
        changes = {"purpose": "Bản hai"}
        path = f"/purchase-requests/{request['id']}"
        answer = await api.call("PATCH", path, changes, If_Match=f'"{version}"')
        assert answer.status_code == 200, answer.text
        await sales.open(f"/requests/{request['id']}/edit")
        await expect(page.locator("#purpose")).to_have_value("Bản hai")
        await expect(page.locator("#description")).to_have_value("")
        await page.locator("[data-draft-note=offered] [data-draft-put]").click()
        await expect(page.locator("#description")).to_have_value("Giao buổi sáng")
