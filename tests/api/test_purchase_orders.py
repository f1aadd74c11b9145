"""Purchase orders on approved requests: placed, changed, cancelled; and that what is bought is not taken back."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")

_numbers = itertools.count(1)


def order(*lines: tuple[Any, str], number: str = "", supplier: str = "FPT Synnex") -> dict[str, Any]:
    """An order of the first lines of some requests."""
    return {
        "number": number or f"PO-{next(_numbers)}/2026",
        "supplier": supplier,
        "lines": [
            {"request_number": request["number"], "line_id": request["lines"][0]["id"], "quantity": quantity}
            for request, quantity in lines
        ],
    }


async def placed(buyer: ApiClient, body: dict[str, Any]) -> Any:
    """What a call that must succeed answers."""
    answer = await buyer.call("POST", "/purchasing/orders", body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def orders_of(client: ApiClient, request: Any) -> list[tuple[str, str]]:
    """The purchase orders of a request's first line, as whoever sees it sees them."""
    line = (await client.request(request["id"]))["lines"][0]
    return [(one["number"], one["quantity"]) for one in line["purchase_orders"]]


async def _approved(sign_in: SignIn, count: int = 1) -> list[Any]:
    return [await completed(await sign_in("sales1"), await sign_in("manager1")) for _ in range(count)]


async def test_an_order_is_placed_and_shown_on_its_requests(sign_in: SignIn) -> None:
    sales, buyer = await sign_in("sales1"), await sign_in("purchasing1")
    first, second = await _approved(sign_in, 2)
    body = order((first, "2"), (second, "1.5"))
    answer = await buyer.call("POST", "/purchasing/orders", body)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["result"], made["number"], made["placed_by"]["username"]) == ("placed", body["number"], "purchasing1")
    assert answer.headers["Location"] == f"/api/v1/purchasing/orders/{made['id']}"
    assert await buyer.get(f"/purchasing/orders/{made['id']}") == {k: v for k, v in made.items() if k != "result"}
    assert await orders_of(sales, first) == [(body["number"], "2")]
    assert await orders_of(sales, second) == [(body["number"], "1.5")]
    last = (await sales.timeline(first["id"]))[-1]
    assert (last["action"], last["actor"]["username"]) == ("purchase_order", "purchasing1")
    assert last["note"] == f"{body['number']}; FPT Synnex; LT-T14: 2"


async def test_a_request_may_be_on_several_orders_and_more_than_requested_is_flagged(sign_in: SignIn) -> None:
    sales, buyer = await sign_in("sales1"), await sign_in("purchasing1")
    (request,) = await _approved(sign_in)
    bodies = [order((request, "1.5")), order((request, "1"), supplier="Viettel")]
    for body in bodies:
        await placed(buyer, body)
    assert await orders_of(sales, request) == [(bodies[0]["number"], "1.5"), (bodies[1]["number"], "1")]
    (warning,) = (await sales.request(request["id"]))["warnings"]
    assert (warning["code"], warning["pointer"]) == ("more_on_purchase_orders", "/lines/0/purchase_orders")
    assert warning["detail"] == "LT-T14: 2.5 on purchase orders, 2 requested"


async def test_the_same_again_changes_nothing_and_another_content_replaces_it(sign_in: SignIn) -> None:
    sales, buyer = await sign_in("sales1"), await sign_in("purchasing1")
    first, second = await _approved(sign_in, 2)
    body = order((first, "2"), (second, "1"))
    made = await placed(buyer, body)
    before = await sales.request(first["id"])
    again = await placed(
        buyer, {**body, "lines": [{**line, "quantity": f"{line['quantity']}.0"} for line in body["lines"][::-1]]}
    )
    assert (again["result"], again["id"]) == ("unchanged", made["id"])
    assert await sales.request(first["id"]) == before
    changed = await placed(buyer, order((first, "1"), number=body["number"]))
    assert (changed["result"], changed["id"], len(changed["lines"])) == ("changed", made["id"], 1)
    assert (await orders_of(sales, first), await orders_of(sales, second)) == ([(body["number"], "1")], [])
    assert (await sales.timeline(second["id"]))[-1]["action"] == "cancel_purchase_order"


async def test_an_order_is_cancelled_once_and_can_be_placed_again(sign_in: SignIn) -> None:
    sales, buyer = await sign_in("sales1"), await sign_in("purchasing1")
    (request,) = await _approved(sign_in)
    body = order((request, "2"))
    made = await placed(buyer, body)
    path = f"/purchasing/orders/{made['id']}/cancel"
    answers = [(await buyer.call("POST", path)).json() for _ in range(2)]
    assert answers[0]["cancelled_at"] is not None
    assert answers[0] == answers[1]
    assert await orders_of(sales, request) == []
    entries = [item["action"] for item in await sales.timeline(request["id"])]
    assert entries.count("cancel_purchase_order") == 1
    assert (await placed(buyer, body))["result"] == "changed"
    assert await orders_of(sales, request) == [(body["number"], "2")]


