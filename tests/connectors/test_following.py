"""Following AMIS: afterwards the CRM has what AMIS has, whatever is odd there, nothing twice, in as few calls as can be."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.taking import take
from connectors.interface import SystemTroubleError
from crm import connector_items, connectors
from crm.connectors import SyncKind
from crm.pool import Pool
from embedded.amis.oddities import Oddities
from embedded.amis.orders import CANCELLED, example
from tests.application.orders import order
from tests.connectors.amis import Served, connect, followed, forget, in_crm, there

QUICKLY = {**Oddities.usual(), "slow_seconds": 0.005, "token_calls": 20}
"""Each oddity, so that nobody waits for long."""


async def last(pool: Pool) -> connectors.Sync:
    return (await connectors.syncs(pool, "amis", limit=1))[0]


async def forget_the_overlap(pool: Pool) -> None:
    """As if nothing had changed for eleven minutes."""
    await pool.execute("UPDATE connectors SET watermark_at = watermark_at - interval '11 minutes'")


async def test_everything_is_read_once_and_then_what_has_changed(pool: Pool, amis: Served) -> None:
    amis.has(250)
    assert await followed(pool, amis) == ""
    assert await in_crm(pool) == there(amis)
    first = await last(pool)
    assert (first.kind, first.to_read, first.read, first.made, first.parked) == (SyncKind.FIRST, 250, 250, 250, 0)
    amis.orders.change(amis.orders.rows[200]["id"], shipping_address="Số 1 Tràng Tiền, Hà Nội")
    amis.orders.add(example("Nguyễn Văn An", 3))
    before = amis.calls
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)
    changes = await last(pool)
    assert (changes.kind, changes.read, changes.made, changes.changed) == (SyncKind.CHANGES, 2, 1, 1)
    assert amis.calls - before == 2  # a token and a page


async def test_opportunities_are_made_from_what_orders_say(pool: Pool, amis: Served) -> None:
    amis.has(30)
    await followed(pool, amis)
    rows = await pool.fetch("SELECT name, customer FROM sources WHERE system = 'amis' AND type = 'opportunity'")
    said = {(row["opportunity_name"], row["account_name"]) for row in amis.orders.rows}
    assert sorted((row["name"], row["customer"]) for row in rows) == sorted(said)


@pytest.mark.parametrize("oddity", [*QUICKLY, "all"])
async def test_the_crm_has_what_amis_has_whatever_is_odd_there(pool: Pool, amis: Served, oddity: str) -> None:
    amis.has(1000)
    for name, value in QUICKLY.items():
        if oddity in (name, "all"):
            setattr(amis.oddities, name, value)
    while await followed(pool, amis):
        pass
    amis.oddities.switch(set())
    await followed(pool, amis)  # what was changed while it was read
    for _ in range(2):  # what was deleted
        await connectors.want_full_pass(pool, "amis")
        await followed(pool, amis)
    crm, amis_has = await in_crm(pool), there(amis)
    assert {number: order for number, order in crm.items() if not order["cancelled"]} == amis_has
    assert all(order["cancelled"] for number, order in crm.items() if number not in amis_has)


async def test_ten_thousand_orders_are_read_in_hardly_more_calls_than_it_takes(pool: Pool, amis: Served) -> None:
    amis.has(10_000, lines=1)
    amis.oddities.moves = 1
    amis.oddities.token_calls = 60
    await followed(pool, amis)
    amis.oddities.switch(set())
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)
    assert amis.stand_in.calls["SaleOrders"] <= 1.2 * 100
    assert amis.calls <= 1.2 * 101


async def test_following_a_hundred_thousand_orders_that_did_not_change_costs_one_page(pool: Pool, amis: Served) -> None:
    newest = datetime.now(UTC)
    amis.has(100_000, lines=0)
    known = [(row["id"], datetime.fromisoformat(row["modified_date"])) for row in amis.orders.rows]
    async with pool.acquire() as connection:
        await connection.copy_records_to_table(
            "connector_items",
            columns=("system", "key", "changed_at", "owner", "seen_in"),
            records=[("amis", str(order_id), changed, "Nguyễn Văn An", 1) for order_id, changed in known],
        )
    await pool.execute(
        """UPDATE connectors SET watermark = $1, watermark_at = now(), full_passes = 1, full_pass_at = now(),
               full_pass_wanted = false""",
        newest,
    )
    await followed(pool, amis)
    assert amis.stand_in.calls["SaleOrders"] == 1
    assert (await last(pool)).read == 0


async def test_orders_that_were_all_changed_at_once_cost_one_page_after_a_while(pool: Pool, amis: Served) -> None:
    amis.has(500, apart=timedelta(0))
    await followed(pool, amis)
    await followed(pool, amis)
    before = amis.stand_in.calls["SaleOrders"]
    await forget_the_overlap(pool)
    await followed(pool, amis)
    assert amis.stand_in.calls["SaleOrders"] - before == 1


async def test_an_order_that_is_cancelled_there_is_cancelled_here(pool: Pool, amis: Served) -> None:
    amis.has(3)
    await followed(pool, amis)
    amis.orders.change(amis.orders.rows[1]["id"], status=CANCELLED)
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)
    assert [order["cancelled"] for order in (await in_crm(pool)).values()].count(True) == 1


async def test_an_order_is_gone_when_two_passes_through_everything_have_missed_it(pool: Pool, amis: Served) -> None:
    amis.has(150)
    await followed(pool, amis)
    gone = amis.orders.rows[140]
    amis.orders.delete(gone["id"])
    cancelled = []
    for _ in range(2):
        await connectors.want_full_pass(pool, "amis")
        await followed(pool, amis)
        cancelled.append((await in_crm(pool))[gone["sale_order_no"]]["cancelled"])
    assert cancelled == [False, True]
    assert (await last(pool)).cancelled == 1
    amis.orders.load([gone])
    await connectors.want_full_pass(pool, "amis")
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)


async def test_what_two_passes_have_missed_but_is_there_is_not_cancelled(pool: Pool, amis: Served) -> None:
    amis.has(10)
    await followed(pool, amis)
    await pool.execute("UPDATE connector_items SET missed = 5 WHERE NOT derived")
    hidden = amis.orders.rows[3]
    shown = amis.orders.rows[:]
    shown.remove(hidden)
    amis.orders._sorted = shown  # it is in no list, and found by its id all the same
    await connectors.want_full_pass(pool, "amis")
    await followed(pool, amis)
    assert not (await in_crm(pool))[hidden["sale_order_no"]]["cancelled"]


async def test_a_client_that_sees_no_order_any_more_cancels_none(pool: Pool, amis: Served) -> None:
    amis.has(150)
    await followed(pool, amis)
    rows = amis.orders.rows[:]
    for row in rows:
        amis.orders.delete(row["id"])
    await connectors.want_full_pass(pool, "amis")
    for _ in range(3):
        assert await followed(pool, amis) == "nothing_there"
    assert not any(order["cancelled"] for order in (await in_crm(pool)).values())
    amis.orders.load(rows[1:])
    for _ in range(2):
        await connectors.want_full_pass(pool, "amis")
        assert await followed(pool, amis) == ""
    crm = await in_crm(pool)
    assert [number for number, order in crm.items() if order["cancelled"]] == [rows[0]["sale_order_no"]]


async def test_fewer_orders_than_are_known_are_looked_for_soon(pool: Pool, amis: Served) -> None:
    amis.has(150)
    await followed(pool, amis)
    amis.orders.delete(amis.orders.rows[140]["id"])
    await followed(pool, amis)
    assert not await pool.fetchval("SELECT full_pass_wanted FROM connectors"), "it was read just now"
    await pool.execute("UPDATE connectors SET full_pass_at = now() - interval '2 hours'")
    await followed(pool, amis)
    await followed(pool, amis)
    assert (await last(pool)).kind is SyncKind.FULL


async def test_an_order_of_somebody_whom_nobody_knows_waits_until_somebody_does(pool: Pool, amis: Served) -> None:
    amis.orders.add(example("Hoàng Thị Lan", 1))
    amis.orders.add(example("nguyen van an", 2))
    await followed(pool, amis)
    (failure,) = await connector_items.failures(pool, "amis", after=None, limit=10)
    assert (failure.reason, failure.params, failure.number) == (
        "owner_unknown",
        {"owner": "Hoàng Thị Lan"},
        "AMIS-1001",
    )
    assert list(await in_crm(pool)) == ["AMIS-1002"]
    names = {one.name: one.person and one.person.username for one in await connector_items.people(pool, "amis")}
    assert names == {"Hoàng Thị Lan": None, "nguyen van an": "sales1"}
    assert await connector_items.assign(pool, "amis", "Hoàng Thị Lan", "sales2", by="admin1")
    await followed(pool, amis)
    assert (await in_crm(pool))["AMIS-1001"]["owner"] == "sales2"
    assert await connector_items.count_failures(pool, "amis") == 0


@pytest.mark.parametrize("is_ordered_anew", [False, True])
async def test_what_waits_for_an_owner_is_taken_with_the_next_pass_once_somebody_of_that_name_is_here(
    pool: Pool, amis: Served, is_ordered_anew: bool
) -> None:
    amis.orders.add(example("Hoàng Thị Lan", 1))
    for _ in range(3):  # the next try is half an hour away
        await pool.execute("UPDATE connector_failures SET next_try_at = now()")
        await followed(pool, amis)
    await pool.execute("INSERT INTO users (username, name, roles) VALUES ('lan.hoang', 'Hoàng Thị Lan', '{}')")
    try:
        if is_ordered_anew:
            amis.orders.add(example("Hoàng Thị Lan", 2))
        await followed(pool, amis)
        assert {order["owner"] for order in (await in_crm(pool)).values()} == {"lan.hoang"}
        assert await connector_items.count_failures(pool, "amis") == 0
    finally:
        await forget(pool)
        await pool.execute("DELETE FROM users WHERE username = 'lan.hoang'")


async def test_the_orders_of_a_name_are_taken_again_when_it_means_somebody_else(pool: Pool, amis: Served) -> None:
    amis.has(120)
    await followed(pool, amis)
    assert await connector_items.assign(pool, "amis", "Nguyễn Văn An", "manager1", by="admin1")
    before = amis.calls
    await followed(pool, amis)
    owners = [order["owner"] for order in (await in_crm(pool)).values()]
    assert (owners.count("manager1"), owners.count("sales1")) == (60, 0)
    assert amis.calls - before == 3  # a token, sixty by their ids, and a page
    await followed(pool, amis)
    assert await connector_items.count_failures(pool, "amis") == 0


async def test_a_number_that_another_order_has_already_is_parked_and_the_others_are_taken(
    pool: Pool, amis: Served
) -> None:
    taken = await pool.fetchval("SELECT number FROM sources WHERE system <> 'amis' LIMIT 1")
    amis.has(50)
    row = amis.orders.rows[20]
    amis.orders.change(row["id"], sale_order_no=taken)
    await followed(pool, amis)
    (failure,) = await connector_items.failures(pool, "amis", after=None, limit=10)
    assert (failure.number, failure.reason) == (taken, "refused_field")
    assert len(await in_crm(pool)) == 49
    amis.orders.change(row["id"], sale_order_no="AMIS-1")
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)
    assert await connector_items.count_failures(pool, "amis") == 0


async def test_what_could_not_be_taken_is_tried_again_less_and_less_often(pool: Pool, amis: Served) -> None:
    amis.orders.add(example("Hoàng Thị Lan", 1))
    await followed(pool, amis)
    waits = []
    for _ in range(7):
        (failure,) = await connector_items.failures(pool, "amis", after=None, limit=10)
        waits.append(failure.next_try_at - failure.failed_at)
        await pool.execute("UPDATE connector_failures SET next_try_at = now()")
        await followed(pool, amis)
    assert waits == [*connector_items.AGAIN_AFTER, *connector_items.AGAIN_AFTER[-1:] * 2]


async def test_what_could_not_be_taken_waits_until_it_is_known_to_be_gone(pool: Pool, amis: Served) -> None:
    lost = amis.orders.add(example("Hoàng Thị Lan", 1))
    amis.orders.add(example("Nguyễn Văn An", 2))
    await followed(pool, amis)
    amis.orders.delete(lost["id"])
    await pool.execute("UPDATE connector_failures SET next_try_at = now()")
    await followed(pool, amis)
    (failure,) = await connector_items.failures(pool, "amis", after=None, limit=10)
    assert (failure.reason, failure.tries) == ("not_given", 2)
    for _ in range(2):
        await connectors.want_full_pass(pool, "amis")
        await followed(pool, amis)
    assert await connector_items.count_failures(pool, "amis") == 0


async def test_what_amis_does_not_give_by_its_id_is_taken_when_it_is_seen(pool: Pool, amis: Served) -> None:
    amis.orders.add(example("Hoàng Thị Lan", 1))
    await followed(pool, amis)
    connector = amis.connector()

    async def nothing(_keys: Any) -> list[Any]:
        return []

    connector.read = nothing  # type: ignore[method-assign, assignment]  # as if several ids were written otherwise
    await connector_items.assign(pool, "amis", "Hoàng Thị Lan", "sales2", by="admin1")
    await followed(pool, amis, connector)
    assert await in_crm(pool) == {}
    await followed(pool, amis)
    assert list(await in_crm(pool)) == ["AMIS-1001"]
    assert await connector_items.count_failures(pool, "amis") == 0


async def test_what_amis_does_not_answer_holds_up_nothing_else_that_waits(pool: Pool, amis: Served) -> None:
    amis.orders.add(example("Hoàng Thị Lan", 1))
    amis.orders.add(example("Nguyễn Văn An", 2))
    await followed(pool, amis)
    await pool.execute("UPDATE connector_failures SET next_try_at = now()")
    connector = amis.connector()

    async def fails(_keys: Any) -> list[Any]:
        raise SystemTroubleError("unexpected_answer", "HTTP 404")

    connector.read = fails  # type: ignore[method-assign, assignment]  # as if an id that is gone were an error
    assert await followed(pool, amis, connector) == ""
    (failure,) = await connector_items.failures(pool, "amis", after=None, limit=10)
    assert (failure.reason, failure.tries) == ("not_given", 2)
    assert failure.next_try_at > datetime.now(UTC)


async def test_an_opportunity_whose_number_somebody_has_holds_up_no_order(pool: Pool, amis: Served) -> None:
    amis.has(3)
    await followed(pool, amis)
    number = await pool.fetchval("SELECT number FROM sources WHERE system = 'amis' AND type = 'opportunity' LIMIT 1")
    await connect(pool, amis)  # anew
    await take(pool, "other", [order(number=number)], at=datetime.now(UTC))
    assert await followed(pool, amis) == ""
    assert await in_crm(pool) == there(amis)
    (failure,) = await connector_items.failures(pool, "amis", after=None, limit=10)
    assert (failure.reason, failure.params["value"]) == ("refused_field", number)
    await pool.execute("DELETE FROM sources WHERE system = 'other'")
    await pool.execute("UPDATE connector_failures SET next_try_at = now()")
    await followed(pool, amis)
    assert await connector_items.count_failures(pool, "amis") == 0


async def test_a_date_that_is_none_keeps_no_order_out(pool: Pool, amis: Served) -> None:
    amis.has(3)
    for row in amis.orders.rows:
        row["deadline_date"] = row["delivery_date"] = "0001-01-01T00:00:00+07:00"
    assert await followed(pool, amis) == ""
    assert [order["delivery"] for order in (await in_crm(pool)).values()] == [None] * 3


async def test_a_number_of_records_that_cannot_be_is_none(pool: Pool, amis: Served) -> None:
    amis.has(250)
    amis.oddities.says_total_0 = True
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)


async def test_a_pass_that_was_cut_off_goes_on_from_its_page(pool: Pool, amis: Served) -> None:
    amis.has(1000)
    cut_off_after(4, connector := amis.connector())
    with pytest.raises(asyncio.CancelledError):
        await followed(pool, amis, connector)
    assert 0 < len(await in_crm(pool)) < 1000
    amis.orders.change(amis.orders.rows[900]["id"], shipping_address="Nơi khác")
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)
    assert (await last(pool)).read == 1000, "a page that was read twice counts once"
    assert amis.stand_in.calls["SaleOrders"] <= 1.2 * 10
    assert len(await connectors.syncs(pool, "amis", limit=10)) == 1


async def test_a_pass_that_amis_cuts_off_says_why_and_goes_on_when_it_is_back(pool: Pool, amis: Served) -> None:
    amis.has(300)
    amis.oddities.breaks_every = 1
    assert await followed(pool, amis) == "server_error"
    sync = await last(pool)
    assert (sync.trouble, sync.detail, sync.ended_at) == ("server_error", "HTTP 503", None)
    amis.oddities.breaks_every = 0
    assert await followed(pool, amis) == ""
    assert (await last(pool)).trouble is None
    assert await in_crm(pool) == there(amis)


async def test_changes_that_are_known_to_the_day_only_are_not_missed(pool: Pool, amis: Served) -> None:
    amis.has(5)
    await followed(pool, amis)
    row: dict[str, Any] = amis.orders.rows[0]
    today = datetime.now(UTC).astimezone(datetime.fromisoformat(row["modified_date"]).tzinfo)
    for address in ("Nơi một", "Nơi hai"):  # twice on one day
        row["modified_date"], row["shipping_address"] = f"{today:%d/%m/%Y}", address
        await followed(pool, amis)
        assert (await in_crm(pool))[row["sale_order_no"]]["address"] == address


async def test_a_list_that_is_not_in_order_is_read_to_its_end(pool: Pool, amis: Served) -> None:
    amis.has(250)
    await followed(pool, amis)
    await forget_the_overlap(pool)
    shuffled = amis.orders.rows[:]
    shuffled.reverse()
    amis.orders._sorted = shuffled
    shuffled[240]["shipping_address"] = "Nơi khác"
    shuffled[240]["modified_date"] = datetime.now(UTC).isoformat()
    await followed(pool, amis)
    assert await in_crm(pool) == there(amis)


async def test_another_address_is_read_anew(pool: Pool, amis: Served) -> None:
    amis.has(20)
    await followed(pool, amis)
    settings = await connectors.find(pool, "amis")
    assert settings is not None
    known = settings.model_dump(
        include={"client_id", "client_secret", "hint_secret", "fields", "write_back", "enabled"}
    )
    await connectors.save(pool, "amis", address=f"{amis.address}/", **known, by="admin1")
    await followed(pool, amis)
    sync = await last(pool)
    assert (sync.kind, sync.read, sync.made) == (SyncKind.FULL, 20, 0)


async def test_of_passes_that_found_nothing_only_the_last_one_is_kept(pool: Pool, amis: Served) -> None:
    amis.has(5)
    for _ in range(5):
        await followed(pool, amis)
    assert [sync.kind for sync in await connectors.syncs(pool, "amis", limit=10)] == [SyncKind.CHANGES, SyncKind.FIRST]


async def test_what_is_switched_off_is_not_read(pool: Pool, amis: Served) -> None:
    amis.has(5)
    await pool.execute("UPDATE connectors SET enabled = false")
    await followed(pool, amis)
    assert amis.calls == 0


def cut_off_after(pages: int, connector: Any) -> None:
    """End a pass as a worker that is stopped does, after so many pages were read and before the next one is written."""
    read, left = connector.changed, [pages]

    async def changed(page: int, size: int) -> Any:
        listing = await read(page, size)
        if left[0] == 0:
            raise asyncio.CancelledError
        left[0] -= 1
        return listing

    connector.changed = changed
