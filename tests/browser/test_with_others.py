"""An approver asks somebody on a phone, then gives the request to a colleague; and an admin hands over what waits on a leaver."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

STEPS = [{"key": "only", "name": {"vi": "Duyệt", "en": "Only"}, "approvers": [{"user": "manager1"}]}]


async def test_an_approver_asks_on_a_phone_and_forwards_to_a_colleague(visit: AtABrowser, sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await publish(admin, "with-others", STEPS)
    await connect(admin, "with-others")
    request = await sent(sales, lines=SMALL)
    await connect(admin, "purchase-approval")
    async with visit("manager1", phone=True) as manager, visit("purchasing1") as asked, visit("manager2") as colleague:
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("summary", has_text="Thêm…").click()
        await manager.page.locator(".menu-item", has_text="Xin ý kiến").click()
        dialog = manager.page.locator("dialog#consult")
        await dialog.locator("#consult-to").select_option("purchasing1")
        await dialog.locator("#consult-note").fill("Giá này ổn chứ?")
        width = await manager.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, "the page is too wide for the phone"
        await dialog.get_by_role("button", name="Gửi câu hỏi").click()
        await manager.leads_to(f"/requests/{request['id']}$")
        await expect(manager.page.locator(".run")).to_contain_text("chưa trả lời")

        await asked.open("/inbox")
        await asked.sees("Bạn được xin ý kiến", "Giá này ổn chứ?")
        await asked.page.get_by_role("link", name=request["number"], exact=True).click()
        form = asked.page.locator(f'form[action="/requests/{request["id"]}/answer"]')
        await form.locator("textarea").fill("Ổn, rẻ hơn năm ngoái")
        await form.get_by_role("button", name="Trả lời").click()
        await asked.sees("Đã trả lời")
        await expect(asked.page.locator(".run")).to_contain_text("Ổn, rẻ hơn năm ngoái")
        await expect(asked.page.locator(".story").first).to_contain_text("Trả lời ý kiến")

        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("summary", has_text="Thêm…").focus()
        await manager.page.keyboard.press("Enter")
        await manager.page.locator(".menu-item", has_text="Chuyển tiếp").press("Enter")
        dialog = manager.page.locator("dialog#forward")
        await expect(dialog.locator("#forward-to option[value=sales1]")).to_have_count(0)
        await dialog.locator("#forward-to").select_option("manager2")
        await dialog.locator("#forward-note").fill("Tôi đi công tác")
        await dialog.get_by_role("button", name="Chuyển tiếp").click()
        await manager.leads_to("/inbox$")
        await manager.sees("Đã chuyển tiếp")

        await colleague.open("/inbox")
        await colleague.page.get_by_role("link", name=request["number"], exact=True).click()
        await expect(colleague.page.locator(".run")).to_contain_text("chuyển tiếp cho Phạm Thị Thu Hà")
        await colleague.page.locator("#approve").click()
        await colleague.sees(f"{request['number']}: Đã duyệt")
    assert (await sales.request(request["id"]))["process_status"] == "completed"


async def test_without_script_the_menu_leads_to_the_same_forms(visit: AtABrowser, sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await publish(admin, "with-others", STEPS)
    await connect(admin, "with-others")
    request = await sent(sales, lines=SMALL)
    await connect(admin, "purchase-approval")
    async with visit("manager1", java_script_enabled=False) as manager:
        manager.refusals.add(422)
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.locator("summary", has_text="Thêm…").click()
        await manager.page.locator(".menu-item", has_text="Thêm người duyệt").click()
        await manager.leads_to(f"/inbox/{request['id']}/others")
        form = manager.page.locator("section#add form")
        await form.locator("#add-to").select_option("director1")
        await form.locator("#add-note").fill("   ")
        await form.get_by_role("button").click()
        await manager.sees("Cần ghi chú")
        await expect(manager.page.locator("section#add #add-to")).to_have_value("director1")
        await manager.page.locator("section#add #add-note").fill("Cần ý kiến kỹ thuật")
        await manager.page.locator("section#add form").get_by_role("button").click()
        await manager.sees("thêm Trần Thị Minh Nguyệt duyệt trước")
    await admin.done(request["id"], "cancel", {"note": "Xong"})


async def test_an_admin_looks_first_and_then_hands_over_what_waits_on_a_leaver(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await pool.execute(
        """INSERT INTO users (username, name, roles, manager) VALUES ('leaver2', 'Đỗ Văn Nghỉ', '{approver}', 'director1')
           ON CONFLICT (username) DO UPDATE SET active = true"""
    )
    await publish(admin, "leavers", [{**STEPS[0], "approvers": [{"user": "leaver2"}]}])
    await connect(admin, "leavers")
    requests = [await sent(sales, lines=SMALL) for _ in range(2)]
    await connect(admin, "purchase-approval")
    await pool.execute("UPDATE users SET active = false WHERE username = 'leaver2'")
    async with visit("admin1") as page:
        await page.open("/admin/handover")
        await page.sees("Đã nghỉ mà vẫn còn lượt duyệt chờ", "Đỗ Văn Nghỉ")
        await page.press("Xem những gì đang chờ Đỗ Văn Nghỉ")
        for request in requests:
            row = page.page.locator("tr", has_text=request["number"])
            await expect(row).to_contain_text("Trần Thị Minh Nguyệt")
        assert (await admin.request(requests[0]["id"]))["version"] == requests[0]["version"], "only looked at"
        await page.press("Bàn giao 2 yêu cầu")
        for request in requests:
            row = page.page.locator(".result", has_text=request["number"])
            await expect(row).to_contain_text("Đã bàn giao")
            await expect(row).to_contain_text("Đỗ Văn Nghỉ (leaver2) → Trần Thị Minh Nguyệt (director1)")
        await page.open("/admin/handover")
        await expect(page.page.locator("main")).not_to_contain_text("Đỗ Văn Nghỉ")
    director = await sign_in("director1")
    for request in requests:
        await director.done(request["id"], "approve", {"step": "only"})
