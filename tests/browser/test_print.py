"""The page of a request that is printed and filed: on A4, with what was decided, by whom, for whom, when and by which way."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.api.setting import SMALL, connect, publish
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("running_worker")]

A4 = (595, 842)
"""In points."""


async def _printed(person: Person) -> bytes:
    return await person.page.pdf(prefer_css_page_size=True, print_background=False)


def _sheets(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page of a PDF, in points."""
    objects = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            objects.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    pages = [
        one for part in objects for one in re.findall(rb"/Type\s*/Page\b.*?/MediaBox\s*\[([^\]]*)\]", part, re.DOTALL)
    ]
    sizes = [[round(float(number)) for number in box.split()] for box in pages]
    return [(right - left, top - bottom) for left, bottom, right, top in sizes]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filed(sign_in: SignIn) -> Any:
    """A request that went back once, of which a line was left out, and that a substitute approved."""
    admin, sales, manager = await sign_in("admin1"), await sign_in("sales1"), await sign_in("manager1")
    director, substitute = await sign_in("director1"), await sign_in("manager2")
    steps: list[dict[str, Any]] = [
        {
            "key": "manager",
            "name": {"vi": "Quản lý duyệt", "en": "Manager"},
            "approvers": [{"user": "manager1"}],
            "may_edit": ["lines.quantity"],
            "may_decide_lines": True,
        },
        {"key": "director", "name": {"vi": "Giám đốc duyệt", "en": "Director"}, "approvers": [{"user": "director1"}]},
    ]
    await publish(admin, "filed", steps, schema_version=2)
    await connect(admin, "filed")
    goods = [LINE, {**SMALL[0], "description": "Chuột <b>không dây</b>", "product_code": "MOUSE"}]
    request = await sales.create(lines=goods, send={}, purpose="Máy tính <script>alert(1)</script>")
    await connect(admin, "purchase-approval")
    await manager.done(request["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    await sales.done(request["id"], "send")
    await manager.done(
        request["id"],
        "approve",
        {
            "step": "manager",
            "note": "Bớt chuột",
            "changes": {"lines": [{"id": request["lines"][0]["id"], "quantity": "8"}]},
            "lines": {request["lines"][1]["id"]: {"decision": "reject", "note": "Đã có sẵn"}},
        },
    )
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"substitute": "manager2", "until": until, "reason": "Nghỉ phép"}
    away = await director.call("POST", "/substitutions", body)
    assert away.status_code == 201, away.text
    done = await substitute.done(request["id"], "approve", {"step": "director", "note": "Đồng ý mua"})
    assert done["process_status"] == "completed"
    await director.call("DELETE", f"/substitutions/{away.json()['id']}")
    return done


async def test_it_says_who_decided_what_for_whom_when_and_how(visit: AtABrowser, filed: Any) -> None:
    async with visit("sales1") as sales:
        await sales.open(f"/requests/{filed['id']}")
        await sales.press("In")
        await sales.leads_to(f"/requests/{filed['id']}/print")
        await sales.sees(filed["number"], "Đã hoàn thành", "Máy tính <script>alert(1)</script>", "Nguyễn Văn An")
        out = sales.page.locator(".goods tr.is-out")
        await expect(out).to_contain_text("Chuột <b>không dây</b>")
        await expect(out).to_contain_text("Bị từ chối: Đã có sẵn")
        await expect(sales.page.locator(".goods tbody tr").first).to_contain_text("8")
        await expect(sales.page.locator(".total")).to_contain_text("100.000.000")
        rows = sales.page.locator(".decisions tbody tr")
        await expect(rows).to_have_count(5)
        for place, texts in enumerate(
            (
                ("Nguyễn Văn An", "Gửi yêu cầu"),
                ("Lê Hoàng Nam", "Trả lại", "Quản lý duyệt", "Thiếu báo giá"),
                ("Nguyễn Văn An", "Gửi lại"),
                ("Lê Hoàng Nam", "Quản lý duyệt", "Bớt chuột", "10", "8"),
                ("thay Trần Thị Minh Nguyệt", "Giám đốc duyệt", "Đồng ý mua", "qua API"),
            )
        ):
            for text in texts:
                await expect(rows.nth(place)).to_contain_text(text)
        await expect(sales.page.locator(".steps tbody tr")).to_have_count(2)
        await expect(sales.page.get_by_role("button", name="In", exact=True)).to_be_visible()


async def test_it_stands_on_a4_and_the_heads_of_tables_come_again(
    visit: AtABrowser, sign_in: SignIn, filed: Any
) -> None:
    async with visit("sales1") as sales:
        await sales.open(f"/requests/{filed['id']}/print")
        sheets = _sheets(await _printed(sales))
        assert sheets in ([A4], [A4, A4])
        await sales.page.emulate_media(media="print")
        await expect(sales.page.locator("nav")).to_be_hidden()
        width = await sales.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0
    long = await (await sign_in("sales1")).create(lines=[{**LINE, "product_code": f"MT-{n:03}"} for n in range(120)])
    async with visit("sales1") as sales:
        await sales.open(f"/requests/{long['id']}/print")
        await sales.sees("Yêu cầu này chưa được duyệt hoặc không được duyệt")
        sheets = _sheets(await _printed(sales))
        assert 3 <= len(sheets) <= 12
        assert set(sheets) == {A4}


async def test_it_says_who_is_waited_on(visit: AtABrowser, sign_in: SignIn) -> None:
    waiting = await (await sign_in("sales1")).create(lines=SMALL, send={})
    async with visit("sales1") as sales:
        await sales.open(f"/requests/{waiting['id']}/print")
        await expect(sales.page.locator(".steps tbody tr").first).to_contain_text("Đang chờ Lê Hoàng Nam")


async def test_it_prints_without_script_in_english_and_of_nobody_who_may_not_see_it(
    visit: AtABrowser, filed: Any
) -> None:
    async with visit("manager1", language="en", java_script_enabled=False) as manager:
        await manager.open(f"/requests/{filed['id']}/print")
        await manager.sees("Decisions", "for Trần Thị Minh Nguyệt", "Sent again", "Rejected: Đã có sẵn")
        await expect(manager.page.get_by_role("button", name="Print")).to_be_hidden()
    async with visit("sales2") as other:
        other.refusals.add(404)
        assert await other.open(f"/requests/{filed['id']}/print") == 404
