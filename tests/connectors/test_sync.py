"""A pass is made by the engine: by its schedule, when somebody wants it, and by another worker when one has died."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleOverlapPolicy

from application.following import Following
from application.schedules import following, schedule_once
from crm import connectors
from crm.pool import Pool
from tests.connectors.amis import Served, follow_nothing, in_crm, there
from tests.eventually import eventually
from workflows import contracts
from workflows.connector_contract import EVERY, SYNC_TYPE, SyncInput, schedule_id
from workflows.connectors import SILENT_LIMIT


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def no_schedule(temporal_client: Client) -> AsyncIterator[None]:
    """The engine follows nothing before a test, and after it."""
    await follow_nothing(temporal_client)
    yield
    await follow_nothing(temporal_client)


async def has_everything(pool: Pool, amis: Served) -> bool:
    return await in_crm(pool) == there(amis)


@pytest.mark.usefixtures("running_worker")
async def test_a_pass_is_made_as_soon_as_somebody_wants_it(pool: Pool, amis: Served, temporal_client: Client) -> None:
    amis.has(120)
    await Following(temporal_client).now("amis")
    await eventually(lambda: has_everything(pool, amis))
    amis.orders.change(amis.orders.rows[7]["id"], shipping_address="Nơi khác")
    await Following(temporal_client).now("amis")
    await eventually(lambda: has_everything(pool, amis))


async def test_a_system_is_followed_every_minute_and_never_by_two_at_once(
    temporal_client: Client, task_queue: str
) -> None:
    assert await schedule_once(temporal_client, following("amis"))
    assert not await schedule_once(temporal_client, following("amis"))
    schedule = (await temporal_client.get_schedule_handle(schedule_id("amis")).describe()).schedule
    assert [interval.every for interval in schedule.spec.intervals] == [EVERY]
    assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert isinstance(schedule.action, ScheduleActionStartWorkflow)
    assert (schedule.action.workflow, schedule.action.task_queue) == (SYNC_TYPE, task_queue)


@pytest.mark.usefixtures("running_worker")
async def test_a_pass_over_what_cannot_be_read_ends_and_says_why(
    pool: Pool, amis: Served, temporal_client: Client
) -> None:
    await pool.execute("UPDATE connectors SET client_secret = 'not encrypted by us', changed_at = now()")
    said = await temporal_client.execute_workflow(
        SYNC_TYPE, SyncInput(system="amis"), id="unreadable", task_queue=contracts.TASK_QUEUE
    )
    assert said == "key_missing"
    assert amis.calls == 0


@pytest.mark.usefixtures("running_worker")
async def test_a_system_that_is_slow_is_no_worker_that_died(pool: Pool, amis: Served, temporal_client: Client) -> None:
    amis.has(3)
    amis.oddities.slow_seconds = SILENT_LIMIT.total_seconds() + 1
    handle = await temporal_client.start_workflow(
        SYNC_TYPE, SyncInput(system="amis"), id="slow", task_queue=contracts.TASK_QUEUE
    )

    async def is_asked() -> bool:
        return amis.stand_in.calls["SaleOrders"] > 0

    await eventually(is_asked)
    amis.oddities.slow_seconds = 0.0  # for the next page
    await handle.result()
    assert await in_crm(pool) == there(amis)
    assert amis.stand_in.calls["SaleOrders"] == 2
    assert len(await connectors.syncs(pool, "amis", limit=10)) == 1
