"""Making, editing and deleting requests. Source: domain.md, decisions 1, 2, 8 and 12; reference, 2.2."""

from __future__ import annotations

import asyncio
import json
import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.clients import LINE, ApiClient, request_body
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


async def _edit(client: ApiClient, request: Any, changes: dict[str, Any], *, version: int | None = None) -> Any:
    tag = f'"{version or request["version"]}"'
    return await client.call("PATCH", f"/purchase-requests/{request['id']}", changes, If_Match=tag)


async def _delete(client: ApiClient, request: Any) -> Any:
    return await client.call("DELETE", f"/purchase-requests/{request['id']}")


async def _order(client: ApiClient, number: str) -> Any:
    kind = "sales-orders" if number.startswith("DH") else "opportunities"
    item = (await client.get(f"/{kind}?q={number}"))["items"][0]
    return await client.get(f"/{kind}/{item['id']}")


async def _draft(client: ApiClient, source: Any) -> Any:
    kind = "sales-orders" if source["type"] == "sales_order" else "opportunities"
    return await client.get(f"/{kind}/{source['id']}/purchase-request-draft")


# Numbers.


async def test_request_numbers_are_unique_and_ascend_within_their_year(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    first = await sales.create()
    many = await asyncio.gather(*(sales.create() for _ in range(20)))
    last = await sales.create()
    numbers = [request["number"] for request in (first, *many, last)]
    assert len(set(numbers)) == 22
    assert min(numbers) == first["number"]
    assert max(numbers) == last["number"]
    assert all(re.fullmatch(rf"YCMH-{first['request_date'][:4]}-\d{{6}}", number) for number in numbers)


async def test_each_year_counts_from_one_even_when_many_begin_it_at_once(pool: Pool) -> None:
    numbers = await asyncio.gather(*(pool.fetchval("SELECT next_request_number(2031)") for _ in range(20)))
    assert sorted(numbers) == [f"YCMH-2031-{n:06}" for n in range(1, 21)]
    assert await pool.fetchval("SELECT next_request_number(2032)") == "YCMH-2032-000001"


# From nothing, from a sales order, from an opportunity.


async def test_a_request_made_from_nothing_is_not_sent(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    answer = await sales.call("POST", "/purchase-requests", request_body())
    request = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/purchase-requests/{request['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert (request["process_status"], request["process_id"], request["run"]) == ("not_sent", None, None)
    assert request["source"] is None
    assert request["allowed_actions"] == ["edit", "delete", "send"]
    assert await sales.request(request["id"]) == request


@pytest.mark.parametrize("number", ["DH-2026-0418", "CH-2026-0101"])
async def test_header_and_goods_are_filled_in_from_the_source_and_can_be_changed(number: str, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    source = await _order(sales, number)
    before = await sales.get("/purchase-requests?limit=200")
    draft = await _draft(sales, source)
    assert await sales.get("/purchase-requests?limit=200") == before, "a draft saves nothing"
    assert draft["source"] == {"type": source["type"], "id": source["id"]}
    assert draft["delivery_address"] == source["delivery_address"]
    assert draft["desired_delivery_date"] == source["delivery_date"]
    same = ("product_code", "description", "warehouse", "unit", "quantity", "unit_price", "supplier")
    assert [[line[name] for name in same] for line in draft["lines"]] == [
        [line[name] for name in same] for line in source["lines"]
    ]
    draft["lines"] = draft["lines"][:1]
    draft["lines"][0]["quantity"] = "1"
    request = await sales.create(**draft)
    assert request["source"] == {"type": source["type"], "id": source["id"], "number": number}
    assert [line["quantity"] for line in request["lines"]] == ["1"]
    assert request["lines"][0]["ordered"] == source["lines"][0]["quantity"]


async def test_one_order_can_have_many_requests_and_shows_what_each_line_has_been_asked_for(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    order = await _order(sales, "DH-2026-0412")
    draft = await _draft(sales, order)
    draft["lines"] = [{**draft["lines"][0], "quantity": "4"}]
    first, second = [await sales.create(**draft) for _ in range(2)]
    assert [line["quantity_requested"] for line in (await _order(sales, order["number"]))["lines"]] == ["8", "0"]
    assert (await sales.request(first["id"]))["lines"][0]["requested"] == "8"
    assert (await sales.request(first["id"]))["warnings"] == []

    third = await sales.create(**draft)
    assert third["lines"][0]["requested"] == "12"
    (warning,) = third["warnings"]
    assert (warning["code"], warning["pointer"]) == ("more_than_ordered", "/lines/0/quantity")
    assert "12 requested in all, 10 on the order" in warning["detail"]
    assert (await sales.done(third["id"], "send"))["process_status"] == "in_progress", "a warning stops nothing"

    related = (await sales.get(f"/sales-orders/{order['id']}/purchase-requests"))["items"]
    assert {item["id"] for item in related} == {first["id"], second["id"], third["id"]}
    columns = {"number", "request_date", "owner", "process_status", "purchase_status", "goods"}
    assert columns <= set(related[0])
    assert related[0]["goods"] == [draft["lines"][0]["description"]]


async def test_what_was_rejected_or_cancelled_asks_for_nothing_of_its_order_any_more(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    order = await _order(sales, "DH-2026-0416")
    draft = await _draft(sales, order)
    rejected, cancelled, returned = [await sent(sales, **draft) for _ in range(3)]
    await manager.done(rejected["id"], "reject", {"step": "manager", "note": "Không", "end": True})
    await sales.done(cancelled["id"], "cancel", {"note": "Hủy"})
    await sales.done(returned["id"], "recall")
    source = await _order(sales, order["number"])
    assert [line["quantity_requested"] for line in source["lines"]] == [line["quantity"] for line in source["lines"]]


async def test_two_lines_of_one_product_count_together_on_their_order(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    order = await _order(sales, "DH-2026-0420")
    draft = await _draft(sales, order)
    draft["lines"] = [{**draft["lines"][0], "quantity": "5"}, {**draft["lines"][0], "quantity": "8"}]
    request = await sales.create(**draft)
    assert [line["requested"] for line in request["lines"]] == ["13", "13"]
    assert [warning["pointer"] for warning in request["warnings"]] == ["/lines/0/quantity", "/lines/1/quantity"]


async def test_a_source_that_is_not_there_or_of_the_other_kind_is_refused(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    order = await _order(sales, "DH-2026-0412")
    for source in ({"type": "opportunity", "id": order["id"]}, {"type": "sales_order", "id": str(UUID(int=1))}):
        answer = await sales.call("POST", "/purchase-requests", request_body(source=source))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/source/id")


# Editing.


async def test_the_owner_edits_what_is_not_sent_and_lines_keep_their_identity(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create(lines=[LINE, {**LINE, "product_code": "MON-27U"}])
    kept = {name: request["lines"][1][name] for name in ("id", *LINE)}
    changes = {"purpose": "Khác", "lines": [{**LINE, "product_code": "NEW"}, {**kept, "quantity": "3"}]}
    answer = await _edit(sales, request, changes)
    edited = answer.json()
    assert (answer.status_code, edited["version"], answer.headers["ETag"]) == (200, 2, '"2"')
    assert [line["product_code"] for line in edited["lines"]] == ["NEW", "MON-27U"]
    assert edited["lines"][1]["id"] == kept["id"]
    assert edited["lines"][0]["id"] not in {line["id"] for line in request["lines"]}
    assert Decimal(edited["total"]) == 13 * Decimal(LINE["unit_price"])
    assert (edited["number"], edited["delivery_address"]) == (request["number"], request["delivery_address"])


async def test_the_owner_edits_what_was_returned_and_the_next_round_starts_from_it(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    returned = await manager.done(request["id"], "reject", {"step": "manager", "note": "Ít hơn"})
    line = {name: returned["lines"][0][name] for name in ("id", *LINE)}
    edited = await _edit(sales, returned, {"lines": [{**line, "quantity": "2"}]})
    assert edited.status_code == 200
    again = await sales.done(request["id"], "send")
    assert (again["run"]["round"], again["total"]) == (2, "25000000")
    assert {step["key"]: step["state"] for step in again["run"]["steps"]} == {"manager": "open", "director": "skipped"}


async def _in_progress(sign_in: SignIn) -> Any:
    return await sent(await sign_in("sales1"))


async def _rejected(sign_in: SignIn) -> Any:
    request = await _in_progress(sign_in)
    body = {"step": "manager", "note": "Không", "end": True}
    return await (await sign_in("manager1")).done(request["id"], "reject", body)


async def _cancelled(sign_in: SignIn) -> Any:
    request = await _in_progress(sign_in)
    return await (await sign_in("sales1")).done(request["id"], "cancel", {"note": "Hủy"})


async def _completed(sign_in: SignIn) -> Any:
    return await completed(await sign_in("sales1"), await sign_in("manager1"))


async def _returned(sign_in: SignIn) -> Any:
    request = await _in_progress(sign_in)
    return await (await sign_in("sales1")).done(request["id"], "recall")


@pytest.mark.parametrize("make", [_in_progress, _rejected, _cancelled, _completed])
async def test_in_any_other_status_an_edit_is_refused_and_recorded(make: Any, sign_in: SignIn) -> None:
    request = await make(sign_in)
    sales = await sign_in("sales1")
    answer = await _edit(sales, request, {"purpose": "Khác"})
    assert (answer.status_code, answer.json()["code"]) == (409, "request_locked")
    after = await sales.request(request["id"])
    assert (after["purpose"], after["version"]) == (request["purpose"], request["version"])
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["outcome"], last["reason"]) == ("edit", "refused", "request_locked")


@pytest.mark.parametrize("make", [_in_progress, _returned, _rejected, _cancelled, _completed])
async def test_what_was_ever_sent_is_not_deleted(make: Any, sign_in: SignIn) -> None:
    request = await make(sign_in)
    sales = await sign_in("sales1")
    answer = await _delete(sales, request)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_locked")
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["outcome"]) == ("delete", "refused")


async def test_what_was_never_sent_is_deleted_by_its_owner(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    assert (await _delete(sales, request)).status_code == 204
    assert (await sales.call("GET", f"/purchase-requests/{request['id']}")).status_code == 404
    assert (await _delete(sales, request)).status_code == 404
    for table in ("purchase_request_lines", "timeline"):
        count = await pool.fetchval(f"SELECT count(*) FROM {table} WHERE request_id = $1", UUID(request["id"]))
        assert count == 0, table


async def test_a_request_whose_send_was_refused_can_still_be_deleted(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    assert (await sales.act(request["id"], "send", {"approvers": {"manager": "manager1"}})).status_code == 422
    assert (await _delete(sales, request)).status_code == 204


@pytest.mark.parametrize("username", ["manager1", "director1", "admin1"])
async def test_nobody_but_the_owner_edits_or_deletes(username: str, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    other = await sign_in(username)
    for answer in (await _edit(other, request, {"purpose": "Khác"}), await _delete(other, request)):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_an_edit_says_which_version_it_was_made_on(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    path = f"/purchase-requests/{request['id']}"
    without = await sales.call("PATCH", path, {"purpose": "Một"})
    assert (without.status_code, without.json()["code"]) == (428, "if_match_required")
    assert (await _edit(sales, request, {"purpose": "Hai"})).status_code == 200
    stale = await _edit(sales, request, {"purpose": "Ba"})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert (await sales.request(request["id"]))["purpose"] == "Hai"


async def test_purchasing_makes_no_requests(sign_in: SignIn) -> None:
    answer = await (await sign_in("purchasing1")).call("POST", "/purchase-requests", request_body())
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"purpose": ""}, "/purpose"),
        ({"lines": []}, "/lines"),
        ({"lines": [{**LINE, "quantity": "0"}]}, "/lines/0/quantity"),
        ({"lines": [{**LINE, "quantity": "1.00001"}]}, "/lines/0/quantity"),
        ({"lines": [{**LINE, "unit_price": "-1"}]}, "/lines/0/unit_price"),
        ({"lines": [LINE, {**LINE, "product_code": ""}]}, "/lines/1/product_code"),
        ({"lines": [{**LINE, "source_line_id": str(UUID(int=1))}]}, "/lines/0/source_line_id"),
        ({"currency": "dong"}, "/currency"),
        ({"desired_delivery_date": "soon"}, "/desired_delivery_date"),
        ({"description": "a\x00b"}, "/description"),
        ({"status": "completed"}, "/status"),
    ],
)
async def test_a_wrong_field_is_refused_at_its_place_and_nothing_is_saved(
    changes: dict[str, Any], pointer: str, sign_in: SignIn, pool: Pool
) -> None:
    before = await pool.fetchval("SELECT count(*) FROM purchase_requests")
    answer = await (await sign_in("sales1")).call("POST", "/purchase-requests", request_body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await pool.fetchval("SELECT count(*) FROM purchase_requests") == before


# Money.


async def test_money_is_exact_and_never_a_float(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    lines = [
        {**LINE, "quantity": "3", "unit_price": "0.1"},
        {**LINE, "quantity": "999999999999.9999", "unit_price": "1234567890123456.7891"},
    ]
    request = await sales.create(lines=lines, send={})
    total = Decimal("0.3") + Decimal("999999999999.9999") * Decimal("1234567890123456.7891")
    assert Decimal(request["total"]) == total
    assert await pool.fetchval("SELECT total FROM purchase_requests WHERE id = $1", UUID(request["id"])) == total
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "0.7"}]}
    await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})
    done = await director.done(request["id"], "approve", {"step": "director"})
    assert Decimal(done["total"]) == total - Decimal("0.3") + Decimal("0.07")
    answer = await sales.call("GET", f"/purchase-requests/{request['id']}")
    floats: list[str] = []
    json.loads(answer.text, parse_float=lambda text: floats.append(text))
    assert floats == []


async def test_the_currency_is_the_requests_own_and_vnd_by_default(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    body = request_body()
    del body["currency"]
    answer = await sales.call("POST", "/purchase-requests", body)
    assert answer.json()["currency"] == "VND"
    assert (await sales.create(currency="USD"))["currency"] == "USD"


async def test_a_list_is_filtered_and_its_pages_join_without_a_gap(sign_in: SignIn) -> None:
    sales = await sign_in("sales2")
    made = [(await sales.create(purpose=f"Trang {n}", lines=SMALL))["id"] for n in range(5)]
    await sales.done(made[0], "send")
    found: list[str] = []
    cursor = ""
    while True:
        page = await sales.get(f"/purchase-requests?owner=sales2&process_status=not_sent&q=trang&limit=2{cursor}")
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == list(reversed(made[1:]))
