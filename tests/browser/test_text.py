"""What looks like a script or a template in any text field stays text, on every page that shows it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}${7*7}"


async def shows_as_text(person: Person, path: str = "") -> None:
    """The page has it as text, and nothing has become of it. (Leaving ``visit`` checks dialogs and the console.)"""
    if path:
        await person.open(path)
    await expect(person.page.locator("main").get_by_text("<script>alert(1)</script>").first).to_be_attached()
    assert NASTY in " ".join([await person.page.locator("main").inner_text(), await values(person)])
    assert await person.page.locator("img, script:not([src]), [onerror]").count() == 0


async def values(person: Person) -> str:
    """What fields hold."""
    return str(
        await person.page.evaluate("[...document.querySelectorAll('input, textarea')].map(it => it.value).join(' ')")
    )


async def make(person: Person) -> str:
    """A request with it in every field; its id."""
    await person.open("/requests/new")
    for field in ("purpose", "delivery_address", "description"):
        await person.page.locator(f"#{field}").fill(NASTY)
    for field in ("product_code", "description", "warehouse", "supplier", "unit"):
        await person.page.locator(f"[name='lines.0.{field}']").fill(NASTY)
    await person.page.locator("[name='lines.0.quantity']").fill("2")
    await person.press("Lưu và gửi yêu cầu")
    await person.leads_to("/requests/[0-9a-f-]+/send$")
    return person.request_id


async def test_everywhere(visit: AtABrowser, sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    async with visit("sales1") as sales, visit("manager1") as manager, visit("purchasing1") as purchasing:
        request_id = await make(sales)
        await shows_as_text(sales)
        await sales.page.locator("#note").fill(NASTY)
        await sales.press("Gửi")
        await sales.sees_status("Đang thực hiện")
        await shows_as_text(sales)

        await shows_as_text(manager, "/inbox")
        await shows_as_text(manager, f"/inbox/{request_id}")
        await manager.page.locator("#note").fill(NASTY)
        await manager.press("Trả lại")
        await manager.leads_to("/inbox$")
        await sales.sees_status("Trả lại")
        await shows_as_text(sales, f"/requests/{request_id}")
        await shows_as_text(sales, f"/requests/{request_id}/edit")

        await sales.open(f"/requests/{request_id}/send")
        await sales.press("Gửi lại")
        await sales.sees_status("Đang thực hiện")
        await manager.open(f"/inbox/{request_id}")
        await manager.page.get_by_text("Sửa trước khi duyệt").first.click()
        await manager.page.locator("input[name$='/supplier']").fill(NASTY[::-1])
        await manager.page.locator("#note").fill(NASTY)
        await manager.page.locator("#approve").click()
        await manager.leads_to("/inbox$")
        await sales.sees_status("Đã hoàn thành")
        await shows_as_text(sales, "/requests")
        await shows_as_text(sales, f"/requests/{request_id}")
        await sales.sees(NASTY[::-1])
        await shows_as_text(sales, f"/requests/{request_id}/print")
        await shows_as_text(purchasing, "/purchasing")
        await shows_as_text(purchasing, f"/purchasing/{request_id}")
        await searched_for(sales)
    await kept_as_typed(admin, request_id)


async def searched_for(person: Person) -> None:
    """A search for it, by its field and by an address."""
    await person.open("/requests")
    await person.page.locator("#q").fill(NASTY)
    await expect(person.page.locator("#list tbody tr")).to_have_count(1)
    await expect(person.page).to_have_url(re.compile("q=.*script"))
    await person.page.reload()
    await expect(person.page.locator("#q")).to_have_value(NASTY)


async def kept_as_typed(admin: ApiClient, request_id: str) -> None:
    """Nothing was taken away from it on the way into the database either."""
    request = await admin.request(request_id)
    line = request["lines"][0]
    assert {request[name] for name in ("purpose", "delivery_address", "description")} == {NASTY}
    assert {line[name] for name in ("product_code", "description", "warehouse", "unit")} == {NASTY}
    assert line["supplier"] == NASTY[::-1]
    assert {note["text"] for note in request["notes"]} == {NASTY}


async def test_in_the_note_for_several_requests(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("sales1") as sales, visit("manager1") as manager:
        await manager.open("/inbox")
        await manager.page.get_by_label(f"Chọn {request['number']}").check()
        await manager.page.locator("#bulk-note").fill(NASTY)
        await manager.press("Duyệt 1 yêu cầu")
        dialog = manager.page.get_by_role("dialog", name="Duyệt 1 yêu cầu?")
        await expect(dialog).to_contain_text(NASTY)
        await dialog.get_by_role("button", name="Duyệt 1 yêu cầu").click()
        await manager.sees(request["number"], "Đã duyệt 1/1")
        await shows_as_text(sales, f"/requests/{request['id']}")
    assert (await api.request(request["id"]))["notes"][-1]["text"] == NASTY


async def test_in_a_dialog_and_in_a_process(visit: AtABrowser, sign_in: SignIn) -> None:
    owner, admin = await sign_in("sales1"), await sign_in("admin1")
    request = await owner.create(send={})
    document = {
        "schema_version": 1,
        "key": "nasty",
        "name": NASTY,
        "description": NASTY,
        "steps": [{"key": "one", "name": NASTY, "approvers": [{"user": "manager1"}]}],
    }
    answer = await admin.call("PUT", "/processes/nasty/draft", document)
    assert answer.status_code == 200, answer.text
    async with visit("sales1") as sales, visit("admin1") as person:
        await sales.open(f"/requests/{request['id']}")
        await sales.press("Hủy yêu cầu")
        await sales.page.locator("#cancel-note").fill(NASTY)
        await sales.page.locator("#cancel button[type=submit]").click()
        await sales.sees_status("Hủy")
        await shows_as_text(sales)
        for path in ("/admin/processes", "/admin/processes/nasty", "/admin/processes/nasty/edit"):
            await shows_as_text(person, path)
