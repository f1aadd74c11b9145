"""Importing at a browser: a template is downloaded, a file with errors is mended, looked at, taken; orders come in and a request is made."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from crm.pool import Pool
from tests.browser.conftest import AtABrowser
from tests.eventually import eventually
from tests.files import excel_table

pytestmark = pytest.mark.browser

HEADINGS = ["Số đơn hàng", "Ngày", "Khách hàng", "Người thực hiện", "Mã hàng", "Số lượng", "Đơn giá"]


NOTE_WHAT_SHOWS = """addEventListener("beforeunload",
    () => sessionStorage.setItem("busy", String(!document.querySelector("[data-busy-note]").hidden)))"""


NOTE_HOW_FAR = """new MutationObserver(() => {
    const text = document.querySelector("#import-progress").innerText.trim();
    if (text) sessionStorage.setItem("so far", text);
}).observe(document.body, { childList: true, subtree: true })"""
"""While a page is being left, nobody but itself sees it."""


async def _is_being_written(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT true FROM imports WHERE progress ->> 'doing' = 'writing'"))


def _file(path: Path, quantity: object, owner: str, *more: object) -> Path:
    rows = [HEADINGS, ["DH-TEP-1", "24/11/2026", "Công ty Hoa Sen", owner, "LT-T14", quantity, 28_900_000], *more]
    path.write_bytes(excel_table(*rows, sheet="Đơn hàng"))  # type: ignore[arg-type]
    return path


async def test_an_import_with_errors_is_mended_and_taken(visit: AtABrowser, tmp_path: Path) -> None:
    wrong = _file(tmp_path / "sai.xlsx", "1.500", "nobody9")
    right = _file(tmp_path / "don-hang.xlsx", "1.500,5", "sales1")
    async with visit("admin1") as admin:
        admin.refusals.add(422)
        await admin.open("/admin/connection")
        await admin.page.locator("nav#navigation").get_by_role("link", name="Nhập dữ liệu").click()
        await admin.sees("Chưa có tệp nào", "Nhân sự", "Cơ hội")
        async with admin.page.expect_download() as download:
            await admin.page.get_by_role("link", name="Đơn hàng, Excel").click()
        assert (await download.value).suggested_filename == "don-hang.xlsx"

        await admin.page.get_by_label("Nội dung của tệp").select_option("orders")
        await admin.page.get_by_label("Excel (.xlsx) hoặc CSV").set_input_files(wrong)
        await admin.press("Xem thay đổi")
        await admin.sees("Chưa thể nhận tệp này", "trang tính Đơn hàng")
        row = admin.page.get_by_role("row").filter(has_text="F2")
        await expect(row).to_contain_text("Số lượng")
        await expect(row).to_contain_text("có người đọc là 1500")
        await expect(admin.page.get_by_label("Nội dung của tệp")).to_have_value("orders")

        await admin.page.get_by_label("Excel (.xlsx) hoặc CSV").set_input_files(right)
        await admin.press("Xem thay đổi")
        await admin.leads_to("/admin/imports/[0-9a-f-]{36}")
        await admin.sees("DH-TEP-1", "Số lượng: 1.500,5", "Khách hàng: Công ty Hoa Sen", "Ngày: 24/11/2026")
        async with visit("admin1", phone=True) as phone:
            for path in ("/admin/imports", admin.page.url.removeprefix(admin.address)):
                await phone.open(path)
                assert await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            fields, line = phone.page.locator(".import-fields").first, phone.page.locator(".import-line").first
            below, above = await line.bounding_box(), await fields.bounding_box()
            assert below is not None
            assert above is not None
            assert below["y"] >= above["y"] + above["height"]

        await expect(admin.page.locator("[data-busy-note]")).to_be_hidden()
        await admin.page.evaluate(NOTE_WHAT_SHOWS)
        takes: list[str] = []
        admin.page.on("request", lambda request: takes.append(request.url) if request.url.endswith("/take") else None)
        await admin.page.get_by_role("button", name="Nhận tệp").dblclick()
        await admin.sees("Đã nhận tệp", "don-hang.xlsx")
        assert await admin.page.evaluate("sessionStorage.getItem('busy')") == "true", (
            "while it is taken, the page says so"
        )
        assert len(takes) == 1

        await admin.page.get_by_label("Excel (.xlsx) hoặc CSV").set_input_files(right)
        await admin.press("Xem thay đổi")
        await admin.sees("Tệp không thay đổi gì")
    async with visit("sales1") as sales:
        await sales.open("/orders?q=DH-TEP-1")
        await sales.page.get_by_role("link", name="DH-TEP-1").click()
        await sales.sees("Công ty Hoa Sen", "1.500,5")


async def test_a_page_that_waits_for_a_file_says_how_far_it_is(visit: AtABrowser, pool: Pool, tmp_path: Path) -> None:
    rows = [[f"DH-XA-{number}", "24/11/2026", "An Phát", "sales1", "LT-T14", 1, 1] for number in range(1500)]
    file = _file(tmp_path / "don-hang.xlsx", 2, "sales1", *rows)
    async with visit("admin1") as admin:
        await admin.open("/admin/imports")
        await admin.page.get_by_label("Nội dung của tệp").select_option("orders")
        await admin.page.get_by_label("Excel (.xlsx) hoặc CSV").set_input_files(file)
        await admin.press("Xem thay đổi")
        await admin.leads_to("/admin/imports/[0-9a-f-]{36}")
        await expect(admin.page.locator("#import-progress")).to_be_empty()
        await admin.page.evaluate(NOTE_HOW_FAR)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('sources are taken', 0))")
            pressed = asyncio.create_task(admin.page.get_by_role("button", name="Nhận tệp").click())
            await eventually(lambda: _is_being_written(pool))
            for _ in range(3):  # the first may have been asked before, and the last is yet to be shown
                async with admin.page.expect_response(lambda answer: answer.url.endswith("/admin/imports")):
                    pass
        await pressed
        await admin.sees("Đã nhận tệp")
        said = await admin.page.evaluate("sessionStorage.getItem('so far')")
        assert re.fullmatch(r"Đã ghi: [\d.]+ trên 1\.501 dòng", said)


async def test_a_line_is_filled_in_from_the_catalogue(visit: AtABrowser) -> None:
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        line = sales.page.locator("[data-line]").first
        await line.get_by_label("Mã hàng").fill("LT-T1")
        await expect(sales.page.locator("datalist#products option")).to_have_count(1)
        await expect(sales.page.locator("datalist#products option")).to_have_attribute("value", "LT-T14")
        await line.get_by_label("Mã hàng").fill("LT-T14")
        await expect(line.get_by_label("Diễn giải")).to_have_value("Máy tính xách tay Lenovo ThinkPad T14 Gen 5")
        await expect(line.get_by_label("Đơn vị tính")).to_have_value("Chiếc")
        await line.get_by_label("Số lượng").fill("2")
        await expect(line.locator("[data-amount]")).not_to_have_text("–")
        await line.get_by_label("Nhà cung cấp").fill("fpt")
        await expect(sales.page.locator("datalist#suppliers option")).to_have_count(1)
        await expect(sales.page.locator("datalist#suppliers option")).to_have_attribute("value", "FPT Synnex")
