"""People at a browser: found, unfolded as a tree, changed with what it does seen first; on a phone, too."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


async def test_an_admin_finds_somebody_sees_what_a_change_does_and_makes_it(visit: AtABrowser, sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    body = {"username": "moi1", "name": "Đặng Thị Mới", "roles": ["sales"], "manager": "manager1"}
    assert (await admin.call("POST", "/people", body)).status_code == 201
    await sent(await sign_in("moi1"), lines=SMALL)
    async with visit("admin1") as page:
        await page.open("/admin/connection")
        await page.page.locator("nav#navigation").get_by_role("link", name="Nhân sự").click()
        await page.page.get_by_role("searchbox").fill("dang thi")
        await expect(page.page.locator("#list tbody tr")).to_have_count(1)
        await page.page.get_by_role("link", name="Đặng Thị Mới").click()
        await page.press("Sửa")
        await page.page.get_by_label("Quản lý (tên đăng nhập)").fill("manager")
        await expect(page.page.locator("datalist#managers option")).to_have_count(2)
        await page.page.get_by_label("Quản lý (tên đăng nhập)").fill("manager2")
        await page.press("Xem trước tác động")
        await page.sees("Chưa có gì thay đổi", "1 yêu cầu đang thực hiện", "Phạm Thị Thu Hà")
        for width in (320, 768):
            await page.page.set_viewport_size({"width": width, "height": 700})
            assert await page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.press("Thực hiện thay đổi")
        await page.leads_to("/admin/people/moi1")
        await page.sees("Đã lưu thay đổi của Đặng Thị Mới", "manager1 → manager2")


async def test_the_tree_unfolds_where_one_is(visit: AtABrowser) -> None:
    async with visit("admin1", phone=True) as page:
        await page.open("/admin/people-tree")
        director = page.page.locator(".people-branch > li").filter(has_text="Trần Thị Minh Nguyệt").first
        await director.locator("summary").first.click()
        manager = director.locator(".people-below li").filter(has_text="Lê Hoàng Nam")
        await expect(manager).to_be_visible()
        await manager.locator("summary").click()
        await expect(manager.get_by_role("link", name="Nguyễn Văn An")).to_be_visible()
        await page.leads_to("/admin/people-tree$")
