"""Why me, why nothing happens, and when: what a request waits for. Source: processes.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")

BOARD = ("manager1", "manager2", "director1")


def _step(key: str, *usernames: str, **more: Any) -> dict[str, Any]:
    approvers = [{"user": username} for username in usernames]
    return {"key": key, "name": {"vi": f"Bước {key}", "en": f"Step {key}"}, "approvers": approvers, **more}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn, pool: Pool) -> AsyncIterator[None]:
    """Every test ends with the demo's connection and the demo's people."""
    yield
    await pool.execute("UPDATE users SET active = true")
    await connect(await sign_in("admin1"), "purchase-approval")


async def _connected(sign_in: SignIn, key: str, *steps: dict[str, Any]) -> ApiClient:
    admin = await sign_in("admin1")
    await publish(admin, key, list(steps), schema_version=2)
    await connect(admin, key)
    return await sign_in("sales1")


async def _outlook(client: ApiClient, request: Any) -> Any:
    return await client.get(f"/purchase-requests/{request['id']}/outlook")


async def test_it_says_whose_turn_it_is_from_the_draft_to_the_end(sign_in: SignIn) -> None:
    sales = await _connected(
        sign_in, "outlook", _step("board", *BOARD, decision={"quorum": 2}), _step("last", "director1")
    )
    manager, director = await sign_in("manager1"), await sign_in("director1")
    request = await sales.create(lines=SMALL)
    assert (await _outlook(sales, request))["waits_for"] == "owner_sends"
    await sales.done(request["id"], "send", {})
    found = await _outlook(sales, request)
    (board,) = found["steps"]
    assert (found["waits_for"], found["then"]) == ("approvers", ["Step last"])
    assert (board["key"], board["votes_missing"], len(board["people"]), board["is_stuck"]) == ("board", 2, 3, False)
    await manager.done(request["id"], "approve", {"step": "board"})
    (board,) = (await _outlook(sales, request))["steps"]
    assert (board["votes_missing"], [one["username"] for one in board["people"]]) == (1, ["director1", "manager2"])
    await director.done(request["id"], "reject", {"step": "board", "note": "x"})
    assert (await _outlook(sales, request))["waits_for"] == "owner_resends"
    await sales.done(request["id"], "cancel", {"note": "x"})
    assert (await _outlook(sales, request)) == {"waits_for": "nothing", "steps": [], "then": []}


async def test_a_step_is_stuck_when_too_few_are_left_to_approve_it(sign_in: SignIn, pool: Pool, app: FastAPI) -> None:
    sales = await _connected(sign_in, "outlook-stuck", _step("board", *BOARD, decision={"quorum": 2}))
    request = await sales.create(lines=SMALL, send={})
    await pool.execute("UPDATE users SET active = false WHERE username = 'manager2'")
    (board,) = (await _outlook(sales, request))["steps"]
    assert ([one["username"] for one in board["left"]], board["is_stuck"]) == (["manager2"], False)
    await pool.execute("UPDATE users SET active = false WHERE username = 'manager1'")
    (board,) = (await _outlook(sales, request))["steps"]
    assert board["is_stuck"]
    async with visitor(app, "sales1") as owner:
        html = await owner.read(f"/requests/{request['id']}")
    assert "An administrator has to resolve the approvers again." in html


@pytest.mark.parametrize("earlier", [4, 5, 9])
async def test_an_estimate_comes_from_the_same_step_of_earlier_requests_and_not_from_a_few(
    sign_in: SignIn, pool: Pool, earlier: int
) -> None:
    key = f"outlook-times-{earlier}"
    sales = await _connected(sign_in, key, _step(f"only-{earlier}", "manager1"))
    manager = await sign_in("manager1")
    for hours in range(1, earlier + 1):
        done = await sales.create(lines=SMALL, send={})
        await manager.done(done["id"], "approve", {"step": f"only-{earlier}"})
        await pool.execute(
            "UPDATE assignments SET opened_at = closed_at - $2::interval WHERE request_id = $1",
            UUID(done["id"]),
            timedelta(hours=hours),
        )
    request = await sales.create(lines=SMALL, send={})
    (step,) = (await _outlook(sales, request))["steps"]
    if earlier < 5:
        assert step["usually"] is None
        return
    usually = step["usually"]
    assert usually["n"] == earlier
    assert usually["median_seconds"] == pytest.approx(3600 * (earlier + 1) / 2)
    assert usually["ninety_percent_seconds"] == pytest.approx(3600 * (1 + 0.9 * (earlier - 1)))


async def test_a_step_says_which_values_its_condition_looked_at(sign_in: SignIn, app: FastAPI) -> None:
    condition = 'request.total >= 50000000.0 || request.currency != "VND" || "request.owner" == ""'
    label = {"vi": "khoản lớn", "en": "it is large"}
    sales = await _connected(
        sign_in,
        "outlook-why",
        _step("manager", "manager1"),
        _step("large", "director1", when=condition, condition_label=label),
    )
    request = await sales.create(lines=SMALL, send={})
    manager, large = request["run"]["steps"]
    assert manager["compared"] == {}
    assert large["compared"] == {"request.total": "25000000", "request.currency": "VND"}
    assert large["why"] == "Skipped: it is needed only when it is large"
    async with visitor(app, "sales1") as owner:
        html = await owner.read(f"/requests/{request['id']}")
    assert "the total: ₫25,000,000" in html
