"""Requests made from sales orders and opportunities: filled in, repeated, related. Source: reference 2.2; domain.md, 8."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")

KINDS = {"sales_order": "/sales-orders", "opportunity": "/opportunities"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_draft_is_filled_from_its_source_and_can_be_posted_unchanged(kind: str, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    source = (await sales.get(f"{KINDS[kind]}?limit=1"))["items"][0]
    whole = await sales.get(f"{KINDS[kind]}/{source['id']}")
    draft = await sales.get(f"{KINDS[kind]}/{source['id']}/purchase-request-draft")
    assert draft["source"] == {"type": kind, "id": source["id"]}
    assert source["number"] in draft["purpose"]
    assert draft["delivery_address"] == whole["delivery_address"]
    assert draft["desired_delivery_date"] == whole["delivery_date"]
    goods = ("product_code", "description", "warehouse", "unit", "quantity", "unit_price", "supplier")
    assert [{name: line[name] for name in goods} for line in draft["lines"]] == [
        {name: line[name] for name in goods} for line in whole["lines"]
    ]
    assert (await sales.get(f"{KINDS[kind]}/{source['id']}/purchase-requests"))["items"] == [], "nothing is saved"

    answer = await sales.call("POST", "/purchase-requests", draft)
    request = answer.json()
    assert answer.status_code == 201
    assert request["source"] == {"type": kind, "id": source["id"], "number": source["number"]}
    assert request["total"] == whole["total"]
    assert {name: request[name] for name in draft if name not in ("source", "lines")} == {
        name: draft[name] for name in draft if name not in ("source", "lines")
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_the_related_list_shows_every_request_of_a_source_in_six_columns(kind: str, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    source, draft = await _fresh(sign_in, kind, 1)
    first = (await sales.call("POST", "/purchase-requests", draft)).json()
    second = await sent(sales, **draft)
    related = await sales.get(f"{KINDS[kind]}/{source['id']}/purchase-requests")
    columns = ("id", "number", "request_date", "owner", "process_status", "purchase_status", "goods")
    assert [{name: item[name] for name in columns} for item in related["items"]] == [
        {
            "id": request["id"],
            "number": request["number"],
            "request_date": request["request_date"],
            "owner": {"username": "sales1", "name": "Nguyễn Văn An"},
            "process_status": status,
            "purchase_status": None,
            "goods": [line["description"] for line in source["lines"]],
        }
        for request, status in ((second, "in_progress"), (first, "not_sent"))
    ]
    by_filter = await sales.get(f"/purchase-requests?source_id={source['id']}")
    assert by_filter["items"] == related["items"]


async def test_each_line_shows_how_much_of_the_order_is_already_requested(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    source, draft = await _fresh(sign_in, "sales_order", 2)
    line = {**draft["lines"][0], "quantity": "1"}

    async def requested() -> str:
        found: str = (await sales.get(f"/sales-orders/{source['id']}"))["lines"][0]["quantity_requested"]
        return found

    assert await requested() == "0"
    one = await sent(sales, **{**draft, "lines": [line]})
    assert await requested() == "1"
    two = await sent(sales, **{**draft, "lines": [{**line, "quantity": "0.5"}]})
    assert await requested() == "1.5"
    await manager.done(one["id"], "reject", {"step": "manager", "note": "Không", "end": True})
    assert await requested() == "0.5", "what was rejected is not requested any more"
    await sales.done(two["id"], "cancel", {"note": "Thôi"})
    assert await requested() == "0", "nor what was cancelled"


async def test_asking_for_more_than_the_order_is_a_warning_and_no_error(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    source, draft = await _fresh(sign_in, "sales_order", 3)
    first = await sent(sales, **draft)
    assert first["warnings"] == []
    second = await sent(sales, **{**draft, "lines": [{**draft["lines"][0], "quantity": "1"}]})
    (warning,) = second["warnings"]
    assert (warning["code"], warning["pointer"]) == ("more_than_ordered", "/lines/0/quantity")
    ordered = int(source["lines"][0]["quantity"])
    assert f"{ordered + 1} requested in all, {ordered} on the order" in warning["detail"]
    assert second["process_status"] == "in_progress"


async def test_goods_that_are_not_on_the_order_are_allowed_and_count_for_nothing(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    source, draft = await _fresh(sign_in, "sales_order", 4)
    extra = {"product_code": "KHAC", "quantity": "99", "unit_price": "1"}
    request = await sales.create(**{**draft, "lines": [extra]})
    assert (request["warnings"], request["lines"][0]["ordered"]) == ([], None)
    assert {line["quantity_requested"] for line in (await sales.get(f"/sales-orders/{source['id']}"))["lines"]} == {"0"}


async def test_a_line_of_another_order_is_refused_with_its_place(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    _, draft = await _fresh(sign_in, "sales_order", 5)
    _, other = await _fresh(sign_in, "sales_order", 6)
    answer = await sales.call("POST", "/purchase-requests", {**draft, "lines": [draft["lines"][0], other["lines"][0]]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/lines/1/source_line_id"


async def test_an_approved_change_counts_as_requested(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    source, draft = await _fresh(sign_in, "sales_order", 7)
    line = {**draft["lines"][0], "quantity": "2", "unit_price": "1"}
    request = await sent(sales, **{**draft, "lines": [line]})
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "1"}]}
    await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})
    assert (await sales.get(f"/sales-orders/{source['id']}"))["lines"][0]["quantity_requested"] == "1"


@pytest.mark.parametrize(("kind", "path"), KINDS.items())
async def test_a_list_of_sources_is_paged_and_searched(kind: str, path: str, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    everything = (await sales.get(f"{path}?limit=200"))["items"]
    assert {item["type"] for item in everything} == {kind}
    first = await sales.get(f"{path}?limit=3")
    second = await sales.get(f"{path}?limit=3&cursor={first['next_cursor']}")
    assert first["items"] + second["items"] == everything[:6]
    wanted = everything[-1]
    assert [item["id"] for item in (await sales.get(f"{path}?q={wanted['number']}"))["items"]] == [wanted["id"]]
    assert (await sales.get(f"{path}?q=khong-co-gi"))["items"] == []


async def test_a_sales_order_is_no_opportunity(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    order = (await sales.get("/sales-orders?limit=1"))["items"][0]
    for rest in ("", "/purchase-requests", "/purchase-request-draft"):
        answer = await sales.call("GET", f"/opportunities/{order['id']}{rest}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_source_that_was_stored_by_other_rules_can_be_read_and_made_into_a_draft(
    sign_in: SignIn, pool: Pool, app: FastAPI
) -> None:
    """Other systems fill the CRM: they have longer texts, more decimals, goods without a quantity, or none at all."""
    bare, odd = uuid4(), uuid4()
    for source_id in (bare, odd):
        await pool.execute(
            """INSERT INTO sources (id, type, number, name, customer, owner, source_date, delivery_address)
               VALUES ($1, 'sales_order', $2, 'x', 'x', 'sales1', '2026-11-01', $3)""",
            source_id,
            f"X-{source_id}",
            "đ" * 201,
        )
    for position, quantity in enumerate(("1.23456", "0", "-1")):
        await pool.execute(
            """INSERT INTO source_lines (id, source_id, position, product_code, description, quantity, unit_price)
               VALUES ($1, $2, $3, 'P', $4, $5, 1.000049)""",
            uuid4(),
            odd,
            position,
            "m" * 300,
            Decimal(quantity),
        )
    sales = await sign_in("sales1")
    assert (await sales.get(f"/sales-orders/{bare}"))["lines"] == []
    assert (await sales.get(f"/sales-orders/{bare}/purchase-request-draft"))["lines"] == []
    lines = (await sales.get(f"/sales-orders/{odd}"))["lines"]
    assert [line["quantity"] for line in lines] == ["1.23456", "0", "-1"], "what is stored is shown as it is"
    draft = await sales.get(f"/sales-orders/{odd}/purchase-request-draft")
    assert [(line["quantity"], line["unit_price"]) for line in draft["lines"]] == [("1.2346", "1")]
    assert (await sales.call("POST", "/purchase-requests", draft)).status_code == 201
    async with visitor(app, "sales1") as person:
        for source_id in (bare, odd):
            await person.read(f"/orders/{source_id}")
            await person.read(f"/requests/new?source_type=sales_order&source_id={source_id}")


async def test_the_related_list_hides_what_the_caller_may_not_see(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    source, draft = await _fresh(sign_in, "sales_order", 8)
    small = {**draft, "lines": [{**SMALL[0], "product_code": draft["lines"][0]["product_code"]}]}
    await sales.create(**small)
    done = await completed(sales, await sign_in("manager1"), **small)
    path = f"/sales-orders/{source['id']}/purchase-requests"
    assert len((await sales.get(path))["items"]) == 2
    assert [item["id"] for item in (await purchasing.get(path))["items"]] == [done["id"]]
    assert (await (await sign_in("sales2")).get(path))["items"] == []


async def _fresh(sign_in: SignIn, kind: str, position: int) -> tuple[Any, Any]:
    """A source of its own for each test, with its draft: the first from a place in the list on that has no request yet."""
    sales = await sign_in("sales1")
    for item in (await sales.get(f"{KINDS[kind]}?limit=20"))["items"][position:]:
        path = f"{KINDS[kind]}/{item['id']}"
        if not (await sales.get(f"{path}/purchase-requests"))["items"]:
            return await sales.get(path), await sales.get(f"{path}/purchase-request-draft")
    raise LookupError(kind)
