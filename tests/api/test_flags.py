"""Flags, and what the inbox is narrowed to, through the API."""

from __future__ import annotations

import pytest

from crm import flags
from crm.pool import Pool
from tests.api.setting import sent
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


async def flagged(client: ApiClient, address: str = "/purchase-requests?flagged=true") -> set[str]:
    """The ids of what a list has that is narrowed to flags; each item says that it is flagged."""
    items = (await client.get(address))["items"]
    assert all(item["flagged"] for item in items)
    return {item["id"] for item in items}


async def test_a_flag_is_ones_own_and_stays_until_it_is_taken_off(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    path = f"/purchase-requests/{request['id']}/flag"
    for _ in range(2):
        assert (await manager.call("PUT", path)).status_code == 204
    assert request["id"] in await flagged(manager)
    assert request["id"] in await flagged(manager, "/inbox?flagged=true")
    assert request["id"] not in await flagged(sales)
    (listed,) = [item for item in (await sales.get("/purchase-requests"))["items"] if item["id"] == request["id"]]
    assert listed["flagged"] is False
    for _ in range(2):
        assert (await manager.call("DELETE", path)).status_code == 204
    assert request["id"] not in await flagged(manager)


async def test_what_one_does_not_see_one_does_not_flag(sign_in: SignIn, pool: Pool) -> None:
    request = await (await sign_in("sales1")).create()
    answer = await (await sign_in("sales2")).call("PUT", f"/purchase-requests/{request['id']}/flag")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await pool.fetchval("SELECT count(*) FROM request_flags WHERE request_id = $1::uuid", request["id"]) == 0


async def test_a_flag_too_many_is_refused_and_says_how_many_there_may_be(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales2")
    monkeypatch.setattr(flags, "MOST_FLAGS", 0)
    request = await sales.create()
    answer = await sales.call("PUT", f"/purchase-requests/{request['id']}/flag")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["detail"].startswith("you have flagged 500 requests")


async def test_a_flagged_draft_is_deleted_with_its_flag(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    assert (await sales.call("PUT", f"/purchase-requests/{request['id']}/flag")).status_code == 204
    assert (await sales.call("DELETE", f"/purchase-requests/{request['id']}")).status_code == 204
    assert await pool.fetchval("SELECT count(*) FROM request_flags WHERE request_id = $1::uuid", request["id"]) == 0


async def test_the_inbox_is_searched_and_narrowed(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    order = (await sales.get("/sales-orders"))["items"][0]
    ordered = await sent(sales, **await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft"))
    other = await sent(sales, purpose="Máy quét mã vạch")
    await pool.execute(
        "UPDATE assignments SET due_at = now() - interval '1 hour' WHERE request_id = $1::uuid", other["id"]
    )

    async def found(query: str) -> set[str]:
        return {item["id"] for item in (await manager.get(f"/inbox?limit=200&{query}"))["items"]} & {
            ordered["id"],
            other["id"],
        }

    customer = order["customer"].split()[-1]
    assert await found(f"q={customer}") == {ordered["id"]}
    assert await found("q=may quet") == {other["id"]}
    assert await found("overdue=true") == {other["id"]}
    assert await found("for=manager1") == {ordered["id"], other["id"]}
    assert await found("for=director1") == set()
    (item,) = [item for item in (await manager.get("/inbox?limit=200"))["items"] if item["id"] == ordered["id"]]
    assert item["customer"] == order["customer"]
