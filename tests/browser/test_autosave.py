"""What is written in the form of a request that was never sent is saved by itself, without a word that disturbs, and never loses anything."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Route, expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.browser.test_drafts import KEPT, keeps, requests_about
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.browser


def state(person: Person, name: str) -> Locator:
    """What the form says of being saved, where it says just that."""
    return person.page.locator(f"[role=status] [data-autosave-state={name}]:not([hidden])")


async def is_stored(api: ApiClient, request_id: str, field: str, value: str) -> None:
    """The server has this value soon."""

    async def is_so() -> bool:
        return bool((await api.request(request_id))[field] == value)

    await eventually(is_so)


async def actions(api: ApiClient, request_id: str) -> list[str]:
    return [item["action"] for item in await api.timeline(request_id)]


async def test_a_draft_is_saved_by_itself_and_its_writer_is_left_alone(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Tự lưu")
    async with visit("sales1") as sales:
        page = sales.page
        await sales.open(f"/requests/{request['id']}/edit")
        description = page.locator("#description")
        for text in ("Giao buổi sáng", "Giao buổi chiều"):
            await description.fill(text)
            await is_stored(api, request["id"], "description", text)
            await expect(state(sales, "saved")).to_have_text(re.compile(r"Đã lưu lúc \d{2}:\d{2}"))
            await expect(description).to_be_focused()
        await keeps(sales, 0)
        assert await actions(api, request["id"]) == ["create", "edit"]  # however often it is saved
        await expect(page.locator("#changed-note")).to_be_hidden()
        await sales.press("Lưu")
        await sales.leads_to(f"/requests/{request['id']}$")
    assert [one["id"] for one in await requests_about(api, "Tự lưu")] == [request["id"]]


async def test_lines_that_were_saved_by_themselves_are_the_same_lines_afterwards(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await api.create(lines=SMALL)

    async def lines() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await api.request(request["id"]))["lines"]
        return found

    async def are_two() -> bool:
        return len(await lines()) == 2

    async with visit("sales1") as sales:
        page = sales.page
        await sales.open(f"/requests/{request['id']}/edit")
        await page.locator("[data-copy-line]").first.click()
        await eventually(are_two)
        await expect(page.locator("[name='lines.1.id']")).not_to_have_value("")
        first = [line["id"] for line in await lines()]
        await page.locator("#description").fill("Lần nữa")
        await is_stored(api, request["id"], "description", "Lần nữa")
        await expect(state(sales, "saved")).to_be_visible()
        await sales.press("Lưu")
        await sales.leads_to(f"/requests/{request['id']}$")
        assert [line["id"] for line in await lines()] == first


async def test_what_the_server_would_refuse_stays_in_the_browser_and_says_so(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Còn thiếu", lines=SMALL)
    async with visit("sales1") as sales:
        page = sales.page
        await sales.open(f"/requests/{request['id']}/edit")
        quantity = page.locator("[name='lines.0.quantity']")
        for text in ("", "hai"):
            await quantity.fill(text)
            await page.locator("#description").fill(f"Số lượng: {text}")
            await expect(state(sales, "incomplete")).to_contain_text("Nội dung vẫn được giữ trong trình duyệt này")
            await keeps(sales, 1)
            assert (await api.request(request["id"]))["version"] == 1
        await expect(page.locator("[aria-invalid]")).to_have_count(0)  # nobody has asked for it to be saved
        await sales.open(f"/requests/{request['id']}/edit")
        await expect(page.locator("[data-draft-note=restored]")).to_be_visible()
        await expect(quantity).to_have_value("hai")
        await quantity.fill("2")
        await is_stored(api, request["id"], "description", "Số lượng: hai")
        await expect(page.locator("[data-draft-note]:visible")).to_have_count(0)
        await keeps(sales, 0)


async def test_what_was_put_back_is_not_saved_before_its_writer_goes_on(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Như đã lưu")
    async with visit("sales1") as sales:
        page = sales.page
        await sales.open(f"/requests/{request['id']}/edit")
        await page.locator("#purpose").fill("")
        await keeps(sales, 1)
        await sales.open(f"/requests/{request['id']}/edit")
        await expect(page.locator("[data-draft-note=restored]")).to_be_visible()
        await page.locator("[data-draft-note=restored] [data-draft-discard]").click()
        await expect(page.locator("#purpose")).to_have_value("Như đã lưu")
        await keeps(sales, 0)
    assert (await api.request(request["id"]))["version"] == 1


async def test_two_windows_lose_nothing_and_are_told_of_each_other(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Hai cửa sổ")
    async with visit("sales1") as one, visit("sales1") as other:
        for person in (one, other):
            await person.open(f"/requests/{request['id']}/edit")
        await other.page.locator("#delivery_address").fill("Kho Hải Phòng")
        await is_stored(api, request["id"], "delivery_address", "Kho Hải Phòng")
        description = one.page.locator("#description")
        await description.fill("Giao buổi sáng")
        await expect(state(one, "changed")).to_contain_text("vừa được thay đổi ở nơi khác")
        await expect(description).to_be_focused()
        await expect(description).to_have_value("Giao buổi sáng")
        await keeps(one, 1)
        await one.page.locator("#changed-note a").click()
        await expect(one.page.locator("#delivery_address")).to_have_value("Kho Hải Phòng")
        await one.page.locator("[data-draft-note=offered] [data-draft-put]").click()
        await expect(description).to_have_value("Giao buổi sáng")
    assert await actions(api, request["id"]) == ["create", "edit"]  # that it came too late was nobody's deed


async def test_what_was_written_last_is_saved_when_the_page_is_left(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Rời trang")
    async with visit("sales1") as sales:
        page = sales.page
        # Calls of a page that is gone prefer the browser's own language, not that of the context.
        await page.context.add_cookies([{"name": "language", "value": "vi", "url": sales.address}])
        await sales.open(f"/requests/{request['id']}/edit")
        await page.locator("#description").fill("Giao ở cổng sau")
        await sales.press("Đóng")
        await sales.leads_to(f"/requests/{request['id']}$")
        await is_stored(api, request["id"], "description", "Giao ở cổng sau")
        await sales.open(f"/requests/{request['id']}/edit")
        await expect(page.locator("#description")).to_have_value("Giao ở cổng sau")
        await expect(page.locator("[data-draft-note]:visible")).to_have_count(0)
        await page.go_back()
        await page.go_forward()
        await page.locator("#description").fill("Giao ở cổng trước")
        await sales.press("Lưu")
        await sales.leads_to(f"/requests/{request['id']}$")
        await is_stored(api, request["id"], "description", "Giao ở cổng trước")
    assert [one["id"] for one in await requests_about(api, "Rời trang")] == [request["id"]]


async def test_saving_waits_for_what_is_being_saved_by_itself(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Vội")
    async with visit("sales1") as sales:
        page = sales.page
        held: list[Route] = []
        await page.route("**/draft", lambda route: held.append(route))
        await sales.open(f"/requests/{request['id']}/edit")
        await page.locator("#description").fill("Lưu ngay")

        async def is_under_way() -> bool:
            return bool(held)

        await eventually(is_under_way)
        await sales.press("Lưu")
        await held[0].continue_()
        await sales.leads_to(f"/requests/{request['id']}$")
        await sales.sees("Đã lưu yêu cầu")
    assert (await api.request(request["id"]))["description"] == "Lưu ngay"


async def test_a_server_that_is_away_is_asked_again_and_nothing_is_lost(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Mất mạng")
    async with visit("sales1") as sales:
        sales.refusals.add(503)
        page = sales.page
        await page.route("**/draft", lambda route: route.fulfill(status=503))
        await sales.open(f"/requests/{request['id']}/edit")
        await page.locator("#description").fill("Vẫn còn")
        await expect(state(sales, "failed")).to_contain_text("giữ trong trình duyệt này")
        await keeps(sales, 1)
        await page.unroute("**/draft")
        await page.evaluate("window.dispatchEvent(new Event('online'))")
        await is_stored(api, request["id"], "description", "Vẫn còn")
        await keeps(sales, 0)


@pytest.mark.parametrize(("status", "shown"), [(403, "refused"), (422, "incomplete")])
async def test_what_is_refused_is_not_sent_again_and_again(
    visit: AtABrowser, sign_in: SignIn, status: int, shown: str
) -> None:
    request = await (await sign_in("sales1")).create(purpose="Bị từ chối")
    asked: list[str] = []

    async def refuse(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(status=status, content_type="text/html", body="<title>Không được</title>")

    async with visit("sales1") as sales:
        sales.refusals.add(status)
        page = sales.page
        await page.clock.install()
        await page.route("**/draft", refuse)
        await sales.open(f"/requests/{request['id']}/edit")
        await page.locator("#description").fill("Không ai nhận")
        await page.clock.run_for(5_000)
        await expect(state(sales, shown)).to_be_visible()
        await keeps(sales, 1)
        await page.clock.run_for(120_000)
        if status == 403:  # whoever may not, may not write something else either
            await page.locator("#description").fill("Vẫn không ai nhận")
            await page.clock.run_for(60_000)
        await expect(state(sales, shown)).to_be_visible()
        assert len(asked) == 1


async def test_an_answer_that_was_lost_is_no_change_elsewhere(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create(purpose="Mất câu trả lời", lines=SMALL)

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.fulfill(status=503)

    async def lines() -> list[str]:
        return [line["id"] for line in (await api.request(request["id"]))["lines"]]

    async with visit("sales1") as sales:
        sales.refusals.add(503)
        page = sales.page
        await sales.open(f"/requests/{request['id']}/edit")
        await page.route("**/draft", lose)
        await page.locator("[data-copy-line]").first.click()
        await expect(state(sales, "failed")).to_be_visible()
        first = await lines()
        assert len(first) == 2
        await page.locator("#description").fill("Viết tiếp khi chưa rõ")
        await page.unroute("**/draft")
        await page.evaluate("window.dispatchEvent(new Event('online'))")
        await is_stored(api, request["id"], "description", "Viết tiếp khi chưa rõ")
        await expect(state(sales, "saved")).to_be_visible()
        await keeps(sales, 0)
        await expect(page.locator("#changed-note")).to_be_hidden()
        await page.route("**/draft", lose)
        await page.locator("#description").fill("Rồi bấm lưu")
        await expect(state(sales, "failed")).to_be_visible()
        await page.unroute("**/draft")
        await page.locator("#delivery_address").fill("Kho Hải Phòng")
        await sales.press("Lưu")
        await sales.leads_to(f"/requests/{request['id']}$")
    stored = await api.request(request["id"])
    assert (stored["description"], stored["delivery_address"]) == ("Rồi bấm lưu", "Kho Hải Phòng")
    assert await lines() == first


async def test_a_new_request_and_one_that_was_sent_are_kept_in_the_browser_alone(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(api, lines=SMALL)
    await manager.done(request["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    async with visit("sales1") as sales:
        page = sales.page
        for address in ("/requests/new", f"/requests/{request['id']}/edit"):
            await sales.open(address)
            await expect(page.locator("#request-form")).to_be_visible()
            assert await page.locator("[data-autosave]").count() == 0
            await page.locator("#description").fill("Chưa gửi lại")
            await expect(page.locator("[data-draft-state]")).to_be_visible()
            await expect(page.locator("[data-draft-state]")).to_contain_text("Đã giữ trong trình duyệt này")
        assert await page.evaluate(KEPT) == 2
