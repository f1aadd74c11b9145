"""*Lịch làm việc*, and what a request's pages say of its clock. Source: processes.md, "Deadlines that do something"."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from application import deciding
from application.calendars import Calendars
from approval.calendar_document import CalendarDefinition, WeeklyHours
from crm import calendars
from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.conftest import SignIn
from tests.crm.saved import CALENDAR, UNSIGNED
from tests.web.browser import Visitor, value_of, visitor
from web.calendar_year import DayKind, year_of
from workflows.contracts import CLOCK, Message

PAGE = "/admin/calendar"
OFFICE = "08:00-12:00, 13:00-17:00"
WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), OFFICE)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def as_before(pool: Pool) -> AsyncIterator[None]:
    """Every test begins without a stored calendar."""
    await pool.execute("DELETE FROM calendars")
    yield
    await pool.execute("DELETE FROM calendars")


async def change(admin: Visitor, address: str, **fields: Any) -> Any:
    """Send a form of the page as it is now."""
    version = value_of(await admin.read(PAGE), "version")
    return await admin.post(address, {"version": version, "year": 2027, **fields}, page=PAGE)


def plain(html: str) -> str:
    """What stands in a page, in one line."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


async def stored(pool: Pool) -> CalendarDefinition:
    """The calendar that counts."""
    found = await calendars.newest(pool)
    assert found is not None
    return found.document


