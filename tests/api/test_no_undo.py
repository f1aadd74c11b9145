"""Where the company has no undo, a client that asks for one decides at once, and it costs nothing."""

from __future__ import annotations

import pytest

from crm.pool import Pool
from tests.api.setting import SMALL, sent
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_whoever_asks_for_it_decides_at_once(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    answer = await manager.act(request["id"], "approve", {"step": "manager", "undo": True})
    assert (answer.status_code, answer.json()["process_status"]) == (200, "completed")
    assert not await pool.fetchval("SELECT true FROM commands WHERE takes_effect_at IS NOT NULL")
