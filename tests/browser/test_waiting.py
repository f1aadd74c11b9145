"""A decision that is kept while the engine is away shows as waiting wherever it was a choice before, and goes by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.async_api import expect
from uuid_utils.compat import uuid7

from approval.model import Action
from crm import commands
from crm.pool import Pool
from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

WAITS = "Lê Hoàng Nam: Duyệt, đang chờ có hiệu lực"


async def decide_while_the_engine_is_away(pool: Pool, request_id: str, actor: str, note: str) -> UUID:
    """What the API keeps then; nobody delivers it for now."""
    command_id = uuid7()
    await commands.store(
        pool,
        command_id=command_id,
        request_id=UUID(request_id),
        action=Action.APPROVE,
        actor=actor,
        payload={"command_id": str(command_id), "actor": actor, "step": "manager", "note": note},
        at=datetime.now(UTC),
    )
    await pool.execute("UPDATE commands SET next_try_at = now() + interval '1 hour' WHERE id = $1", command_id)
    return command_id


async def test_a_decision_that_waits_is_shown_and_takes_effect_by_itself(
    visit: AtABrowser, sign_in: SignIn, pool: Pool
) -> None:
    api = await sign_in("sales1")
    request = await sent(api)
    other = await sent(api)
    async with visit("manager1") as manager, visit("sales1") as sales:
        page = manager.page
        await manager.open("/")
        count = page.locator("nav#navigation .nav-count").first
        await expect(count).to_contain_text("2")
        command_id = await decide_while_the_engine_is_away(pool, request["id"], "manager1", "Đồng ý mua")
        await manager.open("/inbox")
        row = page.locator("tr", has_text=request["number"])
        await expect(row).to_contain_text(WAITS)
        await expect(row.locator("input[type=checkbox]")).to_have_count(0)
        await expect(page.locator("tr", has_text=other["number"]).locator("input[type=checkbox]")).to_have_count(1)
        await expect(count).to_contain_text("1")
        await manager.open(f"/inbox/{request['id']}")
        await manager.sees(WAITS, "Đồng ý mua", "Bạn đã quyết định")
        await expect(page.locator("#approve")).to_have_count(0)
        await sales.open(f"/requests/{request['id']}")
        await sales.sees(WAITS, "Quyết định đang chờ")
        await expect(page.locator("[data-follows]")).to_be_visible()
        await pool.execute(
            "UPDATE commands SET next_try_at = now(), created_at = now() - interval '10 seconds' WHERE id = $1",
            command_id,
        )
        await manager.leads_to(f"/requests/{request['id']}$")
        await expect(sales.page.locator("#waiting .alert")).to_have_count(0)
        await expect(sales.page.locator("h1 .badge", has_text="Quyết định đang chờ")).to_have_count(0)
