"""Following the catalogues of AMIS: afterwards ours say what its lists say, whatever is odd there, in as few calls as can be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from approval.incoming_catalogue import CatalogueKind
from connectors.catalogues import UNDATED_EVERY, follow_catalogues
from connectors.interface import EntryListing, SystemTroubleError
from crm import connector_catalogues, connectors, customers, products, warehouses
from crm.connector_catalogues import CatalogueState
from crm.pool import Pool
from crm.products import PRODUCTS, Product
from embedded.amis.catalogues import customer, product, stock
from embedded.amis.oddities import Oddities
from embedded.amis.orders import VIETNAM
from tests.connectors.amis import Served

MARK = "ZZ-"
"""With which the codes of these tests begin."""
QUICKLY = {**Oddities.usual(), "slow_seconds": 0.005, "token_calls": 20}


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def ours_alone(pool: Pool) -> AsyncIterator[None]:
    """Nothing of these tests stays in our catalogues."""
    yield
    for table in ("products", "customers", "warehouses"):
        await pool.execute(f"DELETE FROM {table} WHERE code LIKE '{MARK}%'")


def fill(amis: Served, count: int, *, apart: timedelta = timedelta(minutes=1)) -> None:
    """So many products, the last of which changed just now, three customers and two stocks."""
    newest = datetime.now(UTC) - timedelta(seconds=1)
    rows = [
        {
            **product(f"{MARK}{place}", f"Hàng số {place}", price=1000 * (place + 1)),
            "id": 5000 + count - place,
            "modified_date": (newest - place * apart).astimezone(VIETNAM).isoformat(timespec="milliseconds"),
        }
        for place in range(count)
    ]
    lists = amis.stand_in.catalogues
    lists.products.load(rows)
    for number in range(3):
        lists.customers.add(customer(f"{MARK}KH-{number}", f"Công ty Ánh Dương {number}"))
    lists.stocks += [stock(1, f"{MARK}HN", "Kho Hà Nội"), stock(2, f"{MARK}HCM", "Kho Hồ Chí Minh")]


async def followed(pool: Pool, amis: Served) -> None:
    """One pass over each catalogue."""
    connector = amis.connector()
    try:
        await follow_catalogues(pool, connector, lambda: None)
    finally:
        await connector.close()


async def ours(pool: Pool) -> dict[str, tuple[str, str, str, Decimal, bool]]:
    rows = await pool.fetch("SELECT * FROM products WHERE code LIKE $1", f"{MARK}%")
    names = ("name", "category", "unit", "unit_price", "discontinued")
    return {row["code"]: tuple(row[name] for name in names) for row in rows}


def theirs(amis: Served) -> dict[str, tuple[str, str, str, Decimal, bool]]:
    return {
        row["product_code"]: (
            row["product_name"],
            row["product_category"],
            row["usage_unit"],
            Decimal(row["purchased_price"]),
            row["inactive"],
        )
        for row in amis.stand_in.catalogues.products.rows
    }


async def state(pool: Pool, kind: CatalogueKind = CatalogueKind.PRODUCTS) -> CatalogueState:
    return {one.kind: one for one in await connector_catalogues.states(pool, "amis")}[kind]


async def everything_again(pool: Pool, amis: Served) -> None:
    await connectors.want_everything(pool, "amis")
    await followed(pool, amis)


async def test_everything_is_read_once_and_then_what_has_changed(pool: Pool, amis: Served) -> None:
    fill(amis, 250)
    await followed(pool, amis)
    assert await ours(pool) == theirs(amis)
    assert (await state(pool)).entries == 250
    calls = dict(amis.stand_in.calls)
    assert calls == {"Account": 1, "Products": 3, "Customers": 1, "Stocks": 3}
    lists = amis.stand_in.catalogues
    lists.products.change(lists.products.rows[200]["id"], purchased_price=77)
    lists.products.add(product(f"{MARK}NEW", "Hàng mới"))
    await followed(pool, amis)
    assert await ours(pool) == theirs(amis)
    again = {name: amis.stand_in.calls[name] - calls[name] for name in calls}
    assert again == {"Account": 1, "Products": 1, "Customers": 1, "Stocks": 0}


async def test_what_is_read_is_suggested(pool: Pool, amis: Served) -> None:
    fill(amis, 12)
    await followed(pool, amis)
    (found,) = await products.suggested(pool, "hang so 11", 20)
    assert found == Product(code=f"{MARK}11", name="Hàng số 11", unit="Chiếc", unit_price=Decimal(10_800))
    assert len(await products.suggested(pool, MARK, 5)) == 5
    assert [one.code for one in await customers.suggested(pool, "anh duong", 2)] == [f"{MARK}KH-0", f"{MARK}KH-1"]
    assert [one.name for one in await warehouses.suggested(pool, f"{MARK}h", 9)] == ["Kho Hồ Chí Minh", "Kho Hà Nội"]


@pytest.mark.parametrize("oddity", [*QUICKLY, "all"])
async def test_ours_say_what_amis_says_whatever_is_odd_there(pool: Pool, amis: Served, oddity: str) -> None:
    fill(amis, 400)
    for name, value in QUICKLY.items():
        if oddity in (name, "all"):
            setattr(amis.oddities, name, value)
    for _ in range(20):
        await pool.execute("UPDATE connector_catalogues SET next_read_at = now()")
        await followed(pool, amis)
        states = await connector_catalogues.states(pool, "amis")
        if len(states) == 3 and all(one.trouble is None for one in states):
            break
    amis.oddities.switch(set())
    for _ in range(2):  # what was deleted
        await everything_again(pool, amis)
    there, crm = theirs(amis), await ours(pool)
    assert {code: one for code, one in crm.items() if not one[-1]} == there
    assert len(await warehouses.suggested(pool, MARK, 9)) == 2


async def test_a_catalogue_that_did_not_change_costs_one_page_however_it_came_there(pool: Pool, amis: Served) -> None:
    fill(amis, 500, apart=timedelta(0))
    await followed(pool, amis)
    await pool.execute("UPDATE connector_catalogues SET watermark_at = watermark_at - interval '11 minutes'")
    before = amis.stand_in.calls["Products"]
    await followed(pool, amis)
    assert amis.stand_in.calls["Products"] - before == 1


async def test_stocks_are_read_every_hour_since_nobody_says_when_one_changed(pool: Pool, amis: Served) -> None:
    fill(amis, 1)
    await followed(pool, amis)
    amis.stand_in.catalogues.stocks.append(stock(3, f"{MARK}DN", "Kho Đà Nẵng"))
    await followed(pool, amis)
    assert len(await warehouses.suggested(pool, MARK, 9)) == 2
    await pool.execute("UPDATE connector_catalogues SET full_pass_at = full_pass_at - $1::interval", UNDATED_EVERY)
    await followed(pool, amis)
    assert len(await warehouses.suggested(pool, MARK, 9)) == 3


async def test_what_two_passes_have_missed_is_not_suggested_until_it_is_back(pool: Pool, amis: Served) -> None:
    fill(amis, 3)
    await followed(pool, amis)
    lists = amis.stand_in.catalogues
    gone = lists.products.rows[1]
    lists.products.delete(gone["id"])
    left = []
    for _ in range(2):
        await everything_again(pool, amis)
        left.append(len(await products.suggested(pool, MARK, 9)))
    assert left == [3, 2]
    lists.products.load([gone])
    await everything_again(pool, amis)
    assert len(await products.suggested(pool, MARK, 9)) == 3


async def test_a_list_that_is_empty_all_at_once_takes_nothing_away(pool: Pool, amis: Served) -> None:
    fill(amis, 3)
    await followed(pool, amis)
    for row in amis.stand_in.catalogues.products.rows[:]:
        amis.stand_in.catalogues.products.delete(row["id"])
    for _ in range(3):
        await everything_again(pool, amis)
    assert (await state(pool)).trouble == "nothing_there"
    assert len(await products.suggested(pool, MARK, 9)) == 3


async def test_what_amis_does_not_say_stays_and_so_does_what_a_file_says_of_being_used(
    pool: Pool, amis: Served
) -> None:
    kept: dict[str, Any] = {"category": "Vật tư", "unit": "Hộp", "unit_price": Decimal(5), "discontinued": True}
    async with pool.acquire() as connection:
        await PRODUCTS.write(connection, [{"code": f"{MARK}A", "name": "Cũ", **kept}])
    lists = amis.stand_in.catalogues
    row = lists.products.add({**product(f"{MARK.lower()}a", "Mới", unit=""), "purchased_price": None})
    await followed(pool, amis)
    assert await ours(pool) == {f"{MARK}A": ("Mới", "Vật tư", "Hộp", Decimal(5), True)}
    for inactive in (True, False):  # it is what changes there that counts
        lists.products.change(row["id"], inactive=inactive)
        await followed(pool, amis)
        assert (await ours(pool))[f"{MARK}A"][-1] is inactive


async def test_another_code_is_another_product_and_the_one_before_is_gone(pool: Pool, amis: Served) -> None:
    row = amis.stand_in.catalogues.products.add(product(f"{MARK}A", "Màn hình"))
    await followed(pool, amis)
    amis.stand_in.catalogues.products.change(row["id"], product_code=f"{MARK}B")
    await followed(pool, amis)
    assert [one.code for one in await products.suggested(pool, MARK, 9)] == [f"{MARK}B"]


async def test_what_cannot_be_read_is_named_with_the_reason_until_it_can_be(pool: Pool, amis: Served) -> None:
    lists = amis.stand_in.catalogues
    row = lists.products.add({**product("", "Không mã"), "purchased_price": 7})
    lists.products.add({**product(f"{MARK}A", "Giá lạ"), "purchased_price": "bảy"})
    lists.products.add(product(f"{MARK}B", "Tốt"))
    await followed(pool, amis)
    found = await state(pool)
    assert (found.entries, found.not_taken) == (1, 2)
    assert [(one.name, one.reason, one.params["field"]) for one in found.problems] == [
        ("Không mã", "field_unreadable", "product_code"),
        (f"{MARK}A Giá lạ", "field_unreadable", "purchased_price"),
    ]
    lists.products.change(row["id"], product_code=f"{MARK}C")
    await followed(pool, amis)
    assert (await state(pool)).not_taken == 1


async def test_a_catalogue_that_cannot_be_read_holds_up_no_other_and_is_left_alone_for_longer_each_time(
    pool: Pool, amis: Served
) -> None:
    fill(amis, 2)
    connector = amis.connector()
    read = connector.catalogue

    async def but_products(kind: CatalogueKind, page: int, size: int) -> EntryListing:
        if kind is CatalogueKind.PRODUCTS:
            raise SystemTroubleError("unexpected_answer", "HTTP 403")
        return await read(kind, page, size)

    connector.catalogue = but_products  # type: ignore[method-assign]  # the client may not see products
    await follow_catalogues(pool, connector, lambda: None)
    await connector.close()
    found = await state(pool)
    assert (found.trouble, found.detail, found.read_at) == ("unexpected_answer", "HTTP 403", None)
    assert (await state(pool, CatalogueKind.CUSTOMERS)).entries == 3
    await followed(pool, amis)
    assert amis.stand_in.calls["Products"] == 0, "it is left alone for a minute"
    await pool.execute("UPDATE connector_catalogues SET next_read_at = now()")
    await followed(pool, amis)
    assert (await state(pool)).trouble is None


async def test_a_long_catalogue_is_read_over_several_passes_so_that_orders_need_not_wait(
    pool: Pool, amis: Served
) -> None:
    fill(amis, 250)
    connector = amis.connector()
    found = []
    for _ in range(4):
        await follow_catalogues(pool, connector, lambda: None, seconds=0)
        found.append(len(await ours(pool)))
    await connector.close()
    assert found[0] == 100
    assert found[-1] == 250
    await followed(pool, amis)
    assert (await state(pool, CatalogueKind.CUSTOMERS)).entries == 3


async def test_a_catalogue_that_never_says_when_it_changed_is_not_read_with_every_pass(
    pool: Pool, amis: Served
) -> None:
    fill(amis, 3)
    for row in amis.stand_in.catalogues.products.rows:
        del row["modified_date"]
    await followed(pool, amis)
    read = amis.stand_in.calls["Products"]
    await followed(pool, amis)
    assert amis.stand_in.calls["Products"] == read
    await pool.execute("UPDATE connector_catalogues SET full_pass_at = full_pass_at - interval '2 hours'")
    await followed(pool, amis)
    assert amis.stand_in.calls["Products"] > read
