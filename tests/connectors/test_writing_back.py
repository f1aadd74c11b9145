"""Telling orders of AMIS of their requests: with ids and the fields that were named, never lines; gathered, and holding up nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import ValidationError

from application.amis_write_back import AmisWriteBack
from approval.incoming import SourceType
from connectors.amis.client import SALE_ORDERS
from connectors.amis.connector import AmisConnector
from connectors.interface import Problem, SystemTroubleError
from connectors.writing_back import AT_ONCE, LONGEST, write_back
from crm import connector_writings, connectors
from crm.connector_items import AGAIN_AFTER
from crm.drafts import SourceRef
from crm.pool import Pool
from embedded.amis.orders import Row
from tests.connectors.amis import Served, followed
from tests.crm.saved import save

FIELDS = {"number": "custom_field1", "status": "custom_field2", "link": "custom_field3"}
BASE_URL = "https://crm.example"


async def name_fields(pool: Pool, amis: Served, fields: Mapping[str, str] = FIELDS) -> None:
    """As an admin does."""
    settings = await connectors.find(pool, "amis")
    assert settings is not None
    known = settings.model_dump(include={"client_id", "client_secret", "hint_secret", "fields", "enabled"})
    await connectors.save(pool, "amis", address=amis.address, **known, write_back=fields, by="admin1")


async def written(pool: Pool, amis: Served, connector: AmisConnector | None = None) -> list[list[Row]]:
    """What AMIS is told now, call by call."""
    connector = connector or amis.connector()
    before = len(amis.stand_in.put)
    settings = await connectors.find(pool, "amis")
    assert settings is not None
    try:
        await write_back(pool, connector, settings.changed_at, BASE_URL, lambda: None)
    finally:
        await connector.close()
    return amis.stand_in.put[before:]


async def sent(pool: Pool, row: Row, status: str = "in_progress") -> UUID:
    """A request that was made from an order and sent."""
    key = str(row["id"])
    source_id = await pool.fetchval("SELECT id FROM sources WHERE system = 'amis' AND key = $1", key)
    request = await save(pool, source=SourceRef(type=SourceType.SALES_ORDER, id=source_id))
    await becomes(pool, [request.id], status)
    return request.id


async def becomes(pool: Pool, request_ids: Sequence[UUID], status: str) -> None:
    """Something happens to requests, which is told on."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE purchase_requests SET process_status = $2 WHERE id = ANY ($1)", list(request_ids), status
        )
        await connector_writings.mark(connection, "amis", request_ids)


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def no_requests(pool: Pool) -> AsyncIterator[None]:
    """Requests of these tests have no run, whatever they say."""
    yield
    await pool.execute(
        """UPDATE purchase_requests SET process_status = 'not_sent'
           WHERE source_id IN (SELECT id FROM sources WHERE system = 'amis')"""
    )


async def numbers(pool: Pool, *request_ids: UUID) -> list[str]:
    return [await pool.fetchval("SELECT number FROM purchase_requests WHERE id = $1", one) for one in request_ids]


async def test_nothing_is_written_unless_fields_are_named(pool: Pool, amis: Served) -> None:
    amis.has(1)
    await followed(pool, amis)
    await sent(pool, amis.orders.rows[0])
    assert await written(pool, amis) == []
    assert await connector_writings.count_waiting(pool, "amis") == 0


async def test_ids_and_the_named_fields_are_all_that_is_written_and_lines_stay(pool: Pool, amis: Served) -> None:
    amis.has(1)
    await followed(pool, amis)
    await name_fields(pool, amis)
    before = amis.orders.rows[0]
    request_id = await sent(pool, before)
    (number,) = await numbers(pool, request_id)
    said = {
        "custom_field1": number,
        "custom_field2": "Đang thực hiện",
        "custom_field3": f"{BASE_URL}/requests/{request_id}",
    }
    assert await written(pool, amis) == [[{"id": before["id"], **said}]]
    after = amis.orders.rows[0]
    assert after == {**before, **said, "modified_date": after["modified_date"]}
    assert len(after["sale_order_product_mappings"]) == 2


