"""The approval matrix at a browser: an Excel file with errors in it, mended, taken, published, and a request that it routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from playwright.async_api import expect

from tests.api.setting import connect
from tests.browser.conftest import AtABrowser
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

HEADINGS = [
    "Bước",
    "Phòng ban",
    "Nhóm hàng",
    "Giá trị từ",
    "Giá trị dưới",
    "Người duyệt",
    "Cách tính duyệt",
    "Thời hạn",
]
ROWS: list[list[Any]] = [
    ["board", None, None, None, 50000000, "manager:1", None, "16bh"],
    ["board", None, "Nội thất", 50000000, None, "director1; manager2", "all", None],
    ["board", None, None, 50000000, None, "role:director", None, None],
]


def _workbook(path: Path, *changes: tuple[int, int, Any]) -> Path:
    """An Excel file of the rows, with some cells changed: line and column from 0, and what stands there."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for line, row in enumerate([HEADINGS, *ROWS]):
        sheet.write_row(line, 0, row)
    for change in changes:
        sheet.write(*change)
    book.close()
    return path


async def test_a_matrix_is_imported_from_excel_mended_and_published(
    visit: AtABrowser, sign_in: SignIn, tmp_path: Path
) -> None:
    admin_api, sales = await sign_in("admin1"), await sign_in("sales1")
    step = {"key": "board", "name": "Hội đồng", "approvers": [{"matrix": True}]}
    document = {"schema_version": 2, "key": "browsed", "name": "Ma trận", "steps": [step], "matrix": {}}
    assert (await admin_api.call("PUT", "/processes/browsed/draft", document)).status_code == 200
    wrong = _workbook(tmp_path / "wrong.xlsx", (1, 5, "nobody9"), (2, 2, "Đồ cổ"), (3, 3, "50.000.000"))
    right = _workbook(tmp_path / "right.xlsx")
    async with visit("admin1") as admin:
        admin.refusals.add(422)
        await admin.open("/admin/processes/browsed")
        await admin.press("Ma trận phê duyệt")
        await admin.sees("Chưa có dòng nào", "mọi dòng chỉ dành cho một nhóm hàng")

        await admin.page.get_by_label("Excel (.xlsx) hoặc CSV").set_input_files(wrong)
        await admin.press("Xem thay đổi")
        await admin.sees("Chưa thể nhận tệp này")
        cells = admin.page.locator("td.is-wrong")
        await expect(cells).to_have_count(3)
        await expect(cells.nth(0)).to_contain_text("nobody9")
        await expect(cells.nth(0)).to_contain_text("F2")
        await expect(cells.nth(1)).to_contain_text("không sản phẩm nào thuộc nhóm hàng Đồ cổ")
        await expect(cells.nth(2)).to_contain_text("hãy viết số tiền không có dấu phân cách")

        await admin.page.get_by_label("Excel (.xlsx) hoặc CSV").set_input_files(right)
        await admin.press("Xem thay đổi")
        await admin.sees("Tệp thay đổi những gì", "3 dòng mới", "50.000.000")
        await admin.press("Đưa vào bản nháp")
        await admin.sees("3 dòng", "director1; manager2")
        assert "Chưa thể ban hành" not in await admin.page.locator("main").inner_text()
        async with visit("admin1", phone=True) as phone:
            await phone.open("/admin/processes/browsed/matrix")
            assert await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        async with admin.page.expect_download() as download:
            await admin.press("Excel")
        path = tmp_path / "again.xlsx"
        await (await download.value).save_as(path)
        await admin.page.get_by_label("Excel (.xlsx) hoặc CSV").set_input_files(path)
        await admin.press("Xem thay đổi")
        await admin.sees("Không thay đổi gì")

        await admin.open("/admin/processes/browsed")
        await admin.press("Ban hành bản nháp")
        await admin.page.locator("dialog[open]").get_by_role("button", name="Ban hành").click()
        await admin.leads_to("/admin/processes/browsed/versions/1")
    await connect(admin_api, "browsed")
    try:
        request = await sales.create(send={}, lines=[{**LINE, "product_code": "DSK-STD", "quantity": "1000"}])
        asked = {one["person"]["username"] for one in request["run"]["steps"][0]["assignments"]}
        assert asked == {"director1", "manager2"}
    finally:
        await connect(admin_api, "purchase-approval")
