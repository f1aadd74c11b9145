"""Talking about a request at the pages: a mention by the keyboard, what others say coming in by itself, edits, watchers, a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.conftest import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("running_worker")]

HOSTILE = '<script>alert(1)</script> <img src=x onerror="alert(1)"> [x](javascript:alert(1))'


async def _send(person: Person) -> None:
    await person.page.locator("#talk").get_by_role("button", name="Gửi bình luận").click()


async def test_somebody_is_mentioned_by_the_keyboard_and_answers_and_both_pages_show_it_by_themselves(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    async with visit("sales1") as sales, visit("manager1") as manager:
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("#note").fill("Tôi đang viết")
        await sales.open(f"/requests/{request['id']}")
        text = sales.page.locator("#comment-text")
        await text.press_sequentially("Nhờ @le ho")
        await expect(
            sales.page.locator("#suggested")
        ).to_be_hidden()  # a name has no spaces here; a username is one word
        await text.fill("")
        await text.press_sequentially("Nhờ @hoang")
        options = sales.page.locator("#suggested [role=option]")
        await expect(options).to_have_count(1)
        await expect(options).to_contain_text("Lê Hoàng Nam")
        await expect(text).to_have_attribute("aria-activedescendant", "suggested-0")
        await text.press("Enter")
        await expect(text).to_have_value("Nhờ @manager1 ")
        await text.press_sequentially("xem giá **này**")
        await _send(sales)
        said = sales.page.locator(".comment")
        await expect(said).to_have_count(1)
        await expect(said.locator(".mention")).to_have_text("@Lê Hoàng Nam")
        await expect(said.locator("strong")).to_have_text("này")
        await expect(text).to_be_focused()
        await expect(text).to_have_value("")
        assert sales.page.url.endswith(f"/requests/{request['id']}")

        await expect(manager.page.locator(".comment .mention")).to_have_text("@Lê Hoàng Nam")
        await manager.page.locator("#comment-text").fill("Đã xem")
        await _send(manager)
        await expect(manager.page.locator(".comment")).to_have_count(2)
        await expect(manager.page.locator("#note")).to_have_value(
            "Tôi đang viết"
        )  # nothing else that was typed is lost
        await expect(said).to_have_count(2)
        await expect(said.nth(1)).to_contain_text("Đã xem")


async def test_what_one_writes_stays_while_others_speak(visit: AtABrowser, sign_in: SignIn) -> None:
    client = await sign_in("sales1")
    request = await client.create()
    async with visit("manager1") as manager:
        await manager.open(f"/requests/{request['id']}")
        text = manager.page.locator("#comment-text")
        await text.fill("Đang viết dở")
        await manager.page.locator("h1").click()
        await client.call("POST", f"/purchase-requests/{request['id']}/comments", {"text": "Trước"})
        await expect(manager.page.locator(".comment")).to_have_count(1)
        await expect(text).to_have_value("Đang viết dở")


async def test_whoever_may_not_see_it_cannot_be_mentioned_until_they_watch(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    async with visit("sales1") as sales, visit("sales2") as other:
        other.refusals.add(404)
        assert await other.open(f"/requests/{request['id']}") == 404
        sales.refusals.add(422)
        await sales.open(f"/requests/{request['id']}")
        text = sales.page.locator("#comment-text")
        await text.press_sequentially("@sales2")
        await expect(sales.page.locator("#suggested")).to_be_hidden()
        await _send(sales)
        await sales.sees("không được xem yêu cầu này")
        await expect(text).to_have_value("@sales2")
        await expect(text).to_be_focused()

        await sales.page.locator("#watcher").focus()
        await expect(sales.page.locator("#everybody option[value=sales2]")).to_have_count(1)
        await sales.page.locator("#watcher").fill("sales2")
        await sales.page.get_by_role("button", name="Thêm người theo dõi").click()
        await sales.sees("đang theo dõi yêu cầu này")
        assert await other.open(f"/requests/{request['id']}") == 200
        await text.fill("@sales2 xem giúp")
        await _send(sales)
        await expect(other.page.locator(".comment .mention")).to_have_count(1)

        await other.page.get_by_role("button", name="Không theo dõi nữa").click()
        await other.leads_to("/requests$")
        await expect(other.page.locator("main")).not_to_contain_text(request["number"])


async def test_a_comment_is_edited_and_what_it_said_can_be_read(visit: AtABrowser, sign_in: SignIn) -> None:
    client = await sign_in("sales1")
    request = await client.create()
    await client.call("POST", f"/purchase-requests/{request['id']}/comments", {"text": "Gía 12 triệu"})
    async with visit("sales1") as sales, visit("manager1") as manager:
        sales.refusals.add(422)
        await sales.open(f"/requests/{request['id']}")
        await sales.page.get_by_role("button", name="Sửa bình luận của bạn").click()
        field = sales.page.locator("dialog[open] textarea")
        await field.fill("@manager1 Giá 12 triệu")
        await sales.page.locator("dialog[open]").get_by_role("button", name="Lưu").click()
        await expect(sales.page.locator("dialog[open] .invalid-feedback")).to_contain_text("viết một bình luận khác")
        await expect(field).to_have_value("@manager1 Giá 12 triệu")
        await field.fill("Giá 12 triệu")
        await sales.page.locator("dialog[open]").get_by_role("button", name="Lưu").click()
        await expect(sales.page.locator(".comment-text")).to_have_text("Giá 12 triệu")
        await expect(sales.page.locator("dialog[open]")).to_have_count(0)

        await manager.open(f"/requests/{request['id']}")
        await expect(manager.page.get_by_role("button", name="Sửa bình luận của bạn")).to_have_count(0)
        await manager.page.locator(".comment-earlier summary").click()
        await expect(manager.page.locator(".comment-was")).to_have_text("Gía 12 triệu")


async def test_what_looks_like_html_and_script_is_read_as_it_was_typed(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    async with visit("sales1") as sales:
        await sales.open(f"/requests/{request['id']}")
        await sales.page.locator("#comment-text").fill(HOSTILE)
        await _send(sales)
        await expect(sales.page.locator(".comment-text")).to_have_text(HOSTILE)
        assert await sales.page.locator(".comment-text *").evaluate_all("found => found.map(one => one.localName)") == [
            "p"
        ]


async def test_without_script_one_types_the_username(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    async with visit("sales1", java_script_enabled=False) as sales:
        sales.refusals.add(422)
        await sales.open(f"/requests/{request['id']}")
        await sales.page.locator("#comment-text").fill("@khongai xem")
        await _send(sales)
        await sales.sees("không có người dùng nào đang hoạt động tên khongai")
        await expect(sales.page.locator("#comment-text")).to_have_value("@khongai xem")
        await sales.page.locator("#comment-text").fill("@manager1 xem")
        await _send(sales)
        await sales.leads_to(f"/requests/{request['id']}#comment-")
        await expect(sales.page.locator(".comment .mention")).to_have_text("@Lê Hoàng Nam")


async def test_on_a_phone_everything_is_within_reach(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    async with visit("sales1", phone=True, language="en") as sales:
        await sales.open(f"/requests/{request['id']}")
        text = sales.page.locator("#comment-text")
        await text.press_sequentially("@man")
        option = sales.page.locator("#suggested [role=option]").first
        await expect(option).to_be_visible()
        box = await option.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        await option.tap()
        await expect(text).to_have_value("@manager1 ")
        await sales.page.locator("#talk").get_by_role("button", name="Send comment").tap()
        await expect(sales.page.locator(".comment")).to_have_count(1)
        assert await sales.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_of_many_comments_the_newest_show_and_a_page_has_all(visit: AtABrowser, sign_in: SignIn) -> None:
    client = await sign_in("sales1")
    request = await client.create()
    for number in range(22):
        await client.call("POST", f"/purchase-requests/{request['id']}/comments", {"text": f"Câu {number}"})
    async with visit("manager1") as manager:
        await manager.open(f"/requests/{request['id']}")
        await expect(manager.page.locator(".comment")).to_have_count(20)
        await expect(manager.page.locator(".comment-text").last).to_have_text("Câu 21")
        await manager.page.get_by_role("link", name="Tất cả bình luận").click()
        await expect(manager.page.locator(".comment")).to_have_count(22)
        await expect(manager.page.locator(".comment-text").first).to_have_text("Câu 0")