async def test_a_put_with_lines_would_have_taken_the_others_away(amis: Served) -> None:
    amis.has(1)
    row = amis.orders.rows[0]
    lines = row["sale_order_product_mappings"]
    wrong = await amis.client().put(SALE_ORDERS, [{"id": row["id"], "sale_order_product_mappings": lines[:1]}])
    assert wrong == [None]
    assert len(amis.orders.rows[0]["sale_order_product_mappings"]) == 1, "the stand-in is as dangerous as AMIS"


async def test_the_same_is_written_once_and_what_changed_meanwhile_as_it_is_by_then(pool: Pool, amis: Served) -> None:
    amis.has(1)
    await followed(pool, amis)
    await name_fields(pool, amis)
    request_id = await sent(pool, amis.orders.rows[0])
    assert len(await written(pool, amis)) == 1
    await becomes(pool, [request_id], "in_progress")  # somebody commented, say
    assert await written(pool, amis) == []
    await becomes(pool, [request_id], "returned")
    await becomes(pool, [request_id], "in_progress")
    await becomes(pool, [request_id], "completed")
    ((row,),) = await written(pool, amis)
    assert row["custom_field2"] == "Đã hoàn thành"
    await followed(pool, amis)
    assert await written(pool, amis) == [], "that the order has changed there starts nothing"


async def test_orders_are_gathered_into_few_calls(pool: Pool, amis: Served) -> None:
    amis.has(2 * AT_ONCE + 5)
    await followed(pool, amis)
    await name_fields(pool, amis)
    for row in amis.orders.rows:
        await sent(pool, row)
    assert [len(rows) for rows in await written(pool, amis)] == [AT_ONCE, AT_ONCE, 5]


async def test_what_was_sent_before_is_told_when_fields_are_named_and_drafts_never_are(
    pool: Pool, amis: Served
) -> None:
    amis.has(2)
    await followed(pool, amis)
    first, second = amis.orders.rows
    await sent(pool, first)
    await sent(pool, second, "not_sent")
    await name_fields(pool, amis)
    assert [row["id"] for rows in await written(pool, amis) for row in rows] == [first["id"]]
    await name_fields(pool, amis, {"status": "custom_field9"})
    assert await written(pool, amis) == [[{"id": first["id"], "custom_field9": "Đang thực hiện"}]]
    await name_fields(pool, amis, {})
    await sent(pool, first)
    assert await written(pool, amis) == []


async def test_an_order_of_several_requests_names_them_all_the_newest_first(pool: Pool, amis: Served) -> None:
    amis.has(1)
    await followed(pool, amis)
    await name_fields(pool, amis)
    row = amis.orders.rows[0]
    old, new = await sent(pool, row, "rejected"), await sent(pool, row)
    first, second = await numbers(pool, new, old)
    ((said,),) = await written(pool, amis)
    assert said["custom_field1"] == f"{first}; {second}"
    assert said["custom_field2"] == f"{first}: Đang thực hiện; {second}: Từ chối"
    assert said["custom_field3"].endswith(str(new))
    for _ in range(20):
        await sent(pool, row)
    ((said,),) = await written(pool, amis)
    assert said["custom_field1"].endswith("; …")
    assert max(len(said["custom_field1"]), len(said["custom_field2"])) <= LONGEST


async def test_an_order_that_amis_does_not_take_keeps_no_other_from_being_told(pool: Pool, amis: Served) -> None:
    amis.has(3)
    await followed(pool, amis)
    await name_fields(pool, amis)
    rows = amis.orders.rows[:]
    for row in rows:
        await sent(pool, row)
    amis.orders.delete(rows[1]["id"])
    await written(pool, amis)
    assert all("custom_field1" in row for row in amis.orders.rows)
    (failed,) = await connector_writings.unwritten(pool, "amis", limit=10)
    assert (failed.number, failed.reason) == (rows[1]["sale_order_no"], "says_failed")
    assert "Không tìm thấy bản ghi" in failed.params["detail"]
    assert await written(pool, amis) == [], "it is left alone for a while"
    waits = [failed.next_try_at - failed.failed_at]
    for _ in range(2):
        await connector_writings.try_now(pool, "amis")
        await written(pool, amis)
        (failed,) = await connector_writings.unwritten(pool, "amis", limit=10)
        waits.append(failed.next_try_at - failed.failed_at)
    assert waits == list(AGAIN_AFTER[:3])
    amis.orders.load([rows[1]])
    await connector_writings.try_now(pool, "amis")
    await written(pool, amis)
    assert await connector_writings.unwritten(pool, "amis", limit=10) == []
    assert await connector_writings.count_waiting(pool, "amis") == 0