async def test_orders_are_found_by_number_and_by_request(sign_in: SignIn) -> None:
    buyer = await sign_in("purchasing1")
    first, second = await _approved(sign_in, 2)
    bodies = [order((first, "1")), order((first, "1"), (second, "1")), order((second, "1"))]
    made = [await placed(buyer, body) for body in bodies]
    by_number = (await buyer.get(f"/purchasing/orders?number={bodies[1]['number']}"))["items"]
    assert [one["id"] for one in by_number] == [made[1]["id"]]
    page = await buyer.get(f"/purchasing/orders?request_number={first['number']}&limit=1")
    assert [one["id"] for one in page["items"]] == [made[1]["id"]]
    path = f"/purchasing/orders?request_number={first['number']}&limit=1&cursor={page['next_cursor']}"
    page = await buyer.get(path)
    assert ([one["id"] for one in page["items"]], page["next_cursor"]) == ([made[0]["id"]], None)


async def test_only_those_who_buy_and_admins_place_orders(sign_in: SignIn) -> None:
    (request,) = await _approved(sign_in)
    for username in ("sales1", "manager1", "director1"):
        client = await sign_in(username)
        for method, path, body in (
            ("POST", "/purchasing/orders", order((request, "1"))),
            ("POST", f"/purchasing/orders/{uuid4()}/cancel", None),
            ("GET", f"/purchasing/orders/{uuid4()}", None),
            ("GET", "/purchasing/orders", None),
        ):
            answer = await client.call(method, path, body)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    assert (await placed(await sign_in("admin1"), order((request, "1"))))["result"] == "placed"


