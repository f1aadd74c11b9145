"""A comparison that an admin wants now, in a browser: it is seen to go on, and then what it came to, without a look for it."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from playwright.async_api import expect
from temporalio.client import Client

from crm.pool import Pool
from tests.browser.conftest import AtABrowser
from tests.reconciling import reconciling

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running_worker() -> None:
    """None but the test's own, which alone is to make passes."""


async def test_it_is_seen_to_be_under_way_and_then_what_it_came_to(
    visit: AtABrowser,
    app: FastAPI,
    pool: Pool,
    temporal_client: Client,
    task_queue: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with reconciling(app, pool, temporal_client, monkeypatch) as passes, visit("admin1") as admin:
        await admin.open("/admin/reconciliation")
        await admin.press("Đối soát ngay")
        await admin.sees("Đang đối soát CRM với hệ thống quy trình", "Kết quả được ghi ở đây khi xong.", "đang chạy")
        passes.may_end.set()
        await expect(admin.page.get_by_role("heading", name="Đang đối soát", exact=True)).to_have_count(0)
        await expect(admin.page.get_by_role("cell", name="41", exact=True)).to_be_visible()
        assert admin.page.url.endswith("/admin/reconciliation")
