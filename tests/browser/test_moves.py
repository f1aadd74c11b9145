"""An admin publishes a version, sees whom it concerns, and moves the runs that they choose."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import connect, draft, publish, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

FIRST = {"key": "first", "name": "Bước một", "approvers": [{"user": "manager1"}]}


async def test_an_admin_moves_the_runs_that_they_choose(visit: AtABrowser, sign_in: SignIn) -> None:
    admin_api, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin_api, "moved-here", [FIRST])
    await connect(admin_api, "moved-here")
    try:
        one, other = await sent(sales), await sent(sales)
    finally:
        await connect(admin_api, "purchase-approval")
    second = {"key": "second", "name": "Bước hai", "approvers": [{"user": "director1"}]}
    await draft(admin_api, "moved-here", [FIRST, second])
    async with visit("admin1") as admin:
        await admin.open("/admin/processes/moved-here")
        await admin.press("Thử trên yêu cầu đã gửi")
        await admin.page.locator("dialog[open]").get_by_role("button", name="Thử", exact=True).click()
        await admin.sees("Những gì sẽ khác", one["number"], "thêm bước: Trần Thị Minh Nguyệt")

        await admin.open("/admin/processes/moved-here")
        await admin.press("Ban hành bản nháp")
        dialog = admin.page.locator("dialog[open]")
        await expect(dialog).to_contain_text("phiên bản 1, first: 2 yêu cầu đang chạy")
        await dialog.get_by_role("button", name="Ban hành", exact=True).click()
        await admin.leads_to("/admin/processes/moved-here/versions/2")

        await admin.press("Yêu cầu đang chạy")
        row = admin.page.get_by_role("row").filter(has_text=one["number"])
        await expect(row).to_contain_text("Bước hai: thêm bước: Trần Thị Minh Nguyệt")
        await admin.page.get_by_label(f"Chuyển {one['number']}").check()
        await admin.press("Chuyển các yêu cầu đã chọn sang phiên bản 2")
        await admin.sees("Đã chuyển 1 yêu cầu sang phiên bản 2", other["number"])
        await expect(admin.page.get_by_role("row").filter(has_text=one["number"])).to_have_count(0)
        await admin.open(f"/requests/{one['id']}/timeline")
        await admin.sees("Chuyển sang phiên bản khác của quy trình", "1 → 2")
    assert (await sales.request(one["id"]))["run"]["process"]["version"] == 2
    assert (await sales.request(other["id"]))["run"]["process"]["version"] == 1
