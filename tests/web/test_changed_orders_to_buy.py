"""Whoever buys sees that the sales order of what they buy has changed or is cancelled, before they buy it."""

from __future__ import annotations

from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from application.taking import cancel
from approval.incoming import IncomingSource
from crm.pool import Pool
from tests.api.test_holds import changes, made_from, small
from tests.application.orders import SYSTEM, with_quantity
from tests.conftest import SignIn
from tests.crm.saved import NOW
from tests.web.browser import Visitor, value_of, visitor
from tests.web.test_list_files import file_of

pytestmark = pytest.mark.usefixtures("running_worker")


async def approved_of(sign_in: SignIn, pool: Pool, given: IncomingSource) -> Any:
    """A request that was made from the order and approved."""
    await changes(pool, given)
    owner, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await made_from(owner, pool, given, send={})
    return await manager.done(request["id"], "approve", {"step": "manager"})


async def rows_in(person: Visitor, page: str, number: str) -> list[str]:
    """The rows of a page's tables that name a request."""
    return [row for row in (await person.read(page)).split("<tr")[1:] if number in row]


async def put_on_order(person: Visitor, request: Any, line: int, **fields: str) -> httpx.Response:
    """Fill in and send the form of a purchase order for one line."""
    ordered = {f"ordered/{request['lines'][line]['id']}": "1"}
    body = {"number": f"PO-{request['number']}", "supplier": "FPT", **ordered, **fields}
    return await person.post(f"/purchasing/{request['id']}/orders", body)


async def test_a_cancelled_order_is_marked_wherever_its_goods_are_to_be_bought(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    given = small()
    request = await approved_of(sign_in, pool, given)
    number = request["number"]
    async with visitor(app, "purchasing1") as person:
        before = [await rows_in(person, page, number) for page in ("/purchasing", f"/purchasing/to-buy?q={number}")]
        assert "cancelled" not in str(before)
        await cancel(pool, SYSTEM, [given.key], at=NOW)

        (listed,) = await rows_in(person, "/purchasing", number)
        assert "Order cancelled" in listed
        to_buy = await rows_in(person, f"/purchasing/to-buy?q={number}", number)
        assert ["Order cancelled" in row for row in to_buy] == [True, True]
        page = await person.read(f"/purchasing/{request['id']}")
        assert "The order was cancelled" in page.split("<main")[1].split('id="orders"')[0]
        (in_file,) = await file_of(person, f"/purchasing?q={number}")
        assert in_file["Sales order"] == "Order cancelled"
        lines = await file_of(person, f"/purchasing/to-buy?q={number}")
        assert [line["Sales order"] for line in lines] == ["Order cancelled", "Order cancelled"]


async def test_a_changed_line_is_marked_and_the_others_are_not(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    given = small()
    request = await approved_of(sign_in, pool, given)
    number = request["number"]
    await changes(pool, with_quantity(given, 9))
    async with visitor(app, "purchasing1") as person:
        (listed,) = await rows_in(person, "/purchasing", number)
        assert "Order changed" in listed
        to_buy = await rows_in(person, f"/purchasing/to-buy?q={number}", number)
        assert sorted(("P-1" in row, "Order changed" in row) for row in to_buy) == [(False, False), (True, True)]
        lines = await file_of(person, f"/purchasing/to-buy?q={number}")
        assert {line["Product code"]: line["Sales order"] for line in lines} == {"P-1": "Order changed", "P-2": ""}


async def test_goods_of_a_cancelled_order_are_put_on_a_purchase_order_only_when_that_was_said(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    given = small()
    request = await approved_of(sign_in, pool, given)
    await cancel(pool, SYSTEM, [given.key], at=NOW)
    sales = await sign_in("sales1")
    async with visitor(app, "purchasing1") as person:
        asked = await put_on_order(person, request, 0)
        assert f"Sales order {given.number} was cancelled. Buy its goods all the same?" in unescape(asked.text)
        assert (await sales.request(request["id"]))["lines"][0]["purchase_orders"] == []
        confirmed = value_of(asked.text.split('id="orders"')[1], "confirmed")
        assert (await put_on_order(person, request, 0, confirmed=confirmed)).status_code == 303
    assert (await sales.request(request["id"]))["lines"][0]["purchase_orders"] != []


async def test_goods_that_the_order_has_otherwise_now_are_asked_about_and_no_others(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    given = small()
    request = await approved_of(sign_in, pool, given)
    await changes(pool, with_quantity(given, 9))
    async with visitor(app, "purchasing1") as person:
        asked = await put_on_order(person, request, 0)
        said = f"Sales order {given.number} has changed (P-1: 2 Chiếc → 9 Chiếc). Buy the goods as they were approved?"
        assert said in unescape(asked.text)
        assert (await put_on_order(person, request, 1)).status_code == 303
