"""The connection to AMIS in a browser: from nothing to the first order, from which a request is made; changed and cancelled there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect
from temporalio.client import Client

from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.connectors.amis import CLIENT_ID, CLIENT_SECRET, Served, follow_nothing, serving

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="session")
async def amis(temporal_client: Client) -> AsyncIterator[Served]:
    async with serving() as served:
        yield served
    await follow_nothing(temporal_client)


async def make_order(person: Person, served: Served, owner: str) -> None:
    """On the stand-in's own page."""
    tab = await person.page.context.new_page()
    await tab.goto(served.address.removesuffix("/api/v2"))
    await tab.get_by_label("Người phụ trách").select_option(owner)
    await tab.get_by_role("button", name="Tạo").click()
    await expect(tab.get_by_role("cell", name=owner)).to_be_visible()
    await tab.close()


async def test_from_nothing_to_the_first_order(visit: AtABrowser, amis: Served) -> None:
    async with visit("admin1") as admin, visit("sales1") as sales:
        await admin.open("/")
        await admin.page.locator("nav#navigation").get_by_role("link", name="Kết nối AMIS").click()
        await admin.leads_to("/admin/amis$")
        await admin.page.get_by_label("Địa chỉ", exact=True).fill(amis.address)
        await admin.page.get_by_label("Client id").fill(CLIENT_ID)
        await admin.page.get_by_label("Client secret").fill(CLIENT_SECRET)
        await admin.press("Kết nối")
        await admin.sees("Đã lưu")
        await expect(admin.page.locator("main")).to_contain_text("Nhập lần đầu", timeout=30_000)
        await admin.press("Thử kết nối")
        await admin.sees("AMIS trả lời", "Có 0 đơn hàng.")
        await admin.open("/admin/amis")

        await make_order(admin, amis, "Nguyễn Văn An")
        await make_order(admin, amis, "Hoàng Thị Lan")
        await admin.press("Đọc những gì đã thay đổi")
        await admin.sees("ở đây không ai được biết với tên Hoàng Thị Lan")  # by itself, as soon as it is read
        await sales.open("/orders")
        await sales.sees("AMIS-1001")
        await sales.page.get_by_role("link", name="AMIS-1001").first.click()
        await sales.sees("Máy tính xách tay Lenovo ThinkPad T14 Gen 5")

        await admin.open("/admin/amis")
        await admin.press("Thử kết nối")
        await admin.sees("Đơn hàng thay đổi gần nhất", "sale_order_no", "AMIS-1002")
        await admin.open("/admin/amis")
        await admin.page.get_by_label("Hoàng Thị Lan là ai", exact=True).fill("sales2")
        await admin.press("Lưu: Hoàng Thị Lan là ai")
        await expect(admin.page.get_by_role("heading", name="Những đơn chưa nhận được")).to_have_count(0)
        await admin.sees("Đã có 2 đơn hàng của AMIS")


async def test_the_page_of_the_stand_in_changes_and_cancels(visit: AtABrowser, amis: Served) -> None:
    async with visit() as person:
        person.address = amis.address.removesuffix("/api/v2")
        await make_order(person, amis, "Đỗ Ngọc Phương Linh")
        await person.open("/")
        await person.page.get_by_label("Số lượng · Quantity AMIS-1001").fill("7")
        await person.page.get_by_role("button", name="Sửa · Change AMIS-1001").click()
        await expect(person.page.get_by_label("Số lượng · Quantity AMIS-1001")).to_have_value("7")
        await person.page.get_by_role("button", name="Hủy · Cancel AMIS-1001").click()
        await expect(person.page.get_by_role("cell", name="Đã hủy bỏ")).to_be_visible()
        await person.page.get_by_label("mã truy cập hết hạn").check()
        await person.page.get_by_role("button", name="Áp dụng").click()
        await expect(person.page.get_by_label("mã truy cập hết hạn")).to_be_checked()
        assert amis.oddities.token_calls == 3
        await person.page.get_by_role("button", name="Xóa · Delete AMIS-1001").click()
        await expect(person.page.get_by_text("Chưa có đơn hàng.")).to_be_visible()
