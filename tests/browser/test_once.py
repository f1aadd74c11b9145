"""What is pressed twice is done once; what comes from an old page or without a session is answered by a clear page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from crm.pool import Pool
from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_double_click_on_send_and_on_approve_is_one_decision_each(
    visit: AtABrowser, sign_in: SignIn, scripts: bool
) -> None:
    api = await sign_in("sales1")
    request = await api.create(lines=SMALL)
    async with (
        visit("sales1", java_script_enabled=scripts) as sales,
        visit("manager1", java_script_enabled=scripts) as manager,
    ):
        await sales.open(f"/requests/{request['id']}/send")
        await sales.button("Gửi").dblclick()
        await sales.leads_to(f"/requests/{request['id']}$")
        await sales.sees_status("Đang thực hiện")
        await expect(sales.page.locator(".alert-danger, .alert-warning")).to_have_count(0)
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("#approve").dblclick()
        await manager.leads_to("/inbox$")
        await manager.sees(f"{request['number']}: Đã duyệt")
        await expect(manager.page.locator(".alert-danger, .alert-warning")).to_have_count(0)
    told = [(item["action"], item["outcome"]) for item in await api.timeline(request["id"])]
    assert told == [("create", "accepted"), ("send", "accepted"), ("approve", "accepted")]


async def test_a_double_click_on_save_makes_one_request(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales2")
    purpose = "Bàn phím cho phòng họp"
    async with visit("sales2") as sales:
        await sales.open("/requests/new")
        await sales.page.locator("#purpose").fill(purpose)
        await sales.page.locator("[name='lines.0.product_code']").fill("KB-1")
        await sales.page.locator("[name='lines.0.quantity']").fill("1")
        await sales.button("Lưu").dblclick()
        await sales.leads_to("/requests/[0-9a-f-]{36}$")

    async def is_there() -> bool:
        return bool((await api.get("/purchase-requests?q=phong+hop"))["items"])

    await eventually(is_there)
    assert len((await api.get("/purchase-requests?q=phong+hop"))["items"]) == 1


async def test_a_session_that_ended_leads_to_signing_in_and_back(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1") as manager:
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.goto("about:blank")  # an open page goes to sign in by itself when its stream ends
        await manager.page.context.clear_cookies()
        await manager.open(f"/inbox/{request['id']}")
        await expect(manager.page.locator("h1")).to_have_text("Đăng nhập")
        await manager.page.locator("button[value=manager1]").click()
        await manager.leads_to(f"/inbox/{request['id']}$")


async def test_a_decision_without_a_session_changes_nothing_and_goes_on_after_signing_in(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await sent(api)
    async with visit("manager1") as manager:
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("#note").fill("Thiếu báo giá")
        await manager.page.context.clear_cookies()
        await manager.press("Trả lại")
        await expect(manager.page.locator("h1")).to_have_text("Đăng nhập")
        await manager.sees("Phiên đăng nhập đã kết thúc", "Chưa có gì được thực hiện")
        assert [item["action"] for item in await api.timeline(request["id"])] == ["create", "send"]
        await manager.page.locator("button[value=manager1]").click()
        await manager.leads_to(f"/inbox/{request['id']}$")
        await expect(manager.page.locator("#note")).to_have_value("Thiếu báo giá")
        await manager.press("Trả lại")
        await manager.leads_to("/inbox$")
    assert (await api.request(request["id"]))["notes"][0]["text"] == "Thiếu báo giá"


async def test_a_decision_with_another_token_changes_nothing_and_says_so(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api)
    async with visit("manager1") as manager:
        manager.refusals.add(403)
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.evaluate("document.querySelector('#decision [name=csrf_token]').value = 'ab'.repeat(48)")
        await manager.page.locator("#approve").click()
        await manager.sees("Trang này đã cũ", "Chưa có gì thay đổi")
        await expect(manager.page.locator("nav#navigation")).to_be_visible()
    assert [item["action"] for item in await api.timeline(request["id"])] == ["create", "send"]


async def test_what_was_typed_for_longer_than_the_session_lasted_goes_on_after_signing_in_in_another_window(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    api = await sign_in("sales1")
    request = await sent(api)
    async with visit("manager1") as manager:
        manager.refusals.add(403)
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("#note").fill("Thiếu báo giá của nhà cung cấp")
        await pool.execute("DELETE FROM sessions WHERE username = 'manager1'")
        await manager.press("Trả lại")
        await manager.sees("Nội dung bạn đã nhập vẫn được giữ", "Thiếu báo giá của nhà cung cấp")
        async with manager.page.context.expect_page() as opened:
            await manager.press("Đăng nhập lại")
        window = await opened.value
        await window.locator("button[value=manager1]").click()
        await expect(window.locator("main")).to_contain_text("Hãy đóng cửa sổ này")
        await window.close()
        await manager.press("Tiếp tục")
        await manager.leads_to("/inbox$")
        await manager.sees(f"{request['number']}: Đã trả lại")
    assert (await api.request(request["id"]))["notes"][0]["text"] == "Thiếu báo giá của nhà cung cấp"
