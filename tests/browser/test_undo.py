"""Taking a decision back in a browser: by keys and on a phone, counted down, and what happens shows by itself."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from crm.pool import Pool
from settings import Settings
from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.browser.test_accessible import violations
from tests.browser.test_drafts import keeps
from tests.browser.test_every_page import SIZES, ZOOMED, look_at
from tests.browser.test_keyboard import tab_to
from tests.conftest import SignIn
from workflows.contracts import MOST_UNDO_SECONDS

pytestmark = pytest.mark.browser

OWN = "#own-decisions .own-decision"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """For so long that no machine is too slow for these tests."""
    return settings.model_copy(update={"undo_seconds": MOST_UNDO_SECONDS})


async def take_effect(pool: Pool, request: dict[str, Any]) -> None:
    """Its time is over."""
    await pool.execute(
        "UPDATE runs SET sent_at = sent_at - interval '1 minute' WHERE request_id = $1", UUID(request["id"])
    )
    await pool.execute(
        """UPDATE commands SET takes_effect_at = now() - interval '1 second', next_try_at = now(),
               created_at = created_at - interval '1 minute' WHERE request_id = $1 AND takes_effect_at IS NOT NULL""",
        UUID(request["id"]),
    )


async def never_take_effect(pool: Pool, request: dict[str, Any]) -> None:
    """It can be taken back for as long as the test needs."""
    await pool.execute(
        "UPDATE commands SET takes_effect_at = now() + interval '1 hour' WHERE request_id = $1 AND takes_effect_at IS NOT NULL",
        UUID(request["id"]),
    )


async def approve(manager: Person, request: dict[str, Any]) -> None:
    """Open the page on which it is decided, and approve."""
    await manager.open(f"/inbox/{request['id']}")
    await manager.page.locator("#approve").click()
    await manager.leads_to("/inbox$")


@pytest.mark.parametrize(
    ("language", "said", "undo", "undone"),
    [
        ("vi", "Duyệt", "Hoàn tác", "đã hoàn tác"),
        ("en", "Approve", "Undo", "undone"),
    ],
)
async def test_it_is_taken_back_by_keys_alone(
    visit: AtABrowser, sign_in: SignIn, language: str, said: str, undo: str, undone: str
) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("manager1", language=language) as manager:
        page = manager.page
        await approve(manager, request)
        own = page.locator(OWN, has_text=request["number"])
        await expect(own).to_contain_text(said)
        countdown = own.locator("[data-left]")
        await expect(countdown).to_be_visible()
        first = int(await countdown.inner_text())
        await expect(countdown).not_to_have_text(str(first))
        assert int(await countdown.inner_text()) < first
        await expect(own.get_by_role("button", name=re.compile(f"^{undo}"))).to_be_visible()
        await page.reload()
        await tab_to(manager, "a[href='#undo']")  # near the top of the page, whatever is in the inbox
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab") if not await page.evaluate("document.activeElement.id === 'undo'") else None
        await expect(page.locator("#undo")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(own).to_contain_text(undone)
        await expect(page.locator("tr", has_text=request["number"]).locator("input[type=checkbox]")).to_have_count(1)
    assert (await api.request(request["id"]))["process_status"] == "in_progress"


async def test_it_is_taken_back_on_a_phone(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("manager1", phone=True, reduced_motion="reduce") as manager:
        page = manager.page
        await manager.open(f"/inbox/{request['id']}")
        await page.locator("#approve").tap()
        await manager.leads_to("/inbox$")
        own = page.locator(OWN, has_text=request["number"])
        button = own.get_by_role("button")
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 844, "it is not on the first screen"
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await button.tap()
        await expect(own).to_contain_text("đã hoàn tác")
    assert (await api.request(request["id"]))["process_status"] == "in_progress"


async def test_whoever_takes_it_back_goes_on_with_what_they_wrote(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("manager1") as manager:
        page = manager.page
        await manager.open(f"/inbox/{request['id']}")
        await page.locator("#note").fill("Thiếu báo giá của nhà cung cấp thứ hai")
        await manager.press("Trả lại")
        await manager.leads_to("/inbox$")
        await page.locator(OWN, has_text=request["number"]).get_by_role("button").click()
        await manager.open(f"/inbox/{request['id']}")
        await expect(page.locator("#note")).to_have_value("Thiếu báo giá của nhà cung cấp thứ hai")
        await manager.press("Trả lại")
        await manager.leads_to("/inbox$")
        await keeps(manager, 1)
        await take_effect(pool, request)
        await expect(page.locator(OWN, has_text=request["number"]).first).to_contain_text("đã có hiệu lực")
        await keeps(manager, 0)
    assert (await api.request(request["id"]))["notes"][-1]["text"] == "Thiếu báo giá của nhà cung cấp thứ hai"


async def test_what_was_written_for_a_place_that_is_over_is_never_offered(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("manager1") as manager:
        page = manager.page
        await manager.open(f"/inbox/{request['id']}")
        await page.locator("#note").fill("Chưa có báo giá")
        await keeps(manager, 1)
        await api.done(request["id"], "recall", {})
        await api.done(request["id"], "send")
        await manager.open(f"/inbox/{request['id']}")
        await expect(page.locator("#note")).to_have_value("")
        await expect(page.locator("[data-draft-note]:visible")).to_have_count(0)
        await keeps(manager, 0)


async def test_what_is_written_in_a_new_round_stays_and_of_the_decision_before_nothing_is_said(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("manager1") as manager:
        page = manager.page
        await manager.open(f"/inbox/{request['id']}")
        await page.locator("#note").fill("Thiếu báo giá")
        await manager.press("Trả lại")
        await manager.leads_to("/inbox$")
        await take_effect(pool, request)
        await expect(page.locator(OWN, has_text=request["number"])).to_contain_text("đã có hiệu lực")
        await api.done(request["id"], "send")
        await manager.open(f"/inbox/{request['id']}")
        await page.locator("#note").fill("Đã có báo giá")
        await keeps(manager, 1)
        await page.reload()
        await expect(page.locator("#note")).to_have_value("Đã có báo giá")
        await expect(page.locator(OWN)).to_have_count(0)


async def test_its_pages_fit_every_width_and_are_for_everybody(visit: AtABrowser, sign_in: SignIn, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    wrong: dict[str, list[str]] = {}
    async with visit("manager1", reduced_motion="reduce", bypass_csp=True) as manager:
        await approve(manager, request)
        await never_take_effect(pool, request)
        for path in ("/inbox", f"/inbox/{request['id']}", f"/requests/{request['id']}"):
            wrong |= await look_at(manager, path, (*SIZES, ZOOMED))
            await expect(manager.page.locator("#undo")).to_have_count(1)
            assert await violations(manager) == []
    assert wrong == {}, json.dumps(wrong, ensure_ascii=False, indent=1)


async def test_what_takes_effect_shows_by_itself_to_whoever_decided_and_to_others(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    async with visit("manager1") as manager, visit("sales1") as sales:
        await sales.open(f"/requests/{request['id']}")
        await approve(manager, request)
        own = manager.page.locator(OWN, has_text=request["number"])
        await expect(own.get_by_role("button")).to_have_count(1)
        await expect(sales.page.locator("#waiting .alert")).to_have_count(0)
        await sales.sees_status("Đang thực hiện")
        await take_effect(pool, request)
        await expect(own).to_contain_text("đã có hiệu lực")
        await expect(own.get_by_role("button")).to_have_count(0)
        await sales.sees_status("Đã hoàn thành")


async def test_whoever_waits_on_the_decision_page_sees_why_it_did_not_take_effect(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("manager1") as manager:
        await approve(manager, request)
        await manager.open(f"/inbox/{request['id']}")
        await expect(manager.page.locator("[data-follows]")).to_be_visible()
        await expect(manager.page.locator("#approve")).to_have_count(0)
        await api.done(request["id"], "recall", {})
        await take_effect(pool, request)
        await manager.leads_to(f"/requests/{request['id']}$")
        await manager.sees("không có hiệu lực", "Nguyễn Văn An")


async def test_without_scripts_it_says_when_and_its_form_works(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visit("manager1", java_script_enabled=False) as manager:
        await approve(manager, request)
        own = manager.page.locator(OWN, has_text=request["number"])
        await expect(own.locator("[data-clock]")).to_contain_text("có hiệu lực lúc")
        await expect(own.locator("[data-countdown]")).to_be_hidden()
        await own.get_by_role("button").click()
        await expect(own).to_contain_text("đã hoàn tác")
    assert (await api.request(request["id"]))["process_status"] == "in_progress"
