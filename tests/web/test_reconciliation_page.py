"""*Đối soát*: admins see what was mended, and what waits for a person with what is to be done."""

from __future__ import annotations

from uuid import uuid4

import pytest
from fastapi import FastAPI
from temporalio.client import Client

from application.checking.findings import Kind
from application.delivery.engine import Engine
from crm import findings
from crm.findings import NewFinding
from crm.pool import Pool
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.reconciling import reconciling
from tests.web.browser import visitor

PAGE = "/admin/reconciliation"
LOOKS_AGAIN = 'hx-get="/admin/reconciliation"'


@pytest.mark.parametrize(
    ("language", "empty", "waits", "remedy", "mended"),
    [
        (
            "vi",
            "Không có việc nào chờ xử lý",
            "Bước đang mở manager không hỏi ai.",
            "Mở yêu cầu và bấm “Xác định lại người duyệt”.",
            "Đang thực hiện trong CRM, nhưng hệ thống quy trình không còn lượt chạy",
        ),
        (
            "en",
            "Nothing waits for anybody",
            "Its open step manager asks nobody.",
            "Open the request and press “Resolve approvers again”.",
            "In progress in the CRM, and the engine had no run of it.",
        ),
    ],
)
async def test_what_waits_has_its_remedy_and_what_was_mended_is_told(
    language: str, empty: str, waits: str, remedy: str, mended: str, app: FastAPI, pool: Pool
) -> None:
    number = f"YCMH-2026-{uuid4().int % 1_000_000:06d}"
    pass_id = uuid4()
    async with visitor(app, "admin1", language) as admin:
        await findings.begin(pool, pass_id)
        await findings.end(pool, pass_id, {"requests": 1234, "runs": 5}, 0)  # whatever waited is gone
        assert empty in await admin.read(PAGE)
        found = NewFinding(
            kind=Kind.NOBODY_ASKED, number=number, owner="sales1", facts={"step": "manager"}, mended=False
        )
        lost = found.model_copy(update={"kind": Kind.STARTED, "facts": {"crm": "in progress"}, "mended": True})
        await findings.note(pool, [found, lost])
        html = await admin.read(PAGE)
    for words in (number, waits, remedy, mended, "1.234" if language == "vi" else "1,234"):
        assert words in html
    await findings.end(pool, uuid4(), {}, 0)


async def test_where_nothing_is_compared_it_is_said_what_that_means_and_whom_to_tell(
    app: FastAPI, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_worker(_: Engine) -> list[str]:
        return ["worker"]

    monkeypatch.setattr(Engine, "missing", no_worker)
    said = "What people decide meanwhile is kept, and takes effect as soon as it runs again"
    async with visitor(app, "admin1", "en") as admin:
        await pool.execute("DELETE FROM reconciliations")
        assert said in await admin.read(PAGE)
        await findings.begin(pool, uuid4())
        assert said not in await admin.read(PAGE), "a pass has just begun"


async def test_what_waits_leads_to_the_request_and_to_the_pages_that_its_remedy_speaks_of(
    app: FastAPI, pool: Pool, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create()
    asks_nobody = NewFinding(
        kind=Kind.NOBODY_ASKED, number=request["number"], owner="sales1", facts={"step": "manager"}, mended=False
    )
    gone = asks_nobody.model_copy(update={"number": f"YCMH-1999-{uuid4().int % 1_000_000:06d}"})
    facts = {"system": "amis", "count": "1", "orders": "DH-7"}
    parked = NewFinding(kind=Kind.ORDERS_PARKED, number="", owner="", facts=facts, mended=False)
    await findings.begin(pool, uuid4())
    await findings.note(pool, [asks_nobody, gone, parked])
    async with visitor(app, "admin1", "en") as admin:
        rows = (await admin.read(PAGE)).split("<main")[1].split("<tr")
    row, of_gone, of_orders = (
        next(row for row in rows if text in row) for text in (request["number"], gone.number, "DH-7")
    )
    assert f'href="/requests/{request["id"]}"' in row
    assert 'href="/admin/people"' in row
    assert 'href="/requests' not in of_gone
    assert 'href="/admin/amis"' in of_orders
    assert "docs/" not in of_orders
    await findings.end(pool, uuid4(), {}, 0)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("vi", "LT-T14: 2 (0); Đã nhận đủ (–)"),
        ("en", "LT-T14: 2 (0); Received (–)"),
    ],
)
async def test_purchase_statuses_are_in_the_words_of_the_reader(
    language: str, shown: str, app: FastAPI, pool: Pool
) -> None:
    facts = {"before": "LT-T14: 2 (0); received (–)", "after": "LT-T14: 0; –"}
    number = f"YCMH-2026-{uuid4().int % 1_000_000:06d}"
    found = NewFinding(kind=Kind.SUMS, number=number, owner="sales1", facts=facts, mended=True)
    await findings.begin(pool, pass_id := uuid4())
    await findings.note(pool, [found])
    await findings.end(pool, pass_id, {}, 1)
    async with visitor(app, "admin1", language) as admin:
        html = await admin.read(PAGE)
    assert shown in html