async def test_a_request_that_is_not_approved_is_to_purchasing_like_one_that_is_not_there(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, buyer, admin = await sign_in("sales1"), await sign_in("purchasing1"), await sign_in("admin1")
    request = await sent(sales, lines=SMALL)
    timeline = await sales.timeline(request["id"])
    body = order((request, "1"))
    answer = await buyer.call("POST", "/purchasing/orders", body)
    body["lines"][0]["request_number"] = "YCMH-2020-000001"
    unknown = await buyer.call("POST", "/purchasing/orders", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (answer.headers, answer.content) == (unknown.headers, unknown.content)
    assert await sales.timeline(request["id"]) == timeline
    for _ in range(2):
        answer = await admin.call("POST", "/purchasing/orders", order((request, "1"), number="PO-early"))
        assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
    refused = [item for item in await sales.timeline(request["id"]) if item["action"] == "purchase_order"]
    assert [(item["outcome"], item["reason"]) for item in refused] == [("refused", "not_completed")]
    assert await pool.fetchval("SELECT count(*) FROM purchase_orders WHERE number = 'PO-early'") == 0


async def test_a_line_of_another_request_is_refused_with_its_place(sign_in: SignIn) -> None:
    buyer = await sign_in("purchasing1")
    first, second = await _approved(sign_in, 2)
    body = order((first, "1"), (second, "1"))
    body["lines"][1]["line_id"] = str(uuid4())
    answer = await buyer.call("POST", "/purchasing/orders", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/lines/1/line_id"]


@pytest.mark.parametrize(
    ("username", "action"), [("sales1", "recall"), ("sales1", "cancel"), ("admin1", "cancel"), ("manager1", "reject")]
)
async def test_what_is_bought_is_not_taken_back_and_the_order_is_named(
    username: str, action: str, sign_in: SignIn
) -> None:
    buyer, client = await sign_in("purchasing1"), await sign_in(username)
    (request,) = await _approved(sign_in)
    note = {"note": "Khách đổi ý", **({"step": "manager"} if action == "reject" else {})}
    answer = await client.act(request["id"], action, note)
    assert (answer.status_code, answer.json()["code"]) == (409, "run_ended")
    bodies = [order((request, "1")), order((request, "1"))]
    made = [await placed(buyer, body) for body in bodies]
    answer = await client.act(request["id"], action, note)
    assert (answer.status_code, answer.json()["code"]) == (409, "order_exists")
    for body in bodies:
        assert body["number"] in answer.json()["detail"]
    assert (await client.timeline(request["id"]))[-1]["reason"] == "order_exists"
    for one in made:
        await buyer.call("POST", f"/purchasing/orders/{one['id']}/cancel")
    assert (await client.act(request["id"], action, note)).json()["code"] == "run_ended"
    assert (await client.request(request["id"]))["process_status"] == "completed"


async def test_an_order_and_a_cancel_at_once_end_in_one_of_two_ways(sign_in: SignIn) -> None:
    sales, manager, buyer = await sign_in("sales1"), await sign_in("manager1"), await sign_in("purchasing1")
    ended = set()
    for _ in range(12):
        request = await sent(sales, lines=SMALL)

        async def buy(request: Any = request) -> Any:
            await manager.act(request["id"], "approve", {"step": "manager"})
            return await buyer.call("POST", "/purchasing/orders", order((request, "2")))

        bought, cancelled = await asyncio.gather(buy(), sales.act(request["id"], "cancel", {"note": "Thôi"}))
        now = await sales.request(request["id"])
        ended.add(now["process_status"])
        if now["process_status"] == "cancelled":
            assert (cancelled.status_code, bought.status_code) == (200, 404)
            assert now["lines"][0]["purchase_orders"] == []
        else:
            assert (now["process_status"], bought.status_code) == ("completed", 201)
            assert cancelled.json()["code"] in ("run_ended", "order_exists")
            assert (await sales.act(request["id"], "cancel", {"note": "Thôi"})).json()["code"] == "order_exists"
    assert ended <= {"cancelled", "completed"}


async def test_an_order_waits_for_whoever_changes_its_request_and_finds_what_became_of_it(
    sign_in: SignIn, pool: Pool
) -> None:
    buyer = await sign_in("purchasing1")
    (request,) = await _approved(sign_in)
    async with pool.acquire() as connection:
        undoing = connection.transaction()
        await undoing.start()
        await connection.execute(
            "UPDATE purchase_requests SET process_status = 'cancelled', version = version + 1 WHERE id = $1",
            UUID(request["id"]),
        )
        buying = asyncio.create_task(buyer.call("POST", "/purchasing/orders", order((request, "1"), number="PO-late")))
        await eventually(lambda: _somebody_waits(pool))
        await undoing.commit()
    answer = await buying
    assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
    assert await pool.fetchval("SELECT count(*) FROM purchase_orders WHERE number = 'PO-late'") == 0


async def _somebody_waits(pool: Pool) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await pool.fetchval(waiting))


async def test_orders_of_the_same_requests_at_once_are_all_placed(sign_in: SignIn) -> None:
    sales, buyer, admin = await sign_in("sales1"), await sign_in("purchasing1"), await sign_in("admin1")
    requests = await _approved(sign_in, 3)
    bodies = [order(*((request, "0.5") for request in some)) for some in itertools.permutations(requests)]
    answers = await asyncio.gather(
        *((buyer, admin)[place % 2].call("POST", "/purchasing/orders", body) for place, body in enumerate(bodies))
    )
    assert [answer.status_code for answer in answers] == [201] * 6
    for request in requests:
        assert len(await orders_of(sales, request)) == 6


async def test_one_number_said_by_many_at_once_is_one_order(sign_in: SignIn, pool: Pool) -> None:
    buyer, admin = await sign_in("purchasing1"), await sign_in("admin1")
    (request,) = await _approved(sign_in)
    body = order((request, "1"))
    answers = await asyncio.gather(
        *((buyer, admin)[place % 2].call("POST", "/purchasing/orders", body) for place in range(8))
    )
    assert sorted(answer.json()["result"] for answer in answers) == ["placed", *["unchanged"] * 7]
    assert await pool.fetchval("SELECT count(*) FROM purchase_orders WHERE number = $1", body["number"]) == 1


async def test_owner_and_systems_are_told(sign_in: SignIn, pool: Pool) -> None:
    buyer = await sign_in("purchasing1")
    (request,) = await _approved(sign_in)
    body = order((request, "2"))
    made = await placed(buyer, body)
    await buyer.call("POST", f"/purchasing/orders/{made['id']}/cancel")
    told = await pool.fetch(
        "SELECT type, facts FROM outbox WHERE request_id = $1 AND type LIKE 'purchase_order.%' ORDER BY sequence",
        UUID(request["id"]),
    )
    assert [row["type"] for row in told] == ["purchase_order.placed", "purchase_order.cancelled"]
    facts = told[0]["facts"]
    assert (facts["order"], facts["supplier"], facts["actor"]) == (body["number"], "FPT Synnex", "purchasing1")
    assert facts["lines"] == [{"line_id": request["lines"][0]["id"], "quantity": "2"}]
