"""A schedule of the engine has the figures of the overview counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client, ScheduleHandle, ScheduleOverlapPolicy
from temporalio.service import RPCError

from application import schedules
from crm.pool import Pool
from tests.crm.saved import SavedRun, save
from tests.eventually import eventually
from workflows import counting_contract

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture
async def schedule(temporal_client: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScheduleHandle]:
    """A schedule of the test's own, yet to be made."""
    monkeypatch.setattr(counting_contract, "COUNTING_SCHEDULE", name := f"counting-{uuid4().hex[:8]}")
    handle = temporal_client.get_schedule_handle(name)
    yield handle
    with suppress(RPCError):
        await handle.delete()


async def test_what_has_changed_is_counted_one_round_at_a_time(
    temporal_client: Client, schedule: ScheduleHandle, pool: Pool
) -> None:
    await SavedRun.sent(pool, await save(pool))
    assert await schedules.schedule(temporal_client, schedules.counting())
    assert not await schedules.schedule(temporal_client, schedules.counting())
    policy = (await schedule.describe()).schedule.policy
    assert policy.overlap is ScheduleOverlapPolicy.SKIP
    await schedule.trigger()

    async def counted() -> bool:
        return await pool.fetchval("SELECT counted_at FROM overview_state") is not None

    await eventually(counted)
    assert await pool.fetchval("SELECT count(*) FROM overview_changes") == 0
    assert await pool.fetchval("SELECT sum(number) FROM overview_sums WHERE owner = '' AND figure = 'open'") == 1