@pytest.mark.parametrize(
    ("language", "button", "under_way"),
    [("vi", "Đối soát ngay", "Đang đối soát"), ("en", "Compare now", "A comparison is under way")],
)
async def test_who_wants_a_comparison_now_sees_that_it_is_under_way_and_then_what_it_came_to(
    language: str,
    button: str,
    under_way: str,
    app: FastAPI,
    pool: Pool,
    temporal_client: Client,
    task_queue: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        visitor(app, "admin1", language) as admin,
        reconciling(app, pool, temporal_client, monkeypatch) as passes,
    ):
        before = await admin.read(PAGE)
        assert button in before
        assert under_way not in before
        assert LOOKS_AGAIN not in before
        for _ in range(2):
            answer = await admin.post(PAGE, page=PAGE)
            assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
            html = await admin.read(PAGE)
            assert under_way in html
            assert LOOKS_AGAIN in html
        passes.may_end.set()

        async def is_over() -> bool:
            return under_way not in await admin.read(PAGE)

        await eventually(is_over)
        html = await admin.read(PAGE)
        assert ">41<" in html
        assert LOOKS_AGAIN not in html
        assert passes.made == 1


async def test_where_no_worker_runs_a_comparison_is_not_said_to_have_begun(
    app: FastAPI, pool: Pool, temporal_client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.reconciliation.BEGINS_SECONDS", 0)
    async with (
        visitor(app, "admin1", "en") as admin,
        reconciling(app, pool, temporal_client, monkeypatch, works=False),
    ):
        assert (await admin.post(PAGE, page=PAGE)).status_code == 303
        html = await admin.read(PAGE)
        assert "The comparison has not begun yet" in html
        assert LOOKS_AGAIN not in html


async def test_one_that_was_cut_off_is_not_said_to_be_under_way_and_where_none_are_made_none_can_be_had(
    app: FastAPI, pool: Pool
) -> None:
    await pool.execute("DELETE FROM reconciliations")
    await findings.begin(pool, uuid4())
    await pool.execute("UPDATE reconciliations SET started_at = now() - interval '61 minutes'")
    async with visitor(app, "admin1", "en") as admin:
        html = await admin.read(PAGE)
        assert "was cut off" in html
        assert "under way" not in html
        assert "Compare now" not in html
        assert (await admin.post(PAGE, page=PAGE)).status_code == 404


async def test_one_that_nobody_is_there_to_make_is_not_said_to_be_under_way(
    app: FastAPI, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(_request: object) -> bool:
        return True

    monkeypatch.setattr("web.routes.reconciling.nobody_works", nobody)
    await pool.execute("DELETE FROM reconciliations")
    await findings.begin(pool, uuid4())
    async with visitor(app, "admin1", "en") as admin:
        assert "A comparison is under way" in await admin.read(PAGE)
        await pool.execute("UPDATE reconciliations SET started_at = now() - interval '2 minutes'")
        html = await admin.read(PAGE)
    assert "Nothing is compared at the moment" in html
    assert "A comparison is under way" not in html
