"""The list of requests by customer, date, amount and department."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.setting import SMALL, TEN_MILLION
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


async def numbers(who: ApiClient, query: str) -> set[str]:
    """The numbers of the requests that a list has."""
    return {item["number"] for item in (await who.get(f"/purchase-requests?{query}"))["items"]}


async def made_from(who: ApiClient, order: dict[str, Any]) -> str:
    """A request made from an order; its number."""
    draft = await who.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    number: str = (await who.create(**draft))["number"]
    return number


async def test_of_a_customer_whatever_the_accents_and_only_of_them(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    first, second = (await sales.get("/sales-orders"))["items"][:2]
    assert first["customer"] != second["customer"]
    mine, others = await made_from(sales, first), await made_from(sales, second)
    loose = (await sales.create(purpose=first["customer"]))["number"]  # says the name, and is for nobody
    found = await numbers(sales, f"customer={quote(first['customer'].upper())}")
    assert mine in found
    assert not {others, loose} & found
    word = max(first["customer"].split(), key=len)
    assert mine in await numbers(sales, f"customer={quote(word)}")
    of_order = next(word for word in first["name"].split() if word.lower() not in first["customer"].lower())
    assert mine not in await numbers(sales, f"customer={quote(of_order)}")


async def test_by_amount_and_by_date_both_ends_included(sign_in: SignIn) -> None:
    sales = await sign_in("sales2")
    small = await sales.create(lines=SMALL)
    larger = await sales.create(lines=TEN_MILLION)
    assert (small["total"], larger["total"]) == ("25000000", "10000000")
    assert await numbers(sales, "total_from=10000000&total_to=24999999.9999") == {larger["number"]}
    assert await numbers(sales, "total_from=10000000.0001") == {small["number"]}
    today = small["request_date"]
    assert await numbers(sales, f"date_from={today}&date_to={today}") == {small["number"], larger["number"]}
    assert await numbers(sales, f"date_to=2020-01-01&date_from={today}") == set()


async def test_by_the_department_of_the_owner(sign_in: SignIn) -> None:
    sales, director = await sign_in("sales1"), await sign_in("director1")
    request = await sales.create(send={})
    north, south = quote("Kinh doanh miền Bắc"), quote("Kinh doanh miền Nam")
    assert request["number"] in await numbers(director, f"department={north}")
    assert request["number"] not in await numbers(director, f"department={south}")


async def test_by_supplier_currency_and_where_it_waits(sign_in: SignIn) -> None:
    sales, director = await sign_in("sales2"), await sign_in("director1")
    lines = [{**SMALL[0], "supplier": "Nhà cung cấp ABC"}, {**SMALL[0], "supplier": "Viễn Sơn"}]
    waits = (await sales.create(lines=lines, send={}))["number"]
    dollars = (await sales.create(lines=lines, currency="USD"))["number"]
    assert await numbers(sales, f"supplier={quote('Nhà cung cấp ABC')}") == {waits, dollars}
    assert await numbers(sales, f"supplier={quote('Nhà cung cấp ABC')}&currency=USD") == {dollars}
    assert await numbers(sales, f"supplier={quote('Nhà cung cấp')}") == set()  # the whole name
    own = "owner=sales2&"
    assert waits in await numbers(sales, f"{own}waiting_at=purchase-approval/manager")
    assert dollars not in await numbers(sales, f"{own}waiting_at=purchase-approval/manager")
    assert await numbers(sales, f"{own}waiting_at=purchase-approval/director") == set()
    assert await numbers(sales, f"{own}waiting_at=other/manager") == set()
    assert waits in await numbers(director, f"{own}waiting_on=manager1")
    assert await numbers(director, f"{own}waiting_on=manager2") == set()


@pytest.mark.parametrize(
    "query",
    [
        "waiting_at=manager",
        "currency=dong",
        "date_from=08/12/2026",
        "total_from=-1",
        "total_to=nhiều",
        "date_to=2026-02-30",
    ],
)
async def test_what_is_no_date_or_amount_is_refused(sign_in: SignIn, query: str) -> None:
    answer = await (await sign_in("sales1")).call("GET", f"/purchase-requests?{quote(query, safe='=&/')}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert query.split("=")[0] in answer.json()["errors"][0]["pointer"]
