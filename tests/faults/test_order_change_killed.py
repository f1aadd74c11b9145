"""A worker dies between an order's change and the hold of the request that was made from it: it is held, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import pytest_asyncio

from application.taking import take
from approval.incoming import IncomingSource
from crm.pool import Pool, create_pool
from tests.application.orders import SYSTEM, made_from, taken, with_quantity
from tests.clients import ApiClient
from tests.faults.held import held_commit
from tests.faults.system import System, eventually, settled

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest_asyncio.fixture(loop_scope="session")
async def pool(system: System) -> AsyncIterator[Pool]:
    """The CRM, for the connector of another system."""
    pool = await create_pool(system.database_url, 2)
    yield pool
    await pool.close()


async def sent_of(pool: Pool, sales: ApiClient, given: IncomingSource) -> str:
    """A request for the goods of an order, which waits for its first approver."""
    request_id = str((await made_from(pool, given)).id)
    await sales.act(request_id, "send")

    async def waits() -> bool:
        return bool((await sales.request(request_id))["process_status"] == "in_progress")

    await eventually(waits)
    return request_id


async def held_once(system: System, sales: ApiClient, request_id: str) -> None:
    """It is held, nobody can decide it, and its timeline says so once."""

    async def is_held() -> bool:
        return any(entry["action"] == "hold" for entry in await sales.timeline(request_id))

    await eventually(is_held)
    await settled(system)
    assert [entry["action"] for entry in await sales.timeline(request_id)].count("hold") == 1
    (run,) = await system.rows("SELECT hold IS NOT NULL AS held FROM runs WHERE request_id = $1", UUID(request_id))
    (told,) = await system.rows(
        "SELECT count(*) AS times FROM outbox WHERE request_id = $1 AND type = 'request.held'", UUID(request_id)
    )
    assert (run["held"], told["times"]) == (True, 1)


async def test_a_worker_that_is_dead_when_an_order_changes_holds_its_request_afterwards(
    system: System, pool: Pool, sales: ApiClient
) -> None:
    given = await taken(pool)
    request_id = await sent_of(pool, sales, given)
    await system.kill("worker")
    await take(pool, SYSTEM, [with_quantity(given, 12)], at=datetime.now(UTC))
    await system.start("worker")
    await held_once(system, sales, request_id)


async def test_a_worker_killed_while_it_commits_the_hold_holds_once(
    system: System, pool: Pool, sales: ApiClient
) -> None:
    given = await taken(pool)
    request_id = await sent_of(pool, sales, given)
    async with held_commit(system) as commit:
        await take(pool, SYSTEM, [with_quantity(given, 12)], at=datetime.now(UTC))
        await commit.wait_for_commit()
        await system.kill("worker")
        await commit.release()
    await system.start("worker")
    await held_once(system, sales, request_id)
