"""*Đối soát*: admins see what was mended, and what waits for a person with what is to be done."""

from __future__ import annotations

from uuid import uuid4

import pytest
from fastapi import FastAPI

from application.checking.findings import Kind
from crm import findings
from crm.findings import NewFinding
from crm.pool import Pool
from tests.web.browser import visitor

PAGE = "/admin/reconciliation"


@pytest.mark.parametrize(
    ("language", "empty", "waits", "remedy", "mended"),
    [
        (
            "vi",
            "Không có việc nào chờ xử lý",
            "Bước đang mở manager không hỏi ai.",
            "Quản trị viên mở yêu cầu và cho xác định lại người duyệt.",
            "Đang thực hiện trong CRM, nhưng hệ thống quy trình không còn lượt chạy",
        ),
        (
            "en",
            "Nothing waits for anybody",
            "Its open step manager asks nobody.",
            "An admin opens the request and has its approvers looked up again.",
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
