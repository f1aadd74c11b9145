"""A changed order by the API, on the real engine: it holds, is answered, and no decision slips through, whatever runs meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from application.taking import cancel, take
from approval.incoming import IncomingSource
from crm.pool import Pool
from tests.application.orders import SYSTEM, line, order, source_id, with_quantity
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually


def small(key: str = "1", quantity: int = 2) -> IncomingSource:
    """An order that the manager alone approves."""
    return order(lines=(line(key, quantity=quantity), line("2")))


async def changes(pool: Pool, given: IncomingSource) -> None:
    """The order is so now."""
    await take(pool, SYSTEM, [given], at=datetime.now(UTC))


async def made_from(owner: ApiClient, pool: Pool, given: IncomingSource, **more: Any) -> Any:
    """A request filled from an order, saved, and sent if asked to."""
    draft = await owner.get(f"/sales-orders/{await source_id(pool, given)}/purchase-request-draft")
    return await owner.create(**{**draft, **more})


async def held(owner: ApiClient, request_id: str) -> Any:
    """The request, once its run has heard."""

    async def is_held() -> bool:
        return (await owner.request(request_id))["run"]["hold"] is not None

    await eventually(is_held)
    return await owner.request(request_id)


async def test_a_changed_order_holds_until_the_owner_keeps_the_request(
    running_worker: None, sign_in: SignIn, pool: Pool
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    given = small()
    await changes(pool, given)
    request = await made_from(sales, pool, given, send={})
    assert (request["order_changes"], request["run"]["hold"]) == ([], None)
    await changes(pool, with_quantity(given, 5))
    refused = await manager.act(request["id"], "approve", {"step": "manager"})
    assert (refused.status_code, refused.json()["code"]) == (409, "held"), "before the run has heard"
    assert "P-1: 2 Chiếc → 5 Chiếc" in refused.json()["detail"]
    found = await held(sales, request["id"])
    change = {
        "kind": "line_changed",
        "line_id": request["lines"][0]["id"],
        "was": {"product_code": "P-1", "unit": "Chiếc", "quantity": "2"},
        "now": {"product_code": "P-1", "unit": "Chiếc", "quantity": "5"},
    }
    assert found["order_changes"] == found["run"]["hold"]["order_changes"] == [change]
    assert found["process_status"] == "in_progress"
    assert (await sales.get(f"/purchase-requests/{request['id']}/outlook"))["waits_for"] == "owner_answers"
    assert set(found["allowed_actions"]) >= {"resolve_hold", "recall", "cancel"}
    assert not {"approve", "reject", "forward", "consult", "add_approver"} & set(
        (await manager.request(request["id"]))["allowed_actions"]
    )
    (item,) = [one for one in (await manager.get("/inbox"))["items"] if one["id"] == request["id"]]
    assert (item["held"], item["deadline"]) == (True, None)

    forbidden = await manager.act(request["id"], "resolve-hold", {"choice": "keep", "note": "-"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    stale = await sales.act(
        request["id"], "resolve-hold", {"choice": "keep", "note": "-"}, If_Match=f'"{request["version"]}"'
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version"), (
        "what they have not seen they cannot keep"
    )
    kept = await sales.done(
        request["id"], "resolve-hold", {"choice": "keep", "note": "Khách vẫn lấy 2"}, If_Match=f'"{found["version"]}"'
    )
    assert kept["run"]["hold"] is None
    assert kept["run"]["kept"]["note"] == "Khách vẫn lấy 2"
    assert kept["run"]["kept"]["order_changes"] == [change]
    done = await manager.done(request["id"], "approve", {"step": "manager"})
    assert done["process_status"] == "completed"
    assert [line["quantity"] for line in done["lines"]] == ["2", "10"]
    story = [(item["action"], item["choice"]) for item in await sales.timeline(request["id"]) if not item["reason"]]
    assert story[2:] == [("hold", None), ("resolve_hold", "keep"), ("approve", None)]


async def test_a_request_is_amended_and_sent_as_a_new_round(running_worker: None, sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    given = small()
    await changes(pool, given)
    request = await made_from(sales, pool, given, send={})
    await changes(pool, with_quantity(given, 3))
    await held(sales, request["id"])
    back = await sales.done(request["id"], "resolve-hold", {"choice": "amend"})
    assert (back["process_status"], len(back["order_changes"])) == ("returned", 1)
    fields = ("id", "source_line_id", "product_code", "description", "warehouse", "unit", "unit_price", "supplier")
    lines = [{name: line[name] for name in fields} | {"quantity": line["quantity"]} for line in back["lines"]]
    lines[0] |= {"quantity": "2", "take_over": True}
    path = f"/purchase-requests/{request['id']}"
    answer = await sales.call("PATCH", path, {"lines": lines}, If_Match=f'"{back["version"]}"')
    assert (answer.status_code, answer.json()["order_changes"]) == (200, []), answer.text
    again = await sales.done(request["id"], "send")
    assert (again["run"]["round"], again["run"]["hold"]) == (2, None)
    assert (await manager.done(request["id"], "approve", {"step": "manager"}))["process_status"] == "completed"


async def test_an_order_that_is_cancelled_and_opened_again_holds_and_lets_go_by_itself(
    running_worker: None, sign_in: SignIn, pool: Pool
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    given = small()
    await changes(pool, given)
    request = await made_from(sales, pool, given, send={})
    await cancel(pool, SYSTEM, [given.key], at=datetime.now(UTC))
    found = await held(sales, request["id"])
    assert [change["kind"] for change in found["order_changes"]] == ["order_cancelled"]
    refused = (await manager.act(request["id"], "approve", {"step": "manager"})).json()
    assert (refused["code"], refused["title"]) == ("held", "Held: the order was cancelled")
    await changes(pool, given)

    async def goes_on() -> bool:
        return (await sales.request(request["id"]))["run"]["hold"] is None

    await eventually(goes_on)
    assert (await manager.done(request["id"], "approve", {"step": "manager"}))["process_status"] == "completed"


async def test_of_the_last_approval_and_the_change_at_the_same_moment_either_comes_first(
    running_worker: None, sign_in: SignIn, pool: Pool
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    orders = [small() for _ in range(8)]
    await take(pool, SYSTEM, orders, at=datetime.now(UTC))
    requests = [await made_from(sales, pool, given, send={}) for given in orders]

    async def both(request: Any, given: IncomingSource) -> httpx.Response:
        answer, _ = await asyncio.gather(
            manager.act(request["id"], "approve", {"step": "manager"}), changes(pool, with_quantity(given, 7))
        )
        return answer

    answers = [await both(request, given) for request, given in zip(requests, orders, strict=True)]
    for request, answer in zip(requests, answers, strict=True):
        found = await sales.request(request["id"])
        assert len(found["order_changes"]) == 1, "marked, or held"
        if answer.status_code == 200:
            assert found["process_status"] == "completed"
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "held")
            assert (await held(sales, request["id"]))["process_status"] == "in_progress"


@pytest.mark.parametrize("body", [{}, {"note": " \u200b"}])
async def test_a_request_is_sent_in_spite_of_its_cancelled_order_only_with_a_note_that_stays(
    running_worker: None, sign_in: SignIn, pool: Pool, body: dict[str, str]
) -> None:
    sales = await sign_in("sales1")
    given = small()
    await changes(pool, given)
    request = await made_from(sales, pool, given)
    await cancel(pool, SYSTEM, [given.key], at=datetime.now(UTC))
    refused = (await sales.act(request["id"], "send", body)).json()
    assert (refused["status"], refused["code"], refused["errors"][0]["pointer"]) == (422, "note_required", "/note")
    assert "Send it with a note" in refused["detail"]
    sent = await sales.done(request["id"], "send", {"note": "Khách vẫn lấy"})
    assert (sent["process_status"], sent["run"]["kept"]["note"]) == ("in_progress", "Khách vẫn lấy")
    story = [(item["action"], item["outcome"], item["note"]) for item in await sales.timeline(request["id"])]
    assert story[-1] == ("send", "accepted", "Khách vẫn lấy")


async def test_a_draft_of_an_order_that_was_cancelled_is_refused(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    given = small()
    await changes(pool, given)
    draft = await sales.get(f"/sales-orders/{await source_id(pool, given)}/purchase-request-draft")
    await cancel(pool, SYSTEM, [given.key], at=datetime.now(UTC))
    answer = await sales.call("POST", "/purchase-requests", draft)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/source/id")
    assert (await sales.get(f"/sales-orders/{await source_id(pool, given)}"))["cancelled"]
