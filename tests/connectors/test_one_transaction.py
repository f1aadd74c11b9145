"""A file of orders and what is written down about it are one transaction, and so is whatever a caller of the door adds to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from application.caller import load_caller
from application.recent_sign_in import RecentSignIn
from application.table_files import TableKind
from application.taking import foresee, take
from approval.incoming import Taken
from connectors.files.importing import Imports, Sent
from connectors.files.kinds import ImportKind
from crm.pool import Pool, create_pool
from tests.application.orders import order
from tests.files import csv_table

NUMBER = "DH-ONE-1"


async def orders(pool: Pool, number: str = NUMBER) -> int:
    return int(await pool.fetchval("SELECT count(*) FROM sources WHERE number = $1", number))


def file_of_orders() -> Sent:
    rows = csv_table(
        ["number", "date", "owner", "product_code", "quantity"], [NUMBER, "24/11/2026", "sales1", "LT-T14", "2"]
    )
    return Sent(kind=ImportKind.ORDERS, content=rows, media_type=TableKind.CSV)


async def test_orders_of_a_file_that_cannot_be_written_down_are_not_taken(pool: Pool) -> None:
    admin = await load_caller(pool, "admin1")
    assert admin is not None
    service = Imports(pool, RecentSignIn(timedelta(0)))
    await pool.execute("ALTER TABLE imports ADD CONSTRAINT full_disk CHECK (kind <> 'orders') NOT VALID")
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await service.take(admin, file_of_orders(), import_id=uuid7(), at=datetime.now(UTC))
    finally:
        await pool.execute("ALTER TABLE imports DROP CONSTRAINT full_disk")
    assert await orders(pool) == 0
    await service.take(admin, file_of_orders(), import_id=uuid7(), at=datetime.now(UTC))
    assert await orders(pool) == 1
    await pool.execute("DELETE FROM sources WHERE number = $1", NUMBER)


async def test_a_file_of_orders_needs_one_connection(pool: Pool, database_url: str) -> None:
    admin = await load_caller(pool, "admin1")
    assert admin is not None
    narrow = await create_pool(database_url, 1)
    try:
        service = Imports(narrow, RecentSignIn(timedelta(0)))
        await service.take(admin, file_of_orders(), import_id=uuid7(), at=datetime.now(UTC))
    finally:
        await narrow.close()
    assert await orders(pool) == 1
    await pool.execute("DELETE FROM sources WHERE number = $1", NUMBER)


async def test_what_is_taken_with_a_connection_is_there_when_its_transaction_is_committed(pool: Pool) -> None:
    given = order()
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert await take(connection, "other", [given], at=now) == [Taken.NEW]
        assert (await foresee(connection, "other", [given])).taken == (Taken.UNCHANGED,)
        assert await orders(pool, given.number) == 0
        await transaction.rollback()
    assert await orders(pool, given.number) == 0
    assert await take(pool, "other", [given], at=now) == [Taken.NEW]
