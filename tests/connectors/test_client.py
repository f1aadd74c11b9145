"""The calls of AMIS: its token, its pages, its envelope, each of its oddities."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from ipaddress import IPv4Network
from typing import Any

import pytest

from connectors.amis.client import PRODUCT_LEDGER, SALE_ORDERS, AmisClient, Patience, _read_results
from connectors.interface import SystemTroubleError
from connectors.web import Web
from embedded.processes import free_port
from notices.guard import Guard
from tests.connectors.amis import CLIENT_ID, CLIENT_SECRET, IMPATIENT, LOOPBACK, Served
from tests.notices.receiver import Receiver, receiving, status


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["sale_order_no"] for row in rows]


async def test_pages_of_orders_are_counted_from_0_and_those_of_the_ledger_from_1(served: Served) -> None:
    served.has(150)
    client = served.client()
    first, second = await client.page(SALE_ORDERS, 0, 100), await client.page(SALE_ORDERS, 1, 100)
    assert (len(first.rows), len(second.rows), first.total) == (100, 50, 150)
    assert numbers(first.rows + second.rows) == numbers(served.orders.rows)
    assert len((await client.page(PRODUCT_LEDGER, 0, 3)).rows) == 3
    assert len((await client.page(PRODUCT_LEDGER, 1, 3)).rows) == 1


async def test_rows_of_the_ledger_are_good_although_it_says_that_it_failed(served: Served) -> None:
    found = await served.client().page(PRODUCT_LEDGER, 0, 50)
    assert [row["product_code"] for row in found.rows] == ["LT-T14", "SRV-R760", "SW-C9200", "MON-27U"]


async def test_a_list_that_comes_in_a_list_is_that_list(served: Served) -> None:
    served.has(3)
    served.oddities.wraps_lists = True
    assert numbers((await served.client().page(SALE_ORDERS, 0, 100)).rows) == numbers(served.orders.rows)
    served.orders.load([])
    assert (await served.client().page(SALE_ORDERS, 7, 100)).rows == []


async def test_rows_are_found_by_their_ids_and_those_that_are_gone_are_left_out(served: Served) -> None:
    served.has(5)
    ids = [str(row["id"]) for row in served.orders.rows[:3]]
    served.orders.delete(int(ids[1]))
    found = await served.client().by_ids(SALE_ORDERS, ids)
    assert [str(row["id"]) for row in found.rows] == [ids[0], ids[2]]


async def test_one_token_serves_all_calls_and_one_call_is_made_at_a_time(served: Served) -> None:
    served.has(10)
    served.oddities.slow_seconds = 0.01
    client = served.client()
    await asyncio.gather(*(client.page(SALE_ORDERS, 0, 100) for _ in range(10)))
    assert served.stand_in.tokens == 1
    assert served.stand_in.most_at_once == 1


async def test_a_token_that_ends_is_followed_by_one_other_for_all(served: Served) -> None:
    served.has(10)
    client = served.client()
    await client.page(SALE_ORDERS, 0, 100)
    served.stand_in.end_tokens()
    await asyncio.gather(*(client.page(SALE_ORDERS, 0, 100) for _ in range(10)))
    assert served.stand_in.tokens == 2


@pytest.mark.parametrize("oddity", [{"fails_every": 2}, {"breaks_every": 2}, {"busy_every": 2}, {"token_calls": 1}])
async def test_a_call_is_made_again_until_it_is_answered(served: Served, oddity: dict[str, int]) -> None:
    served.has(10)
    for name, value in oddity.items():
        setattr(served.oddities, name, value)
    client = served.client()
    for _ in range(4):
        assert len((await client.page(SALE_ORDERS, 0, 100)).rows) == 10


async def test_what_fails_again_and_again_is_said_in_the_words_of_amis(served: Served) -> None:
    served.oddities.fails_every = 1
    with pytest.raises(SystemTroubleError) as trouble:
        await served.client().page(SALE_ORDERS, 0, 100)
    assert (trouble.value.reason, trouble.value.detail) == ("says_failed", "Có lỗi xảy ra")
    assert served.stand_in.calls["SaleOrders"] == IMPATIENT.tries


async def test_wrong_credentials_are_said_at_once_and_never_tried_again(served: Served) -> None:
    with pytest.raises(SystemTroubleError) as trouble:
        await served.client(client_secret="another").page(SALE_ORDERS, 0, 100)
    assert trouble.value.reason == "credentials_refused"
    assert "another" not in trouble.value.detail
    assert served.calls == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('{"success": true, "data": "eyJ0\\neyJz"}', "unexpected_answer"),
        ('{"success": true, "data": "eyJ0\u00e9"}', "unexpected_answer"),
        (f'{{"success": false, "error_message": "{CLIENT_SECRET} eyJ0 is wrong"}}', "credentials_refused"),
        (f'{{"success": false, "error_message": "{"x" * 294}{CLIENT_SECRET}"}}', "credentials_refused"),
    ],
)
async def test_neither_a_token_nor_the_secret_is_in_what_is_said_of_trouble(said: str, reason: str) -> None:
    async with receiving() as receiver:
        receiver.respond = status(200, said)
        async with client_of(receiver.address) as client:
            with pytest.raises(SystemTroubleError) as trouble:
                await client.page(SALE_ORDERS, 0, 100)
    assert trouble.value.reason == reason
    assert CLIENT_SECRET[:6] not in trouble.value.detail
    assert "eyJz" not in trouble.value.detail


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([{"success": False, "ErrorMessage": "bị khóa"}], "bị khóa"),
        ([{"success": True}, {"success": False}, {"success": False}], "success: false"),
    ],
)
def test_failures_that_could_be_of_any_record_are_no_success(results: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(SystemTroubleError) as trouble:
        _read_results({"success": True, "results": results}, 2)
    assert (trouble.value.reason, trouble.value.detail) == ("says_failed", said)
    assert _read_results({"success": True, "results": results}, len(results))[-1] == said
    assert _read_results({"success": True, "results": []}, 2) == [None, None]


def test_amis_is_waited_for_as_long_as_it_wants_and_longer_each_time() -> None:
    patience = Patience(tries=6, first=1, longest=60)
    assert [patience.pause(tried, None) for tried in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (patience.pause(1, 30.0), patience.pause(1, 3600.0)) == (30, 60)


async def test_retry_after_is_held_to() -> None:
    async with receiving() as receiver:
        receiver.respond = status(429, Retry_After="1")
        begun = asyncio.get_running_loop().time()
        async with client_of(receiver.address, Patience(2, first=0, longest=60)) as client:
            with pytest.raises(SystemTroubleError) as trouble:
                await client.page(SALE_ORDERS, 0, 100)
        assert trouble.value.reason == "too_many_calls"
        assert asyncio.get_running_loop().time() - begun >= 1


@pytest.mark.parametrize(
    ("body", "detail"),
    [("<html>", "no JSON"), ("[]", "no envelope"), ('{"success": true, "data": [1]}', "rows that are no objects")],
)
async def test_what_is_no_answer_of_amis_is_said_to_be_none(body: str, detail: str) -> None:
    async with receiving() as receiver:
        answer_with(receiver, body)
        async with client_of(receiver.address) as client:
            with pytest.raises(SystemTroubleError) as trouble:
                await client.page(SALE_ORDERS, 0, 100)
    assert (trouble.value.reason, trouble.value.detail) == ("unexpected_answer", detail)


async def test_numbers_are_read_to_their_last_digit() -> None:
    async with receiving() as receiver:
        answer_with(receiver, '{"success": true, "data": [{"price": 0.1000000000000000000001}]}')
        async with client_of(receiver.address) as client:
            (row,) = (await client.page(SALE_ORDERS, 0, 100)).rows
    assert row["price"] == Decimal("0.1000000000000000000001")


async def test_nobody_there_is_said_so() -> None:
    async with client_of(f"http://127.0.0.1:{free_port()}/api/v2") as client:
        with pytest.raises(SystemTroubleError) as trouble:
            await client.page(SALE_ORDERS, 0, 100)
    assert trouble.value.reason == "unreachable"


@pytest.mark.parametrize("guard", [Guard(plain_http=True), Guard([IPv4Network("127.0.0.0/8")])])
async def test_no_call_goes_to_where_none_may_go(served: Served, guard: Guard) -> None:
    client = AmisClient(Web(guard), served.address, CLIENT_ID, CLIENT_SECRET, IMPATIENT)
    with pytest.raises(SystemTroubleError) as trouble:
        await client.page(SALE_ORDERS, 0, 100)
    assert trouble.value.reason == "address_refused"
    assert served.calls == 0


@asynccontextmanager
async def client_of(address: str, patience: Patience = IMPATIENT) -> AsyncIterator[AmisClient]:
    client = AmisClient(Web(LOOPBACK), address, CLIENT_ID, CLIENT_SECRET, patience)
    yield client
    await client.close()


def answer_with(receiver: Receiver, body: str) -> None:
    """Give a token to whoever asks for one, and this to whatever else is asked."""
    token, rows = status(200, '{"success": true, "data": "a-token"}'), status(200, body)

    async def respond(call: Any, writer: asyncio.StreamWriter) -> None:
        await (token if "/Account" in call.headers[":line"] else rows)(call, writer)

    receiver.respond = respond