async def test_an_admin_writes_the_hours_of_the_week_and_sees_the_holidays_of_a_year(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1", language="vi") as admin:
        assert "Chưa ai thay đổi" in await admin.read(PAGE)
        answer = await change(admin, PAGE, **WEEK, saturday="8:00 - 12:00", country="VN")
        assert answer.headers["location"] == f"{PAGE}?year=2027"
        html = await admin.read(f"{PAGE}?year=2027")
    assert (await stored(pool)).weekly_hours.saturday == ("08:00-12:00",)
    text = plain(html)
    assert "Đã lưu lịch làm việc" in text
    assert "Thứ Bảy, 06/02/2027 Tết Nguyên Đán · ngày lễ" in text
    assert "Phiên bản 1, Bùi Quang Huy thay đổi" in text
    assert html.count("<table") == 12


async def test_days_of_the_companys_own_are_added_and_removed(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as admin:
        await change(admin, PAGE, **WEEK, country="VN")
        await change(admin, f"{PAGE}/days", day="2027-02-05", hours="08:00-12:00", name="Half a day")
        await change(admin, f"{PAGE}/days", day="2027-01-04", hours="", name="")
        text = plain(await admin.read(f"{PAGE}?year=2027"))
        assert "Half a day · worked by the company's own rule : 08:00-12:00" in text.replace("rule:", "rule :")
        assert [own.date.isoformat() for own in (await stored(pool)).own_days] == ["2027-01-04", "2027-02-05"]
        await change(admin, f"{PAGE}/days/remove", day="2027-02-05")
    assert [own.date.isoformat() for own in (await stored(pool)).own_days] == ["2027-01-04"]


@pytest.mark.parametrize(
    ("address", "fields", "field", "said"),
    [
        (PAGE, {**WEEK, "monday": "17:00-08:00"}, "monday", "in their order"),
        (PAGE, {**WEEK, "monday": "morning"}, "monday", "08:00-12:00"),
        (f"{PAGE}/days", {"day": "2027-02-30", "hours": ""}, "day", "a date such as"),
        (f"{PAGE}/days", {"day": "2027-02-05", "hours": "8"}, "hours", "08:00-12:00"),
    ],
)
async def test_what_was_typed_wrong_stays_in_the_form_with_what_is_wrong(
    app: FastAPI, address: str, fields: dict[str, str], field: str, said: str
) -> None:
    async with visitor(app, "admin1") as admin:
        answer = await change(admin, address, **fields)
    assert answer.status_code == 422
    assert value_of(answer.text, field) == fields[field]
    error = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
    assert error is not None
    assert said in error[1]


async def test_a_week_without_work_is_refused_in_words(app: FastAPI) -> None:
    async with visitor(app, "admin1", language="vi") as admin:
        answer = await change(admin, PAGE, monday="", country="")
    assert answer.status_code == 422
    assert "Lịch làm việc không có giờ làm việc" in answer.text


async def test_who_saves_an_older_calendar_is_told(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as admin:
        await change(admin, PAGE, **WEEK)
        await admin.post(PAGE, {"version": 0, "year": 2027, "monday": "09:00-17:00"}, page=PAGE)
        assert "Somebody changed the calendar meanwhile" in await admin.read(PAGE)
    assert (await stored(pool)).weekly_hours.monday == ("08:00-12:00", "13:00-17:00")


def test_a_year_shows_why_a_day_is_worked_or_off() -> None:
    office = ("08:00-12:00", "13:00-17:00")
    definition = CalendarDefinition.model_validate(
        {
            "weekly_hours": WeeklyHours(**dict.fromkeys(WEEK, office)),
            "country": "VN",
            "own_days": [{"date": "2026-08-24"}, {"date": "2026-09-02", "hours": ["08:00-12:00"]}],
        }
    )
    kinds = {
        day.date.isoformat(): day.kind
        for month in year_of(definition, 2026, "vi").months
        for week in month.weeks
        for day in week
        if day is not None
    }
    assert len(kinds) == 365
    assert {day: kinds[day] for day in ("2026-08-21", "2026-08-23", "2026-08-31", "2026-08-22", "2026-08-24", "2026-09-02")} == {
        "2026-08-21": DayKind.WORK,
        "2026-08-23": DayKind.OFF,
        "2026-08-31": DayKind.HOLIDAY,
        "2026-08-22": DayKind.WORKED_INSTEAD,
        "2026-08-24": DayKind.OWN_OFF,
        "2026-09-02": DayKind.OWN_WORK,
    }  # fmt: skip


STEP: dict[str, Any] = {
    "key": "manager",
    "name": {"vi": "Quản lý duyệt", "en": "Manager"},
    "approvers": [{"user": "manager1"}],
    "deadline": "48h",
    "remind": ["50%", "8bh"],
    "escalate": [{"after": "24h", "to": "manager"}, {"after": "2bd", "to": {"role": "admin"}}],
    "on_expiry": "return",
    "expire_after": "5bd",
}


async def test_the_pages_say_what_the_clock_will_do_and_what_it_did(
    app: FastAPI, running_worker: None, pool: Pool, sign_in: SignIn
) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, "shown-clock", [STEP], schema_version=2)
    await connect(admin, "shown-clock")
    request = await sent(sales, lines=SMALL)
    await connect(admin, "purchase-approval")
    async with visitor(app, "admin1", language="vi") as somebody:
        text = plain(await somebody.read("/admin/processes/shown-clock"))
    for words in (
        "48 giờ đồng hồ",
        "sau 50% thời hạn, sau 8 giờ làm việc",
        "24 giờ đồng hồ sau thời hạn : quản lý của người được hỏi được duyệt cùng",
        "5 ngày làm việc sau lần chuyển cấp cuối : yêu cầu được trả lại người thực hiện",
    ):
        assert words.replace(" :", ":") in text.replace(" :", ":"), words
    async with visitor(app, "sales1", language="vi") as owner:
        page = plain(await owner.read(f"/requests/{request['id']}"))
        assert re.search(r"Nhắc lúc \d\d:\d\d \d\d/\d\d/\d{4} Chuyển cấp lúc", page)
        form = {"command_id": uuid4(), "step": "manager"}
        await owner.post(f"/requests/{request['id']}/remind", form, page="/requests")
        page = plain(await owner.read(f"/requests/{request['id']}"))
        assert "Nguyễn Văn An · Đã nhắc" in page
        assert "Nhắc người duyệt?" not in page, "it can be done again only after four hours"
        await rung(pool, request["id"], timedelta(hours=73))
        page = plain(await owner.read(f"/requests/{request['id']}"))
        assert "Hệ thống · Đã chuyển cấp" in page
        assert "Lê Hoàng Nam (manager1) → Trần Thị Minh Nguyệt (director1)" in page
    async with visitor(app, "director1", language="vi") as director:
        assert "Chuyển cấp: Lê Hoàng Nam chưa quyết định đúng hạn" in plain(await director.read("/inbox"))


async def rung(pool: Pool, request_id: str, later: timedelta) -> None:
    """Have the clock of a run ring, so much later, as its activity does it."""
    message = Message(id=uuid7(), request_id=UUID(request_id), name=CLOCK, received_at=datetime.now(UTC) + later)
    await deciding.apply(pool, Calendars(CALENDAR), UNSIGNED, message, lambda _committed: None)
