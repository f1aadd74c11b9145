"""The bell in a browser: it rings where somebody looks at another page, and what was read is read everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import expect
from temporalio.client import Client

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn
from workflows.notice_contract import NOTICES_TYPE, notices_queue

pytestmark = pytest.mark.browser

COUNT = "#bell-sidebar .nav-count"


@pytest_asyncio.fixture(autouse=True, scope="module", loop_scope="session")
async def telling(temporal_client: Client, task_queue: str) -> AsyncIterator[None]:
    """The workflow that tells, for as long as the module runs."""
    name = f"notices-{uuid4().hex[:8]}"
    handle = await temporal_client.start_workflow(NOTICES_TYPE, id=name, task_queue=notices_queue())
    yield
    await handle.terminate()


async def test_the_bell_rings_by_itself_in_every_window_and_leads_to_the_request(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    async with visit("manager1") as reads, visit("manager1") as elsewhere:
        await reads.open("/substitutions")
        await elsewhere.open("/requests")
        await expect(reads.page.locator(COUNT)).to_have_count(0)
        request = await sent(sales, lines=SMALL)
        await expect(reads.page.locator(COUNT)).to_contain_text("1")
        await expect(elsewhere.page.locator(COUNT)).to_contain_text("1")

        await reads.page.locator("#bell-sidebar a").click()
        await reads.leads_to("/notices$")
        await reads.sees("1 thông báo bạn chưa đọc", f"{request['number']} đang chờ bạn quyết định")
        await reads.page.get_by_role("link", name=f"{request['number']} đang chờ").click()
        await reads.leads_to(f"/requests/{request['id']}$")
        await expect(reads.page.locator(COUNT)).to_have_count(0)
        await expect(elsewhere.page.locator(COUNT)).to_have_count(0)


async def test_everything_is_read_at_once_and_somebody_chooses_what_comes_by_mail(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    assert (await manager.call("POST", "/notices/read", {})).status_code == 200
    for _ in range(2):
        await sent(sales, lines=SMALL)
    async with visit("manager1", phone=True) as person:
        await person.open("/")
        await expect(person.page.locator("#bell-topbar .nav-count")).to_contain_text("2")
        await person.page.locator("#bell-topbar a").click()
        await person.press("Đánh dấu đã đọc hết")
        await person.sees("Bạn đã đọc hết")
        await person.page.locator("main").get_by_role("link", name="Cách nhận thông báo").click()
        await person.page.get_by_role("group", name="Bình luận").get_by_label("không gửi e-mail").check()
        await person.press("Lưu")
        await person.sees("Đã lưu")
    assert (await manager.get("/me/notice-settings"))["email"]["comment"] == "off"
