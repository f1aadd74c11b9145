"""*Nhập dữ liệu*: a file is looked at, taken as it was shown, and by nobody but whoever uploaded it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from approval.incoming import SourceType
from crm.drafts import LineDraft, SourceRef
from crm.pool import Pool
from tests.crm.saved import SavedRun, save
from tests.eventually import eventually
from tests.files import csv_table, excel_table
from tests.web.browser import Visitor, value_of, visitor

HEADINGS = ["Mã nhà cung cấp", "Tên nhà cung cấp", "Mã số thuế", "Ngừng giao dịch"]


async def _upload(admin: Visitor, kind: str, content: bytes, name: str = "ncc.xlsx") -> httpx.Response:
    fields = {"csrf_token": await admin.token("/admin/imports"), "kind": kind}
    return await admin.http.post("/admin/imports", data=fields, files={"file": (name, content)})


async def _shown(admin: Visitor, kind: str, content: bytes) -> tuple[str, str]:
    """Upload a file that nothing is wrong with; the address of what it changes, and that page."""
    answer = await _upload(admin, kind, content)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    return address, await admin.read(address)


async def _refused(admin: Visitor, kind: str, content: bytes, name: str = "ncc.xlsx") -> str:
    """Upload a file that something is wrong with; the page that says what, which is the same when it is opened again."""
    address = (await _upload(admin, kind, content, name)).headers["location"]
    first, again = [await admin.get(address) for _ in range(2)]
    assert (first.status_code, again.status_code) == (422, 422)
    assert _text(first.text) == _text(again.text)
    assert f'action="{address}/take"' not in first.text
    return _text(first.text)


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


async def test_a_file_is_looked_at_then_taken_and_told_of(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        assert "Chưa có tệp nào" in await admin.read("/admin/imports")
        address, html = await _shown(admin, "suppliers", excel_table(HEADINGS, ["P1", "FPT Synnex", "01012", None]))
        assert "Mã số thuế: 01012" in _text(html)
        assert await pool.fetchval("SELECT count(*) FROM suppliers WHERE code = 'P1'") == 0
        fields = {"csrf_token": value_of(html, "csrf_token"), "shown": value_of(html, "shown")}
        taken = await admin.http.post(f"{address}/take", data=fields)
        assert taken.headers["location"] == "/admin/imports?kind=suppliers"
        page = _text(await admin.read(taken.headers["location"]))
        assert "Đã nhận tệp" in page
        assert "ncc.xlsx" in page
        assert (await admin.get(address)).status_code == 404
        again = await admin.http.post(f"{address}/take", data=fields)
        assert again.headers["location"] == "/admin/imports"
        assert "chỉ một lần" in _text(await admin.read("/admin/imports"))
    assert await pool.fetchval("SELECT count(*) FROM imports WHERE kind = 'suppliers'") == 1
    assert await pool.fetchval("SELECT name FROM suppliers WHERE code = 'P1'") == "FPT Synnex"
    assert await pool.fetchval("SELECT content FROM imports WHERE kind = 'suppliers'") is None


async def test_a_file_that_is_sent_twice_at_once_is_taken_once(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1", "en") as admin:
        address, html = await _shown(
            admin,
            "suppliers",
            excel_table(HEADINGS, ["P8", "Twice", None, None]),
        )
        fields = {"csrf_token": value_of(html, "csrf_token"), "shown": value_of(html, "shown")}
        answers = await asyncio.gather(*(admin.http.post(f"{address}/take", data=fields) for _ in range(2)))
    assert sorted(answer.headers["location"] for answer in answers) == [
        "/admin/imports",
        "/admin/imports?kind=suppliers",
    ]
    query = "SELECT counts FROM imports WHERE kind = 'suppliers' AND taken_at IS NOT NULL ORDER BY taken_at DESC"
    assert (await pool.fetchval(query))["new"] == 1


async def test_columns_that_are_left_out_are_said_before_the_file_is_taken(app: FastAPI, pool: Pool) -> None:
    rows: list[list[Any]] = [[*HEADINGS, "<b>Ghi chú</b>", "Hạng"], ["P9", "FPT", None, None, "x", "A"]]
    async with visitor(app, "admin1", "en") as admin:
        address, html = await _shown(admin, "suppliers", excel_table(*rows))
        fields = {"csrf_token": value_of(html, "csrf_token"), "shown": value_of(html, "shown")}
        taken = await admin.http.post(f"{address}/take", data=fields)
    assert taken.headers["location"] == "/admin/imports?kind=suppliers"
    assert await pool.fetchval("SELECT name FROM suppliers WHERE code = 'P9'") == "FPT"
    assert "2 columns are left out" in html
    assert "&lt;b&gt;Ghi chú&lt;/b&gt; (E1), Hạng (F1)" in html


async def test_what_changed_meanwhile_is_shown_again(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as admin:
        address, html = await _shown(admin, "suppliers", excel_table(HEADINGS, ["P2", "New name", None, None]))
        await pool.execute("INSERT INTO suppliers (code, name) VALUES ('P2', 'Old name')")
        fields = {"csrf_token": value_of(html, "csrf_token"), "shown": value_of(html, "shown")}
        answer = await admin.http.post(f"{address}/take", data=fields)
        assert answer.headers["location"] == address
        again = await admin.read(address)
        assert "Something has changed meanwhile" in again
        assert "<del>Old name</del> <ins>New name</ins>" in again
        fields["shown"] = value_of(again, "shown")
        await admin.http.post(f"{address}/take", data=fields)
    assert await pool.fetchval("SELECT name FROM suppliers WHERE code = 'P2'") == "New name"


async def test_wrong_cells_are_listed(app: FastAPI) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        text = await _refused(admin, "suppliers", csv_table(HEADINGS, ["P3", "", "1", "maybe"]), "ncc.csv")
        assert "B2 Tên nhà cung cấp" in text
        assert "D2 Ngừng giao dịch hãy ghi có hoặc không" in text
        several = excel_table(HEADINGS, *[[f"P3{n}", "x", None, "maybe"] for n in range(3)])
        assert "D2, D3, D4 Ngừng giao dịch hãy ghi có hoặc không" in await _refused(admin, "suppliers", several)


async def test_while_a_file_is_taken_its_admin_sees_how_far_it_is(
    app: FastAPI, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.files.progress.EVERY_SECONDS", 0)
    monkeypatch.setattr("application.taking.AT_ONCE", 1)
    headings = ["Số đơn hàng", "Ngày", "Người thực hiện", "Mã hàng", "Số lượng"]

    def with_quantity(quantity: int) -> bytes:
        goods = [("DH-FAR-1", "LT-T14"), ("DH-FAR-1", "MON-27U"), ("DH-FAR-2", "LT-T14"), ("DH-FAR-3", "LT-T14")]
        rows = [[number, "24/11/2026", "sales1", product, quantity] for number, product in goods]
        rows[-1][-1] = 1
        return excel_table(headings, *rows)

    async def take(admin: Visitor, content: bytes) -> httpx.Response:
        address, html = await _shown(admin, "orders", content)
        assert 'id="import-progress"' in html
        fields = {"csrf_token": value_of(html, "csrf_token"), "shown": value_of(html, "shown")}
        return await admin.http.post(f"{address}/take", data=fields)

    await pool.execute(
        "INSERT INTO users (username, name, roles) VALUES ('admin3', 'Admin Ba', '{admin}') ON CONFLICT DO NOTHING"
    )
    async with visitor(app, "admin1", "vi") as admin, visitor(app, "admin3", "vi") as other:
        await take(admin, with_quantity(1))
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM sources WHERE number = 'DH-FAR-2' FOR UPDATE")
            taking = asyncio.create_task(take(admin, with_quantity(2)))

            async def is_said() -> bool:
                return "Đã ghi: 2 trên 3 dòng" in _text(await admin.read("/admin/imports"))

            await eventually(is_said)
            assert "Đã ghi" not in _text(await other.read("/admin/imports"))
        assert (await taking).status_code == 303
        assert "Đã ghi" not in _text(await admin.read("/admin/imports"))


async def test_nobody_takes_what_another_admin_uploaded(app: FastAPI, pool: Pool) -> None:
    await pool.execute("INSERT INTO users (username, name, roles) VALUES ('admin2', 'Admin Hai', '{admin}')")
    async with visitor(app, "admin1") as admin, visitor(app, "admin2") as other:
        address, html = await _shown(admin, "suppliers", excel_table(HEADINGS, ["P4", "x", None, None]))
        assert (await other.get(address)).status_code == 404
        fields = {"csrf_token": await other.token("/admin/imports"), "shown": value_of(html, "shown")}
        assert (await other.http.post(f"{address}/take", data=fields)).status_code == 404


async def test_of_files_that_nobody_takes_one_is_kept_for_each_admin_and_for_a_day(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as admin:
        first, _ = await _shown(admin, "suppliers", excel_table(HEADINGS, ["P5", "x", None, None]))
        second, _ = await _shown(admin, "suppliers", excel_table(HEADINGS, ["P6", "x", None, None]))
        assert ((await admin.get(first)).status_code, (await admin.get(second)).status_code) == (404, 200)
        await pool.execute("UPDATE imports SET uploaded_at = $1", datetime.now(UTC) - timedelta(days=2))
    async with visitor(app, "admin2") as other:
        await _shown(other, "suppliers", excel_table(HEADINGS, ["P7", "x", None, None]))
    assert await pool.fetchval("SELECT count(*) FROM imports WHERE taken_at IS NULL") == 1


@pytest.mark.parametrize(
    ("language", "held", "marked", "released"),
    [
        (
            "vi",
            "Các yêu cầu này sẽ bị tạm giữ cho đến khi người thực hiện trả lời về thay đổi của đơn hàng: {}",
            "Các yêu cầu này sẽ được đánh dấu, vì đơn hàng sẽ khác với yêu cầu: {}",
            "Các yêu cầu này sẽ không còn bị tạm giữ hay đánh dấu: {}",
        ),
        (
            "en",
            "These requests will be held until their owners have answered how the order changed: {}",
            "These requests will be marked, since their order will differ from them: {}",
            "These requests will not be held or marked any more: {}",
        ),
    ],
)
async def test_what_follows_for_requests_is_said_before_the_file_is_taken(
    app: FastAPI, pool: Pool, language: str, held: str, marked: str, released: str
) -> None:
    headings = ["Số đơn hàng", "Ngày", "Người thực hiện", "Mã hàng", "Số lượng"]
    number = f"DH-SHOWN-{language}"

    def with_quantity(quantity: int) -> bytes:
        return excel_table(headings, [number, "24/11/2026", "sales1", "LT-T14", quantity])

    async with visitor(app, "admin1", language) as admin:

        async def take(content: bytes) -> str:
            """Look at a file and take it; what the page said of requests."""
            address, html = await _shown(admin, "orders", content)
            fields = {"csrf_token": value_of(html, "csrf_token"), "shown": value_of(html, "shown")}
            await admin.http.post(f"{address}/take", data=fields)
            return html

        assert "/requests/" not in (await take(with_quantity(10))).split("<main")[1]
        row = await pool.fetchrow(
            "SELECT s.id, l.unit FROM sources s JOIN source_lines l ON l.source_id = s.id WHERE s.number = $1", number
        )
        assert row is not None
        source = SourceRef(type=SourceType.SALES_ORDER, id=row["id"])
        lines = (LineDraft(product_code="LT-T14", unit=row["unit"], quantity=Decimal(10)),)
        draft, running = [await save(pool, source=source, lines=lines) for _ in range(2)]
        await SavedRun.sent(pool, running)
        html = await take(with_quantity(12))
        assert held.format(running.number) in _text(html)
        assert marked.format(draft.number) in _text(html)
        assert f'<a href="/requests/{running.id}">{running.number}</a>' in html
        both = " , ".join(one.number for one in sorted((draft, running), key=lambda one: one.id))
        assert released.format(both) in _text(await take(with_quantity(10)))


@pytest.mark.parametrize(("ending", "begins"), [("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")])
async def test_a_template_is_downloaded(app: FastAPI, ending: str, begins: bytes) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        answer: Any = await admin.get(f"/admin/imports/templates/orders.{ending}")
        assert answer.content.startswith(begins)
        assert f"don-hang.{ending}" in answer.headers["content-disposition"]


async def test_a_file_that_nobody_chose_is_asked_for(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        answer = await admin.post("/admin/imports", {"kind": "people"}, page="/admin/imports")
        assert "Choose a file first" in await admin.read(answer.headers["location"])


async def test_a_file_with_nothing_in_it_is_said_to_have_nothing(app: FastAPI) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        assert "tệp trống" in await _refused(admin, "suppliers", b"", "ncc.csv")
        _, html = await _shown(admin, "suppliers", excel_table(HEADINGS))
        assert "Tệp chỉ có dòng tiêu đề, không có dòng nào bên dưới" in html
        assert "mọi thứ đã có sẵn" not in html


async def test_how_many_is_written_as_elsewhere(app: FastAPI, pool: Pool) -> None:
    rows = [[f"NHIEU-{number}", "x", None, None] for number in range(1200)]
    async with visitor(app, "admin1", "vi") as admin:
        wrong = excel_table(HEADINGS, *[[code, None] for code, *_ in rows])
        assert "Còn 1.150 chỗ khác" in await _refused(admin, "suppliers", wrong)
        address, html = await _shown(admin, "suppliers", excel_table(HEADINGS, *rows))
        assert "200 mục đầu trong 1.200" in html
        assert "1.200 dòng" in html
        fields = {"csrf_token": value_of(html, "csrf_token"), "shown": value_of(html, "shown")}
        await admin.http.post(f"{address}/take", data=fields)
        page = await admin.read("/admin/imports?kind=suppliers")
        assert page.count("Mới: 1.200") == 2, "once as what was just done, once among the files that were taken last"
    await pool.execute("DELETE FROM suppliers WHERE code LIKE 'NHIEU-%'")
