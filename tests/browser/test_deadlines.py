"""The working calendar on a phone and without script, and an escalation that is seen happening."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import expect
from uuid_utils.compat import uuid7

from application import deciding
from application.calendars import Calendars
from crm.events import Teller
from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn
from tests.crm.saved import CALENDAR, UNSIGNED
from workflows.contracts import CLOCK, Message

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def as_before(pool: Pool) -> AsyncIterator[None]:
    """Every test begins without a stored calendar."""
    await pool.execute("DELETE FROM calendars")
    yield
    await pool.execute("DELETE FROM calendars")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
async def test_an_admin_writes_the_calendar_on_a_phone(visit: AtABrowser, script: bool) -> None:
    async with visit("admin1", phone=True, java_script_enabled=script) as admin:
        admin.refusals.add(422)  # of what is typed wrong
        await admin.open("/admin/calendar?year=2027")
        await admin.sees("Chưa ai thay đổi")
        await admin.page.get_by_label("Thứ Bảy", exact=True).fill("8:00-12:00")
        await admin.page.get_by_label("Ngày lễ của").select_option("VN")
        await admin.press("Lưu")
        await admin.sees("Đã lưu lịch làm việc", "Phiên bản 1", "Tết Nguyên Đán")
        await expect(admin.page.get_by_label("Thứ Bảy", exact=True)).to_have_value("08:00-12:00")
        await admin.page.get_by_label("Ngày", exact=True).fill("2027-02-05")
        await admin.page.get_by_label("Tên (không bắt buộc)").fill("Trực Tết")
        await admin.page.get_by_label("Giờ làm việc (để trống: nghỉ)").fill("sáng")
        await admin.press("Thêm")
        await expect(admin.page.locator("#hours-error")).to_be_visible()
        await admin.page.get_by_label("Giờ làm việc (để trống: nghỉ)").fill("08:00-12:00")
        await admin.press("Thêm")
        special = admin.page.locator(".calendar-special", has_text="Trực Tết")
        await expect(special).to_contain_text("Thứ Sáu, 05/02/2027")
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert not script or await admin.page.evaluate(wide) <= 0, "the page is wider than the phone"
        await special.get_by_role("button").click()
        await expect(special).to_have_count(0)


async def test_an_escalation_is_seen_happening(visit: AtABrowser, pool: Pool, sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    step = {
        "key": "manager",
        "name": {"vi": "Quản lý duyệt", "en": "Manager"},
        "approvers": [{"user": "manager1"}],
        "deadline": "24h",
        "escalate": [{"after": "24h", "to": "manager"}],
    }
    await publish(admin, "seen-clock", [step], schema_version=2)
    await connect(admin, "seen-clock")
    request = await sent(sales, lines=SMALL)
    await connect(admin, "purchase-approval")
    async with visit("sales1") as owner, visit("director1", phone=True) as director:
        await owner.open(f"/requests/{request['id']}")
        await owner.sees("Chuyển cấp lúc")
        message = Message(
            id=uuid7(),
            request_id=UUID(request["id"]),
            name=CLOCK,
            received_at=datetime.now(UTC) + timedelta(hours=49),
        )
        teller = Teller(pool)
        await deciding.apply(pool, Calendars(CALENDAR), UNSIGNED, message, teller.tell)
        await owner.sees("Hệ thống · Đã chuyển cấp", "Trần Thị Minh Nguyệt")  # the page follows by itself
        await director.open("/inbox")
        await director.sees(request["number"], "Chuyển cấp: Lê Hoàng Nam chưa quyết định đúng hạn")
        await director.open(f"/inbox/{request['id']}")
        await director.page.locator("#approve").click()
        await director.leads_to("/inbox$")
        await owner.sees_status("Đã hoàn thành")
    saved = await sales.request(request["id"])
    assert saved["run"]["steps"][0]["approved_by"] == ["director1"]