async def test_a_call_that_fails_as_a_whole_is_made_again_order_by_order(pool: Pool, amis: Served) -> None:
    amis.has(3)
    await followed(pool, amis)
    await name_fields(pool, amis)
    for row in amis.orders.rows[:]:
        await sent(pool, row)
    connector = amis.connector()
    await connector.changed(0, 1)  # so that the next call is the second
    amis.oddities.fails_every = 2
    amis.stand_in._counted = 1
    assert [len(rows) for rows in await written(pool, amis, connector)] == [1, 1]
    amis.oddities.switch(set())
    await connector_writings.try_now(pool, "amis")
    assert [len(rows) for rows in await written(pool, amis)] == [1]
    assert await connector_writings.count_waiting(pool, "amis") == 0


async def test_what_cannot_be_told_since_amis_is_away_waits_and_is_told_later(pool: Pool, amis: Served) -> None:
    amis.has(2 * AT_ONCE)
    await followed(pool, amis)
    await name_fields(pool, amis)
    for row in amis.orders.rows[:]:
        await sent(pool, row)
    amis.oddities.breaks_every = 1
    before = amis.stand_in.calls["PUT SaleOrders"]
    await written(pool, amis)
    assert amis.stand_in.calls["PUT SaleOrders"] - before == 6, "one call, as patient as any, and no further one"
    assert {one.reason for one in await connector_writings.unwritten(pool, "amis", limit=99)} == {"server_error"}
    amis.oddities.switch(set())
    await connector_writings.try_now(pool, "amis")
    assert sum(len(rows) for rows in await written(pool, amis)) == 2 * AT_ONCE


async def test_what_happens_while_an_order_is_told_is_told_after_it(pool: Pool, amis: Served) -> None:
    amis.has(1)
    await followed(pool, amis)
    await name_fields(pool, amis)
    request_id = await sent(pool, amis.orders.rows[0])
    connector = amis.connector()
    write = connector.write
    completed: list[UUID] = []

    async def meanwhile(orders: Mapping[str, Mapping[str, str]]) -> Mapping[str, Problem]:
        found = await write(orders)
        if not completed:
            completed.append(request_id)
            await becomes(pool, [request_id], "completed")
        return found

    connector.write = meanwhile  # type: ignore[method-assign]
    said = [rows[0]["custom_field2"] for rows in await written(pool, amis, connector)]
    assert said == ["Đang thực hiện", "Đã hoàn thành"]


@pytest.mark.parametrize("enabled", [True, False])
async def test_once_the_settings_change_nothing_more_is_told_by_the_old_ones(
    pool: Pool, amis: Served, enabled: bool
) -> None:
    amis.has(AT_ONCE + 1)
    await followed(pool, amis)
    await name_fields(pool, amis)
    for row in amis.orders.rows[:]:
        await sent(pool, row)
    connector = amis.connector()
    write = connector.write

    async def meanwhile(orders: Mapping[str, Mapping[str, str]]) -> Mapping[str, Problem]:
        found = await write(orders)
        await pool.execute("UPDATE connectors SET enabled = $1", enabled)
        await name_fields(pool, amis, {"number": "custom_field8"})
        return found

    connector.write = meanwhile  # type: ignore[method-assign]
    assert [len(rows) for rows in await written(pool, amis, connector)] == [AT_ONCE]
    assert await connector_writings.count_waiting(pool, "amis") == AT_ONCE + 1, "none is noted as told"
    await pool.execute("UPDATE connectors SET enabled = true")
    told = await written(pool, amis)
    assert [len(rows) for rows in told] == [AT_ONCE, 1]
    assert {name for rows in told for row in rows for name in row} == {"id", "custom_field8"}


