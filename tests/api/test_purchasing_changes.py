"""What a system that pulls gets: every approved request that changed, in the order of changes, and nothing is ever missed."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from application.taking import take
from crm.pool import Pool
from tests.api.setting import completed, sent
from tests.application import orders
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


async def pulled(buyer: ApiClient, since: str | None = None, limit: int = 200) -> tuple[list[Any], str]:
    """All that changed since a time or a marker, page by page; and the marker to go on with."""
    parameter = f"&changed_since={quote(since)}" if since else ""
    page = await buyer.get(f"/purchasing/requests?limit={limit}{parameter}")
    found = page["items"]
    while page["next_cursor"]:
        page = await buyer.get(f"/purchasing/requests?limit={limit}&cursor={page['next_cursor']}")
        found += page["items"]
    return found, page["next_changed_since"]


async def _approved(sign_in: SignIn) -> Any:
    return await completed(await sign_in("sales1"), await sign_in("manager1"))


async def _report(buyer: ApiClient, request: Any, event_id: str, **said: Any) -> None:
    event = {
        "event_id": f"{request['number']} {event_id}",
        "occurred_at": "2025-12-01T00:00:00Z",
        "request_number": request["number"],
        **said,
    }
    assert (await buyer.call("POST", "/purchasing/events", event)).status_code == 200


async def test_an_approved_request_has_all_that_is_needed_to_buy_it(sign_in: SignIn) -> None:
    buyer = await sign_in("purchasing1")
    _, marker = await pulled(buyer)
    request = await _approved(sign_in)
    waiting = await sent(await sign_in("sales1"))
    line = {"request_number": request["number"], "line_id": request["lines"][0]["id"], "quantity": "2"}
    order = {"number": "PO-77", "supplier": "FPT Synnex", "lines": [line]}
    assert (await buyer.call("POST", "/purchasing/orders", order)).status_code == 201
    lines = [{"product_code": "LT-T14", "received": "3"}]
    await _report(buyer, request, "1", purchase_status="partially_received", lines=lines)
    found, _ = await pulled(buyer, marker)
    assert waiting["id"] not in {one["id"] for one in found}
    (one,) = found
    assert {name: one[name] for name in ("id", "number", "process_status", "purchase_status")} == {
        "id": request["id"],
        "number": request["number"],
        "process_status": "completed",
        "purchase_status": "partially_received",
    }
    (line,) = one["lines"]
    assert (line["quantity"], line["quantity_received"], line["supplier"]) == ("2", "3", "FPT Synnex")
    assert [(on["number"], on["quantity"]) for on in line["purchase_orders"]] == [("PO-77", "2")]
    assert [warning["code"] for warning in one["warnings"]] == ["more_than_requested"]
    assert (one["owner"]["username"], one["approved_at"] is not None) == ("sales1", True)


async def test_an_order_that_changes_after_the_last_approval_marks_what_is_pulled(sign_in: SignIn, pool: Pool) -> None:
    sales, buyer = await sign_in("sales1"), await sign_in("purchasing1")
    given = orders.order(lines=(orders.line("1", quantity=2),))
    await take(pool, orders.SYSTEM, [given], at=datetime.now(UTC))
    source = await orders.source_id(pool, given)
    draft = await sales.get(f"/sales-orders/{source}/purchase-request-draft")
    request = await completed(sales, await sign_in("manager1"), **draft)
    found, marker = await pulled(buyer)
    assert [one["order_changes"] for one in found if one["id"] == request["id"]] == [[]]
    await take(pool, orders.SYSTEM, [orders.with_quantity(given, 5)], at=datetime.now(UTC))
    ((one,), _) = await pulled(buyer, marker)
    assert (one["id"], one["process_status"]) == (request["id"], "completed")
    (change,) = one["order_changes"]
    assert (change["kind"], change["was"]["quantity"], change["now"]["quantity"]) == ("line_changed", "2", "5")


async def test_a_marker_goes_on_where_the_last_answer_ended(sign_in: SignIn) -> None:
    buyer = await sign_in("purchasing1")
    requests = [await _approved(sign_in) for _ in range(3)]
    _, marker = await pulled(buyer)
    assert (await pulled(buyer, marker))[0] == []
    for request in (requests[2], requests[0]):
        await _report(buyer, request, "e", purchase_status="ordered")
    found, marker = await pulled(buyer, marker, limit=1)
    assert [one["id"] for one in found] == [requests[2]["id"], requests[0]["id"]]
    assert (await pulled(buyer, marker))[0] == []


async def test_a_time_begins_with_what_changed_then_and_later(sign_in: SignIn) -> None:
    buyer = await sign_in("purchasing1")
    before = await _approved(sign_in)
    since = datetime.now(UTC).isoformat()
    after = await _approved(sign_in)
    found, _ = await pulled(buyer, since)
    assert [one["id"] for one in found] == [after["id"]]
    found, _ = await pulled(buyer, "2020-01-01T00:00:00+07:00")
    assert {before["id"], after["id"]} <= {one["id"] for one in found}
    later, _ = await pulled(buyer, "2099-01-01T00:00:00Z")
    assert later == []


@pytest.mark.parametrize("since", ["yesterday", "2026-11-24T03:00:00", "W10", ""])
async def test_what_is_neither_time_nor_marker_is_refused(since: str, sign_in: SignIn) -> None:
    answer = await (await sign_in("purchasing1")).call("GET", f"/purchasing/requests?changed_since={since}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/changed_since")


@pytest.mark.parametrize(
    ("username", "status"), [("purchasing1", 200), ("admin1", 200), ("sales1", 403), ("manager1", 403)]
)
async def test_only_those_who_buy_and_admins_pull(username: str, status: int, sign_in: SignIn) -> None:
    assert (await (await sign_in(username)).call("GET", "/purchasing/requests")).status_code == status


async def test_what_is_committed_late_is_not_missed(sign_in: SignIn, pool: Pool) -> None:
    buyer = await sign_in("purchasing1")
    slow, quick = await _approved(sign_in), await _approved(sign_in)
    _, marker = await pulled(buyer)
    change = "UPDATE purchase_requests SET version = version + 1 WHERE id = $1"
    async with pool.acquire() as connection:
        changing = connection.transaction()
        await changing.start()
        await connection.execute(change, UUID(slow["id"]))  # begins first, is committed last
        await pool.execute(change, UUID(quick["id"]))
        found, marker = await pulled(buyer, marker)
        assert [one["id"] for one in found] == [quick["id"]]
        await changing.commit()
    found, marker = await pulled(buyer, marker)
    assert [one["id"] for one in found] == [slow["id"]]
    assert (await pulled(buyer, marker))[0] == []


async def test_nothing_is_missed_while_many_write(sign_in: SignIn, pool: Pool) -> None:
    """Writers commit in another order than they began; two readers follow, with pages of two."""
    buyer = await sign_in("purchasing1")
    ids = [UUID((await _approved(sign_in))["id"]) for _ in range(6)]
    chance = random.Random(13)
    done = asyncio.Event()

    async def write(request_id: UUID, seed: int) -> None:
        own = random.Random(seed)
        for _ in range(15):
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute("UPDATE purchase_requests SET version = version + 1 WHERE id = $1", request_id)
                await asyncio.sleep(own.random() * 0.02)  # it stays open for a while, each for another

    async def read() -> dict[str, int]:
        seen: dict[str, int] = {}
        _, marker = await pulled(buyer)
        last = False
        while True:
            last = done.is_set()
            found, marker = await pulled(buyer, marker, limit=2)
            seen |= {one["id"]: one["version"] for one in found}
            if last:
                return seen

    readers = [asyncio.create_task(read()) for _ in range(2)]
    await asyncio.gather(*(write(request_id, chance.randrange(1000)) for request_id in ids))
    done.set()
    versions = {
        str(row["id"]): row["version"]
        for row in await pool.fetch("SELECT id, version FROM purchase_requests WHERE id = ANY ($1)", ids)
    }
    for reader in readers:
        seen = await reader
        assert {request_id: seen.get(request_id) for request_id in versions} == versions
