"""The source document, played by people in browsers: from an order through a return and two approvals to goods received.

After each step the pages are compared with what the API says of the CRM and of the run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ORDER = "DH-2026-0412"
RETURNED_FOR = "Kho còn 2 máy, giảm số lượng giúp tôi"


@dataclass(frozen=True)
class Words:
    """What the pages say, in one language."""

    orders: str
    make: str
    select: str
    save: str
    send_request: str
    not_sent: str
    send: str
    send_again: str
    give_back: str
    edit: str
    change_before: str
    approve: str
    report: str
    received_of: str
    in_progress: str
    returned: str
    completed: str
    waiting: str
    proposes: str
    changed: str
    partially_received: str
    columns: tuple[str, ...]


WORDS = {
    "vi": Words(
        orders="Đơn hàng",
        make="Yêu cầu mua hàng",
        select="Chọn {}",
        save="Lưu",
        send_request="Gửi yêu cầu",
        not_sent="Đã lưu, chưa gửi",
        send="Gửi",
        send_again="Gửi lại",
        give_back="Trả lại",
        edit="Sửa",
        change_before="Sửa trước khi duyệt",
        approve="Duyệt",
        report="Cập nhật",
        received_of="Số lượng đã nhận của",
        in_progress="Đang thực hiện",
        returned="Trả lại",
        completed="Đã hoàn thành",
        waiting="Đang chờ duyệt",
        proposes="Người duyệt đề xuất thay đổi",
        changed="trước: 10",
        partially_received="Nhận một phần",
        columns=(
            "Số yêu cầu",
            "Ngày yêu cầu",
            "Người thực hiện",
            "Tình trạng quy trình",
            "Tình trạng mua sắm",
            "Hàng hóa",
        ),
    ),
    "en": Words(
        orders="Sales orders",
        make="Purchase request",
        select="Select {}",
        save="Save",
        send_request="Send request",
        not_sent="Saved, not sent yet",
        send="Send",
        send_again="Send again",
        give_back="Return",
        edit="Edit",
        change_before="Change before approving",
        approve="Approve",
        report="Report",
        received_of="Received of",
        in_progress="In progress",
        returned="Returned",
        completed="Completed",
        waiting="Waiting for a decision",
        proposes="Approvers propose changes",
        changed="was 10",
        partially_received="Partially received",
        columns=("Request number", "Request date", "Owner", "Process status", "Purchase status", "Goods"),
    ),
}


@dataclass(frozen=True)
class Scene:
    """Who plays, and what they read."""

    words: Words
    phone: bool
    api: ApiClient
    sales: Person
    manager: Person
    director: Person
    purchasing: Person

    async def state(self, request_id: str) -> tuple[str, str, str | None, int]:
        """Process status in the CRM, run status, open step and round."""
        request = await self.api.request(request_id)
        run = request["run"]
        return request["process_status"], run["status"], run["step"]["key"] if run["step"] else None, run["round"]


@pytest.fixture(params=["desktop-vi", "phone-vi", "desktop-en"])
async def scene(request: pytest.FixtureRequest, visit: AtABrowser, sign_in: SignIn) -> AsyncIterator[Scene]:
    """Four people with a browser each."""
    device, language = request.param.split("-")
    phone = device == "phone"
    async with AsyncExitStack() as browsers:
        people = [await browsers.enter_async_context(visit(language=language, phone=phone)) for _ in range(4)]
        for person, username in zip(people, ("sales1", "manager1", "director1", "purchasing1"), strict=True):
            await person.sign_in(username)
        yield Scene(WORDS[language], phone, await sign_in("admin1"), *people)


async def test_from_an_order_to_goods_received(scene: Scene) -> None:
    words, sales = scene.words, scene.sales
    request_id = await make_and_send(scene)
    assert await scene.state(request_id) == ("in_progress", "in_progress", "manager", 1)
    number = (await scene.api.request(request_id))["number"]

    await give_back(scene, number)
    assert await scene.state(request_id) == ("returned", "in_progress", None, 1)
    note = (await scene.api.request(request_id))["notes"][-1]
    assert (note["action"], note["text"], note["actor"]["username"]) == ("reject", RETURNED_FOR, "manager1")
    await sales.sees_status(words.returned)  # by itself
    await expect(sales.page.locator("#story")).to_contain_text(RETURNED_FOR)

    await correct_and_send_again(scene)
    assert await scene.state(request_id) == ("in_progress", "in_progress", "manager", 2)

    await approve_with_eight(scene, number)
    assert await scene.state(request_id) == ("in_progress", "in_progress", "director", 2)
    assert await quantities(scene.api, request_id) == ("9", "8")
    await expect(sales.page.locator("#goods")).to_contain_text(words.proposes)

    await approve_last(scene, number)
    assert await scene.state(request_id) == ("completed", "completed", None, 2)
    assert (await scene.api.request(request_id))["lines"][0]["quantity"] == "8"
    await sales.sees_status(words.completed)
    await expect(sales.page.locator("#goods tbody tr").first.locator("td.number").first).to_contain_text("8")

    await receive_five(scene, number)
    request = await scene.api.request(request_id)
    assert (request["purchase_status"], request["lines"][0]["quantity_received"]) == ("partially_received", "5")
    assert (request["run"]["purchase_status"], request["run"]["lines"][0]["quantity_received"]) == (
        "partially_received",
        "5",
    )
    assert (request["process_status"], request["run"]["status"]) == ("completed", "completed")
    await expect(sales.page.locator("#goods .purchase-status")).to_have_text(words.partially_received)
    await shows_in_the_related_list(scene, request)


async def make_and_send(scene: Scene) -> str:
    """Sales finds the order, ticks it and nothing else, and sends what is made from it."""
    words, sales = scene.words, scene.sales
    await sales.page.locator("#navigation a[href='/orders']").click()
    await expect(sales.page.locator("h1")).to_have_text(words.orders)
    await sales.page.locator("#q").fill(ORDER.lower())
    rows = sales.page.locator("#list tbody tr")
    await expect(rows).to_have_count(1)
    if scene.phone:
        await rows.locator("a.main-link").click()
        await sales.leads_to("/orders/")
    else:
        await sales.page.get_by_label(words.select.format(ORDER)).check()
    await sales.press(words.make)
    await expect(sales.page.locator("#lines [data-line]")).to_have_count(2)
    await expect(sales.page.locator("[name='lines.0.quantity']")).to_have_value("10")
    await sales.press(words.save)
    await sales.leads_to("/requests/[0-9a-f-]+$")
    await sales.press(words.send_request)
    await sales.leads_to("/requests/[0-9a-f-]+/send$")
    await sales.sees(words.not_sent, "Lê Hoàng Nam", "Trần Thị Minh Nguyệt")
    await sales.press(words.send)
    await sales.leads_to("/requests/[0-9a-f-]+$")
    await sales.sees_status(words.in_progress)
    current = sales.page.locator(".run-node[aria-current='step']")
    await expect(current).to_contain_text("Lê Hoàng Nam")
    await expect(current).to_contain_text(words.waiting)
    return sales.request_id


async def open_from_the_inbox(person: Person, number: str) -> None:
    """Find it among what waits."""
    await person.open("/inbox")
    await person.page.locator("#list").get_by_role("link", name=number, exact=True).click()
    await person.leads_to(r"/inbox/[0-9a-f-]+\?step=[a-z_-]+$")


async def give_back(scene: Scene, number: str) -> None:
    """The manager rejects with a note; the request goes back to sales."""
    manager = scene.manager
    await open_from_the_inbox(manager, number)
    await manager.page.locator("#note").fill(RETURNED_FOR)
    await manager.press(scene.words.give_back)
    await manager.leads_to("/inbox$")
    await manager.sees(number)
    await expect(manager.page.locator("#list").get_by_text(number, exact=True)).to_have_count(0)


async def correct_and_send_again(scene: Scene) -> None:
    """Sales takes one of ten away and sends it again."""
    words, sales = scene.words, scene.sales
    await sales.press(words.edit)
    await sales.sees(RETURNED_FOR)
    await sales.page.locator("[name='lines.0.quantity']").fill("9")
    await expect(sales.page.locator("[data-amount]").first).to_contain_text("260")
    await sales.press(words.save)
    await sales.leads_to("/requests/[0-9a-f-]+$")
    await sales.press(words.send_again)
    await sales.leads_to("/requests/[0-9a-f-]+/send$")
    await sales.press(words.send_again)
    await sales.sees_status(words.in_progress)
    await sales.sees(words.changed)


async def approve_with_eight(scene: Scene, number: str) -> None:
    """The manager proposes eight instead of nine; what sales changed is marked."""
    words, manager = scene.words, scene.manager
    await open_from_the_inbox(manager, number)
    await manager.sees(words.changed, RETURNED_FOR)
    await manager.page.get_by_text(words.change_before).first.click()
    quantity = manager.page.locator("input[data-quantity]").first
    await expect(quantity).to_have_value("9")
    await quantity.fill("8")
    await expect(manager.page.locator("[data-change-count]")).to_have_text("1")
    await manager.page.locator("#approve").click()
    await manager.leads_to("/inbox$")
    await manager.sees("Trần Thị Minh Nguyệt")


async def approve_last(scene: Scene, number: str) -> None:
    """The director sees ten of the round before, nine struck out, and eight beside it, by whom, and approves."""
    director = scene.director
    await open_from_the_inbox(director, number)
    changed = director.page.locator("#goods tbody tr").first.locator("td.number").first
    await expect(changed.locator("del")).to_have_text("9")
    await expect(changed.locator("ins")).to_have_text("8")
    await expect(changed.locator(".change-mark")).to_have_text([scene.words.changed, "Lê Hoàng Nam"])
    await director.page.locator("#approve").click()
    await director.leads_to("/inbox$")


async def receive_five(scene: Scene, number: str) -> None:
    """Purchasing enters by hand what came."""
    words, purchasing = scene.words, scene.purchasing
    await purchasing.page.locator("#navigation a[href='/purchasing']").click()
    await purchasing.page.locator("#list").get_by_role("link", name=number, exact=True).click()
    await purchasing.page.locator("#purchase_status").select_option(label=words.partially_received)
    await purchasing.page.get_by_label(words.received_of).first.fill("5")
    await purchasing.press(words.report)
    await expect(purchasing.page.locator("#reports .reports li")).to_have_count(1)
    await expect(purchasing.page.locator("h1 .purchase-status")).to_have_text(words.partially_received)


async def shows_in_the_related_list(scene: Scene, request: Any) -> None:
    """DSLQ Yêu cầu mua hàng of the order: six columns, and the request's values in them."""
    words, sales = scene.words, scene.sales
    await sales.page.get_by_role("link", name=ORDER, exact=True).click()
    related = sales.page.locator("#related")
    if not scene.phone:
        headings = await related.locator("th[scope=col]").all_inner_texts()
        assert tuple(text.casefold() for text in headings[:6]) == tuple(text.casefold() for text in words.columns)
    row = related.locator("tbody tr", has_text=request["number"])
    for text in ("Nguyễn Văn An", words.completed, words.partially_received, request["lines"][0]["description"]):
        await expect(row).to_contain_text(text)


async def quantities(api: ApiClient, request_id: str) -> tuple[str, str]:
    """The first line's quantity in the CRM, and the one that approvers propose."""
    request = await api.request(request_id)
    proposed = [change for change in request["run"]["proposed_changes"] if change["pointer"] == "/lines/0/quantity"]
    return request["lines"][0]["quantity"], proposed[-1]["to"]
