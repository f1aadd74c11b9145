"""The figures of the overview for programs."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import python_calamine

from application.overview import MOST_MONTHS
from application.table_files import FileKind
from crm.overview_counting import count_some
from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


async def counted(pool: Pool) -> None:
    """Have everything counted."""
    while not (await count_some(pool, ZONE)).done:
        pass


def of_status(report: Any, status: str) -> dict[str, Any]:
    """The item of a status, in VND."""
    found: dict[str, Any] = next(one for one in report["items"] if (one["status"], one["currency"]) == (status, "VND"))
    return found


async def test_each_has_the_figures_of_whose_requests_they_see(sign_in: SignIn, pool: Pool) -> None:
    sales1, sales2 = await sign_in("sales1"), await sign_in("sales2")
    manager1, director1 = await sign_in("manager1"), await sign_in("director1")
    await completed(sales1, manager1, lines=[{**SMALL[0], "supplier": "Dell Việt Nam"}])
    waiting = await sent(sales2)
    dollars = await completed(sales2, manager1, lines=SMALL, currency="USD")
    await director1.done(dollars["id"], "approve", {"step": "director"})
    await counted(pool)
    for username, approved, in_progress in (
        ("sales1", 1, 0),
        ("sales2", 0, 1),
        ("manager1", 1, 1),
        ("director1", 1, 1),
        ("admin1", 1, 1),
        ("purchasing1", 1, 0),
        ("manager2", 0, 0),
    ):
        who = await sign_in(username)
        report = await who.get("/reports/spend?group_by=status")
        requests = {
            (one["status"], one["currency"]): one["requests"] for one in report["items"] if one["status"] != "not_sent"
        }
        assert requests.get(("completed", "VND"), 0) == approved, username
        assert requests.get(("in_progress", "VND"), 0) == in_progress, username
        ageing = await who.get("/reports/ageing")
        assert ageing["requests"] == in_progress == ageing["bands"][0]["requests"], username
    manager = await sign_in("manager1")
    assert of_status(await manager.get("/reports/spend"), "in_progress")["amount"] == waiting["total"]
    suppliers = (await manager.get("/reports/spend?group_by=supplier"))["items"]
    assert [(one.get("supplier"), one["currency"], one["amount"]) for one in suppliers] == [
        ("FPT Synnex", "USD", "25000000"),
        ("Dell Việt Nam", "VND", "25000000"),
    ]
    (north, _) = (await manager.get("/reports/spend?group_by=department"))["items"]
    assert north["department"] == "Kinh doanh miền Bắc"


async def test_a_return_is_told_with_its_reason_and_only_to_those_who_may_read_it(sign_in: SignIn, pool: Pool) -> None:
    sales1, manager1 = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales1)
    await manager1.done(request["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    await counted(pool)
    report = await manager1.get("/reports/returns")
    (step,) = report["items"]
    assert (step["step"], step["returned"], step["sent_back"], step["rejected"]) == ("manager", 1, 0, 0)
    (reason,) = report["reasons"]
    assert (reason["number"], reason["text"], reason["actor"]["username"]) == (
        request["number"],
        "Thiếu báo giá",
        "manager1",
    )
    assert (await (await sign_in("manager2")).get("/reports/returns"))["reasons"] == []
    times = await manager1.get("/reports/cycle-times")
    manager = next(one for one in times["items"] if one["step"] == "manager")
    assert manager["decided"] >= 1
    assert manager["median_seconds"] is not None
    assert manager["name"] != "manager"
    assert times["counted_at"]


@pytest.mark.parametrize(
    "query", ["from=2026-05-01&to=2026-04-30", "from=1990-01-01&to=2026-01-01", "from=May", "group_by=person"]
)
async def test_what_is_no_range_is_refused(sign_in: SignIn, query: str) -> None:
    answer = await (await sign_in("sales1")).call("GET", f"/reports/spend?{query}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    if "1990" in query:
        assert str(MOST_MONTHS) in answer.json()["errors"][0]["detail"]


async def test_a_range_is_of_whole_months(sign_in: SignIn, pool: Pool) -> None:
    sales2 = await sign_in("sales2")
    request = await sales2.create(lines=SMALL)
    await counted(pool)
    today = date.fromisoformat(request["request_date"])
    of_month = await sales2.get(f"/reports/spend?from={today}&to={today}")
    assert {one["month"] for one in of_month["items"]} == {f"{today:%Y-%m}-01"}
    assert (await sales2.get("/reports/spend?from=2020-01-01&to=2020-12-31"))["items"] == []


@pytest.mark.parametrize("report", ["ageing", "workload"])
async def test_what_is_of_now_takes_no_months_and_says_so(sign_in: SignIn, report: str) -> None:
    sales = await sign_in("sales1")
    answer = await sales.call("GET", f"/reports/{report}?from=2026-05-01&to=2026-05-31")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/from", "/to"]
    assert all("this address takes none" in error["detail"] for error in answer.json()["errors"])
    document = (await sales.get("/openapi.json"))["paths"][f"/api/v1/reports/{report}"]["get"]
    assert "It is of now, and takes no months" in document["description"]


REPORTS = ("spend", "spend?group_by=supplier", "ageing", "cycle-times", "returns", "workload")


async def test_every_report_is_a_table_as_well_with_the_numbers_of_its_json(sign_in: SignIn, pool: Pool) -> None:
    sales2, manager1 = await sign_in("sales2"), await sign_in("manager1")
    await completed(sales2, manager1, lines=[{**SMALL[0], "supplier": "=HYPERLINK(1)"}])
    returned = await sent(sales2)
    await manager1.done(returned["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    await counted(pool)
    for path in REPORTS:
        report = await manager1.get(f"/reports/{path}")
        lines = len(report.get("items") or [*report["bands"], *report["late_bands"]])
        assert lines, path
        as_csv = await manager1.call("GET", f"/reports/{path}", Accept="text/csv")
        assert as_csv.headers["content-type"].startswith("text/csv"), path
        assert "accept" in as_csv.headers["vary"].lower(), path
        headings, *rows = csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig")))
        as_excel = await manager1.call("GET", f"/reports/{path}", Accept=FileKind.EXCEL)
        assert as_excel.headers["content-type"] == FileKind.EXCEL, path
        sheet = python_calamine.load_workbook(io.BytesIO(as_excel.content)).get_sheet_by_index(0).to_python()
        assert (len(rows), sheet[0], len(sheet) - 1) == (lines, headings, lines), path
    suppliers = (await manager1.get("/reports/spend?group_by=supplier"))["items"]
    as_csv = await manager1.call("GET", "/reports/spend?group_by=supplier", Accept="text/csv")
    headings, *rows = csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig")))
    assert headings == ["Supplier", "Currency", "Requests", "Amount"]
    assert [row[3] for row in rows] == [one["amount"] for one in suppliers]
    assert "'=HYPERLINK(1)" in [row[0] for row in rows]


async def test_the_headings_of_a_table_are_in_the_readers_language(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    for path in REPORTS:
        answer = await sales.call("GET", f"/reports/{path}", Accept="text/csv", Accept_Language="vi")
        assert answer.status_code == 200, path
        assert "Requests" not in answer.text, path
        assert (await sales.call("GET", f"/reports/{path}", Accept=FileKind.EXCEL, Accept_Language="vi")).is_success


async def test_whoever_takes_none_of_its_forms_is_told_which_there_are(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    for path in REPORTS:
        answer = await sales.call("GET", f"/reports/{path}", Accept="application/pdf")
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable"), path
        assert answer.headers["content-type"] == "application/problem+json"
        assert "text/csv" in answer.json()["detail"]


async def test_who_has_how_much_waiting_is_told_of_oneself_and_ones_people(sign_in: SignIn, pool: Pool) -> None:
    sales, manager1 = await sign_in("sales1"), await sign_in("manager1")
    await counted(pool)

    async def work(username: str) -> dict[str, dict[str, Any]]:
        report = await (await sign_in(username)).get("/reports/workload")
        assert report["days"] == 30
        assert report["counted_at"]
        return {one["person"]["username"]: one for one in report["items"]}

    before = (await work("manager1")).get("manager1", {"waiting": 0, "decided": 0})
    approved, waiting = await sent(sales), await sent(sales)
    await manager1.done(approved["id"], "approve", {"step": "manager"})
    await counted(pool)
    for username in ("manager1", "director1", "admin1"):
        own = (await work(username))["manager1"]
        assert (own["waiting"], own["decided"]) == (before["waiting"] + 1, before["decided"] + 1), username
        assert (own["late"], own["person"]["name"]) == (0, "Lê Hoàng Nam")
        assert own["oldest_since"] <= waiting["request_date"]
    assert "manager1" not in await work("sales1")
    assert "manager1" not in await work("manager2")