async def test_an_order_that_amis_cannot_be_asked_about_holds_up_no_other_for_long(pool: Pool, amis: Served) -> None:
    amis.has(5)
    await followed(pool, amis)
    await name_fields(pool, amis)
    keys = [str(row["id"]) for row in amis.orders.rows]
    for row in amis.orders.rows[:]:
        await sent(pool, row)

    async def after_a_while(broken: set[str]) -> list[list[str]]:
        """The next pass, of a system that answers nothing about some orders; what it was asked, call by call."""
        connector, asked = amis.connector(), []
        write = connector.write

        async def broken_for(orders: Mapping[str, Mapping[str, str]]) -> Mapping[str, Problem]:
            asked.append(list(orders))
            if broken & set(orders):
                raise SystemTroubleError("server_error", "HTTP 503")
            return await write(orders)

        connector.write = broken_for  # type: ignore[method-assign]
        await connector_writings.try_now(pool, "amis")
        await written(pool, amis, connector)
        return asked

    first, second = sorted(keys)[:2]
    assert len(await after_a_while({first})) == 1, "together; and no further call, for AMIS may be away"
    assert len(await after_a_while({first})) == 5
    assert await connector_writings.count_waiting(pool, "amis") == 1
    assert len(await after_a_while(set())) == 1
    assert await connector_writings.count_waiting(pool, "amis") == 0
    await name_fields(pool, amis, {"number": "custom_field8"})
    assert len(await after_a_while(set(keys))) == 1
    assert await after_a_while({first, second}) == [[first], [second]], "two that fail so, and it is left alone"
    left = await pool.fetch("SELECT key FROM connector_writings WHERE marks > told AND next_try_at <= now()")
    assert {row["key"] for row in left} == set(keys) - {first, second}, "the others are the first to be asked then"


@pytest.mark.parametrize(
    "names",
    [
        {"number": "sale_order_product_mappings"},
        {"status": "status"},
        {"status": "Status"},
        {"link": "id"},
        {"number": "custom_field1", "status": "custom_field1"},
        {"number": "custom_field1", "status": "Custom_Field1"},
        {"number": "a b"},
    ],
)
def test_no_field_that_amis_uses_itself_is_written(names: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        AmisWriteBack.model_validate(names)


async def test_no_field_that_is_read_is_written_whatever_was_kept(pool: Pool, amis: Served) -> None:
    amis.has(1)
    await followed(pool, amis)
    await name_fields(pool, amis, {"number": "Order_Lines"})
    await sent(pool, amis.orders.rows[0])
    await pool.execute("UPDATE connectors SET fields = $1", {"lines": "order_lines"})
    assert await written(pool, amis) == []
    await pool.execute("UPDATE connectors SET fields = '{}'")
    assert len(await written(pool, amis)) == 1


async def test_many_orders_are_told_over_several_passes_so_that_what_is_read_need_not_wait(
    pool: Pool, amis: Served
) -> None:
    amis.has(AT_ONCE + 1)
    await followed(pool, amis)
    await name_fields(pool, amis)
    for row in amis.orders.rows[:]:
        await sent(pool, row)
    settings, connector = await connectors.find(pool, "amis"), amis.connector()
    assert settings is not None
    waiting = []
    for _ in range(2):
        await write_back(pool, connector, settings.changed_at, BASE_URL, lambda: None, seconds=0)
        waiting.append(await connector_writings.count_waiting(pool, "amis"))
    await connector.close()
    assert waiting == [1, 0]


async def test_another_client_is_told_everything_though_in_the_same_fields(pool: Pool, amis: Served) -> None:
    amis.has(1)
    await followed(pool, amis)
    await name_fields(pool, amis)
    await sent(pool, amis.orders.rows[0])
    told = await written(pool, amis)
    assert await written(pool, amis) == []
    await pool.execute("UPDATE connectors SET client_id = 'another'")
    settings = await connectors.find(pool, "amis")
    assert settings is not None
    known = settings.model_dump(include={"client_secret", "hint_secret", "fields", "write_back", "enabled"})
    await connectors.save(pool, "amis", address=amis.address, client_id="an-phat", **known, by="admin1")
    assert await written(pool, amis) == told
