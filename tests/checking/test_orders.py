"""Orders that are open here are compared with what is known of the system that they are of, in spite of its being followed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from uuid_utils.compat import uuid7

from application.amis import AMIS
from application.checking.findings import Kind
from application.reconciling import Reconciler
from application.taking import cancel, take
from approval.incoming import IncomingSource
from crm import connector_items, connectors, findings
from crm.connector_items import Parked, Seen
from crm.connectors import Checkpoint, SyncKind
from crm.pool import Pool
from tests.application.orders import order
from tests.checking.looking import reconcile

pytestmark = pytest.mark.usefixtures("running_worker")

CHANGED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def followed(pool: Pool) -> AsyncIterator[None]:
    """AMIS is connected, and everything in it was read just now."""
    await connectors.save(
        pool,
        AMIS,
        address="https://amis.example",
        client_id="an-phat",
        client_secret="encrypted",
        hint_secret=None,
        fields={},
        write_back={},
        enabled=True,
        by="admin1",
    )
    await read_everything(pool)
    yield
    await pool.execute("DELETE FROM connectors")
    await cancel(pool, AMIS, [row["key"] for row in await pool.fetch("SELECT key FROM sources")], at=CHANGED)


async def read_everything(pool: Pool) -> None:
    """A pass through everything comes to its end."""
    point = Checkpoint(sync_id=uuid7(), kind=SyncKind.FULL)
    await connectors.begin(pool, AMIS, point)
    assert await connectors.finish(pool, AMIS, point, watermark=CHANGED)


async def taken(pool: Pool) -> IncomingSource:
    """An order of AMIS that was read and taken."""
    given = order()
    await take(pool, AMIS, [given], at=CHANGED)
    async with pool.acquire() as connection, connection.transaction():
        await connector_items.note_taken(connection, AMIS, [Seen(key=given.key, changed_at=CHANGED)], seen_in=1)
    return given


async def waiting(pool: Pool, reconciler: Reconciler) -> dict[str, dict[str, str]]:
    """What waits for a person after a pass: facts by kind."""
    reconciled = await reconcile(reconciler)
    found = {one.kind: dict(one.facts) for one in await findings.open_findings(pool, 10)}
    assert (reconciled.waiting, reconciled.mended) == (len(found), 0)
    return found


async def test_orders_that_are_as_they_were_read_are_left_alone(pool: Pool, reconciler: Reconciler) -> None:
    first, gone = await taken(pool), await taken(pool)
    await cancel(pool, AMIS, [gone.key], at=CHANGED)
    async with pool.acquire() as connection, connection.transaction():
        await connector_items.note_gone(connection, AMIS, [gone.key])
    await take(pool, "files", [order()], at=CHANGED)
    assert first.number
    assert await waiting(pool, reconciler) == {}


async def test_orders_that_nobody_has_read_for_an_hour_wait_for_a_person(pool: Pool, reconciler: Reconciler) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    await pool.execute("UPDATE connector_syncs SET ended_at = $1", long_ago)
    at = f"{long_ago:%Y-%m-%d %H:%M} UTC"
    assert await waiting(pool, reconciler) == {Kind.ORDERS_NOT_READ: {"system": AMIS, "at": at, "trouble": ""}}
    point = Checkpoint(sync_id=uuid7(), kind=SyncKind.CHANGES)
    await connectors.begin(pool, AMIS, point)
    await connectors.note_trouble(pool, point.sync_id, "credentials_refused", "401")
    assert (await waiting(pool, reconciler))[Kind.ORDERS_NOT_READ]["trouble"] == "credentials_refused"
    await connectors.finish(pool, AMIS, point, watermark=CHANGED)
    assert await waiting(pool, reconciler) == {}


async def test_one_that_cannot_be_taken_again_and_again_waits_for_a_person(pool: Pool, reconciler: Reconciler) -> None:
    given = await taken(pool)
    parked = Parked(key=given.key, number=given.number, owner="?", reason="owner_unknown", params={"owner": "?"})
    for tries in range(1, 4):
        async with pool.acquire() as connection, connection.transaction():
            await connector_items.park(connection, AMIS, [parked])
        facts = {"system": AMIS, "count": "1", "orders": given.number}
        assert await waiting(pool, reconciler) == ({Kind.ORDERS_PARKED: facts} if tries == 3 else {})
    async with pool.acquire() as connection, connection.transaction():
        await connector_items.unpark(connection, AMIS, [given.key])
    assert await waiting(pool, reconciler) == {}


async def test_one_that_the_last_pass_has_not_seen_waits_until_it_is_seen_or_cancelled(
    pool: Pool, reconciler: Reconciler
) -> None:
    given = await taken(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connector_items.count_missed(connection, AMIS, seen_in=2)
    facts = {"system": AMIS, "count": "1", "orders": given.number}
    assert await waiting(pool, reconciler) == {Kind.ORDERS_MISSED: facts}
    async with pool.acquire() as connection, connection.transaction():
        await connector_items.note_seen(connection, AMIS, [given.key], seen_in=2)
    assert await waiting(pool, reconciler) == {}


@pytest.mark.parametrize("known", [False, True], ids=["that-was-never-read", "that-is-gone"])
async def test_one_that_is_open_here_and_not_there_waits_for_a_person(
    pool: Pool, reconciler: Reconciler, known: bool
) -> None:
    well, given = await taken(pool), await taken(pool)
    async with pool.acquire() as connection, connection.transaction():
        if known:
            await connector_items.note_gone(connection, AMIS, [given.key])
        else:
            await connection.execute("DELETE FROM connector_items WHERE key = $1", given.key)
    facts = {"system": AMIS, "count": "1", "orders": given.number}
    assert await waiting(pool, reconciler) == {Kind.ORDERS_NOT_THERE: facts}
    assert well.number
    await cancel(pool, AMIS, [given.key], at=CHANGED)
    assert await waiting(pool, reconciler) == {}


async def test_a_system_that_is_not_followed_any_more_is_left_alone(pool: Pool, reconciler: Reconciler) -> None:
    await take(pool, AMIS, [order()], at=CHANGED)
    await pool.execute("UPDATE connectors SET enabled = false")
    assert await waiting(pool, reconciler) == {}
