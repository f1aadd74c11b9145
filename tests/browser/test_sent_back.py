"""A request comes back, is asked again only where it concerns somebody, and loses a line: seen by its owner, decided on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import connect
from tests.browser.conftest import AtABrowser
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

GOODS = [
    {**LINE, "product_code": "SRV-R760", "description": "Máy chủ Dell PowerEdge R760"},
    {**LINE, "product_code": "MON-27U", "description": "Màn hình Dell UltraSharp 27 inch"},
]


async def test_a_resend_asks_whom_it_concerns_and_a_director_leaves_a_line_out_on_a_phone(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    admin, sales, manager = [await sign_in(name) for name in ("admin1", "sales1", "manager1")]
    finance, purchasing = [await sign_in(name) for name in ("manager2", "purchasing1")]
    await connect(admin, "purchase-approval-parallel")
    request = await sales.create(lines=GOODS, send={})
    await connect(admin, "purchase-approval")
    await manager.done(request["id"], "approve", {"step": "manager"})
    await admin.done(request["id"], "approve", {"step": "technical"})
    await finance.done(request["id"], "reject", {"step": "finance", "note": "Giao về Đà Nẵng"})

    async with visit("sales1") as owner:
        await owner.open(f"/requests/{request['id']}/edit")
        await owner.page.locator("#delivery_address").fill("Số 2 Quang Trung, Đà Nẵng")
        await owner.press("Lưu")
        await owner.leads_to(f"/requests/{request['id']}$")
        await owner.press("Gửi lại")
        await owner.leads_to(f"/requests/{request['id']}/send$")
        steps = owner.page.locator(".plan-step")
        await expect(steps.filter(has_text="Thẩm định kỹ thuật")).to_contain_text("Giữ hiệu lực")
        await expect(steps.filter(has_text="Hội đồng tài chính")).to_contain_text("Hỏi lại")
        await owner.press("Gửi lại")
        await owner.sees_status("Đang thực hiện")
        await manager.done(request["id"], "approve", {"step": "manager"})
        for voter in (finance, purchasing):
            await voter.done(request["id"], "approve", {"step": "finance"})

        async with visit("director1", phone=True) as director:
            await director.open(f"/inbox/{request['id']}")
            page = director.page
            await page.get_by_role("heading", name="Duyệt từng dòng").click()
            await page.get_by_label("Quyết định, Màn hình Dell UltraSharp 27 inch").select_option("return")
            director.refusals.add(422)
            await page.locator("#approve").click()
            wrong = page.get_by_label("Lý do, Màn hình Dell UltraSharp 27 inch")
            await expect(wrong).to_have_attribute("aria-invalid", "true")
            await wrong.fill("Kho còn màn hình")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await page.locator("#approve").click()
            await director.leads_to("/inbox$")

        out = owner.page.locator("tr.is-out")
        await expect(out).to_contain_text("Màn hình Dell UltraSharp 27 inch")
        await expect(out).to_contain_text("Kho còn màn hình")
        await owner.sees_status("Đã hoàn thành")
        (child,) = (await sales.request(request["id"]))["children"]
        await owner.page.get_by_role("link", name=child["number"]).click()
        await owner.leads_to(f"/requests/{child['id']}$")
        await owner.sees("Chưa gửi", "Màn hình Dell UltraSharp 27 inch", request["number"])
