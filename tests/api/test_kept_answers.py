"""An answer that was kept for an ``Idempotency-Key`` is told again only to whoever might still be told it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.clients import ApiClient, request_body
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(loop_scope="session")
async def somebody(pool: Pool) -> AsyncIterator[str]:
    """A username that is nobody's yet."""
    username = f"person-{uuid4().hex[:8]}"
    await pool.execute("INSERT INTO users (username, name, manager) VALUES ($1, 'Ai đó', 'manager1')", username)
    yield username
    await pool.execute("UPDATE users SET active = false WHERE username = $1", username)


async def given_roles(pool: Pool, username: str, *roles: str) -> None:
    await pool.execute("UPDATE users SET roles = $2 WHERE username = $1", username, list(roles))


async def twice(user: ApiClient, path: str, body: Any) -> Any:
    """Make a call, and once more: the same answer. What makes it again."""
    key = str(uuid4())
    first = await user.call("POST", path, body, Idempotency_Key=key)
    assert first.status_code < 300, first.text
    again = await user.call("POST", path, body, Idempotency_Key=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    return lambda: user.call("POST", path, body, Idempotency_Key=key)


async def test_whoever_has_left_is_told_nothing_again(sign_in: SignIn, pool: Pool, somebody: str) -> None:
    await given_roles(pool, somebody, "sales")
    seller = await sign_in(somebody)
    again = await twice(seller, "/purchase-requests", request_body(send={}))
    request = (await again()).json()
    send = (await seller.timeline(request["id"]))[-1]["command_id"]
    outcome = f"/purchase-requests/{request['id']}/commands/{send}"
    assert (await seller.get(outcome))["status"] == "applied"
    await pool.execute("UPDATE users SET active = false WHERE username = $1", somebody)
    for answer in (await again(), await seller.call("GET", outcome)):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert request["number"] not in answer.text


async def test_whoever_may_not_see_a_request_any_more_is_told_nothing_of_it_again(
    sign_in: SignIn, pool: Pool, somebody: str
) -> None:
    await given_roles(pool, somebody, "admin")
    admin = await sign_in(somebody)
    request = await sent(await sign_in("sales1"), purpose="Mật")
    again = await twice(admin, f"/purchase-requests/{request['id']}/cancel", {"note": "trùng"})
    assert "Mật" in (await again()).text
    await given_roles(pool, somebody, "sales")
    answer = await again()
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "idempotent-replayed" not in answer.headers
    await given_roles(pool, somebody, "admin")
    assert (await again()).headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("role", ["purchasing", "admin"])
async def test_whoever_may_not_make_a_call_any_more_is_not_told_that_they_made_it(
    role: str, sign_in: SignIn, pool: Pool, somebody: str
) -> None:
    await given_roles(pool, somebody, role)
    user = await sign_in(somebody)
    if role == "admin":
        again = await twice(user, "/processes/purchase-approval/publish", {})
    else:
        done = await completed(await sign_in("sales1"), await sign_in("manager1"))
        again = await twice(user, "/purchasing/events", report(done["number"]))
    await given_roles(pool, somebody, "sales")
    answer = await again()
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def report(number: str) -> dict[str, Any]:
    return {
        "event_id": str(uuid4()),
        "occurred_at": "2026-11-24T00:00:00Z",
        "request_number": number,
        "purchase_status": "ordered",
    }


async def test_a_report_that_came_too_soon_is_taken_when_it_comes_again(sign_in: SignIn) -> None:
    purchasing, key = await sign_in("purchasing1"), str(uuid4())
    request = await sent(await sign_in("sales1"), lines=SMALL)
    body = report(request["number"])
    for _ in range(2):
        answer = await purchasing.call("POST", "/purchasing/events", body, Idempotency_Key=key)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})
    answer = await purchasing.call("POST", "/purchasing/events", body, Idempotency_Key=key)
    assert (answer.status_code, answer.json()["applied"]) == (200, True)
    again = await purchasing.call("POST", "/purchasing/events", body, Idempotency_Key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (answer.json(), "true")
