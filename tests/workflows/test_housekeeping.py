"""What nobody needs any more is forgotten by a schedule of the engine, a little at a time; what is needed stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.client import (
    Client,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError
from uuid_utils.compat import uuid7

import worker
from application import schedules
from approval.model import Action
from crm import commands, requests, retention
from crm.pool import Pool
from crm.retention import Passing, Retention
from crm.visibility import EVERYTHING
from settings import Settings
from tests.crm.saved import NOW, SavedRun, save
from tests.eventually import eventually
from workflows import contracts, reconciliation_contract
from workflows.notice_contract import NOTICES_ID


@pytest_asyncio.fixture
async def schedule(temporal_client: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScheduleHandle]:
    """A schedule of the test's own, yet to be made."""
    name = f"housekeeping-{uuid4().hex[:8]}"
    monkeypatch.setattr(contracts, "HOUSEKEEPING_SCHEDULE", name)
    monkeypatch.setattr(reconciliation_contract, "RECONCILIATION_SCHEDULE", f"reconciliation-{name}")
    handle = temporal_client.get_schedule_handle(name)
    yield handle
    for made in (handle, temporal_client.get_schedule_handle(f"reconciliation-{name}")):
        with suppress(RPCError):
            await made.delete()


async def make_older(pool: Pool, table: str, column: str, days: int, **of: Any) -> None:
    """Put rows back by some days, as if they had been written then."""
    (name,) = of
    await pool.execute(
        f"UPDATE {table} SET {column} = now() - make_interval(days => $1) WHERE {name} = $2", days, of[name]
    )


async def kept(pool: Pool, table: str, column: str) -> set[Any]:
    return {row[column] for row in await pool.fetch(f"SELECT {column} FROM {table}")}


async def store_send(pool: Pool, request_id: UUID) -> UUID:
    command_id = uuid7()
    await commands.store(
        pool, command_id=command_id, request_id=request_id, action=Action.SEND, actor="sales1", payload={}, at=NOW
    )
    return command_id


@pytest.mark.usefixtures("running_worker")
async def test_what_is_past_its_time_goes_and_all_else_stays(
    temporal_client: Client, schedule: ScheduleHandle, pool: Pool
) -> None:
    old = (await SavedRun.sent(pool, await save(pool))).request_id
    young = (await SavedRun.sent(pool, await save(pool))).request_id
    unsent = await save(pool)
    waiting = await store_send(pool, unsent.id)
    await make_older(pool, "commands", "created_at", 400, id=waiting)
    noted = await store_send(pool, (await save(pool)).id)  # said to be delivered, and without an outcome
    await make_older(pool, "commands", "delivered_at", 400, id=noted)
    await make_older(pool, "commands", "delivered_at", 31, request_id=old)
    await make_older(pool, "commands", "delivered_at", 29, request_id=young)
    untold = (await SavedRun.sent(pool, await save(pool))).request_id
    for told in (old, young):
        await make_older(pool, "outbox", "dispatched_at", 0, request_id=told)
    await make_older(pool, "outbox", "created_at", 31, request_id=old)
    await make_older(pool, "outbox", "created_at", 400, request_id=untold)
    for days, mail_at in ((366, None), (366, NOW), (364, None)):
        await pool.execute(
            """INSERT INTO notices (id, username, event_id, request_id, kind, type, facts, created_at, mail_at)
               VALUES ($1, 'sales1', $1, $2, 'outcome', 'request.returned', '{}', now() - make_interval(days => $3), $4)""",
            uuid7(),
            old,
            days,
            mail_at,
        )
    await make_older(pool, "outbox", "created_at", 29, request_id=young)
    for key in ("old", "young"):
        await pool.execute("INSERT INTO idempotency_keys VALUES ('sales1', $1, '', $2)", key, uuid4())
    await make_older(pool, "idempotency_keys", "created_at", 8, key="old")
    await make_older(pool, "idempotency_keys", "created_at", 6, key="young")
    await pool.execute(
        "INSERT INTO purchasing_events (event_id, request_id, occurred_at, body, applied, received_at)"
        " VALUES ('report', $1, $2, '{}', true, $2)",
        old,
        NOW - timedelta(days=4000),
    )
    timeline = await pool.fetchval("SELECT count(*) FROM timeline")

    await schedules.schedule(temporal_client, schedules.housekeeping())
    await schedule.trigger()

    async def forgotten() -> bool:
        told = await pool.fetchval("SELECT count(*) FROM outbox WHERE request_id = $1", old)
        return not told and await pool.fetchval("SELECT count(*) FROM notices WHERE request_id = $1", old) == 2

    await eventually(forgotten)
    assert await pool.fetchval("SELECT count(*) FROM notices WHERE mail_at IS NOT NULL AND request_id = $1", old) == 1
    assert await kept(pool, "commands", "request_id") >= {young, unsent.id}
    assert old not in await kept(pool, "commands", "request_id")
    assert await kept(pool, "commands", "id") >= {waiting, noted}
    assert await kept(pool, "outbox", "request_id") >= {young, untold}
    assert await kept(pool, "idempotency_keys", "key") == {"young"}
    assert await kept(pool, "purchasing_events", "event_id") == {"report"}
    assert await pool.fetchval("SELECT count(*) FROM timeline") == timeline
    assert (await requests.load(pool, unsent.id, EVERYTHING)).send_pending  # type: ignore[union-attr]


async def test_a_send_whose_command_was_forgotten_is_still_known_when_it_comes_again(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    body = {"command_id": str(await pool.fetchval("SELECT id FROM commands WHERE request_id = $1", run.request_id))}
    await make_older(pool, "commands", "delivered_at", 31, request_id=run.request_id)
    assert await retention.forget_some(pool, Passing.COMMANDS, Retention()) == 1
    before = await requests.load(pool, run.request_id, EVERYTHING)
    view = await run.apply(Action.SEND, body)  # as after a reset of its workflow
    assert (view.status, view.step) == ("in_progress", "manager")
    assert await requests.load(pool, run.request_id, EVERYTHING) == before
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE request_id = $1", run.request_id) == 2


@pytest.mark.usefixtures("running_worker")
async def test_many_rows_go_in_many_statements(temporal_client: Client, schedule: ScheduleHandle, pool: Pool) -> None:
    await pool.execute(
        """CREATE TABLE statements (deleted integer);
           CREATE FUNCTION note_statement() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN INSERT INTO statements SELECT count(*) FROM gone; RETURN NULL; END';
           CREATE TRIGGER note_statement AFTER DELETE ON idempotency_keys REFERENCING OLD TABLE AS gone
               FOR EACH STATEMENT EXECUTE FUNCTION note_statement();
           INSERT INTO idempotency_keys (caller, key, fingerprint, subject_id, created_at)
               SELECT 'many', number, '', gen_random_uuid(), now() - interval '8 days' FROM generate_series(1, 10000) number"""
    )
    await schedules.schedule(temporal_client, schedules.housekeeping())
    await schedule.trigger()

    async def forgotten() -> bool:
        return not await pool.fetchval("SELECT count(*) FROM idempotency_keys WHERE caller = 'many'")

    await eventually(forgotten)
    deleted = [row["deleted"] for row in await pool.fetch("SELECT deleted FROM statements")]
    assert sum(deleted) == 10_000
    assert max(deleted) == retention.BATCH


@pytest.mark.parametrize("minutes", [7, 0])
async def test_a_worker_makes_the_schedules_when_it_starts(
    schedule: ScheduleHandle, settings: Settings, temporal_client: Client, minutes: int
) -> None:
    """That of the reconciler as often as is wanted, or not at all."""
    reconciling = temporal_client.get_schedule_handle(reconciliation_contract.RECONCILIATION_SCHEDULE)
    settings = settings.model_copy(update={"reconcile_minutes": minutes})
    stop = asyncio.Event()
    work = asyncio.create_task(worker._work(settings, list(worker.Work), stop))

    async def made() -> bool:
        with suppress(RPCError):
            await temporal_client.get_workflow_handle(NOTICES_ID).describe()  # which is seen to after the schedules
            return bool((await schedule.describe()).schedule.policy.overlap is ScheduleOverlapPolicy.SKIP)
        return False

    try:
        await eventually(made)
        if minutes:
            wanted = (await reconciling.describe()).schedule
            assert [interval.every for interval in wanted.spec.intervals] == [timedelta(minutes=minutes)]
            assert wanted.policy.overlap is ScheduleOverlapPolicy.SKIP
        else:
            with pytest.raises(RPCError):
                await reconciling.describe()
    finally:
        stop.set()
        await work
    description = await schedule.describe()
    assert [interval.every for interval in description.schedule.spec.intervals] == [timedelta(hours=1)]
    assert description.schedule.policy.catchup_window == timedelta(minutes=10)


def versions(description: ScheduleDescription) -> tuple[Any, ...]:
    return description.info.created_at, description.info.last_updated_at, description.raw_description.conflict_token


async def test_workers_that_start_at_once_and_later_change_nothing(
    temporal_client: Client, schedule: ScheduleHandle
) -> None:
    await asyncio.gather(*(schedules.schedule(temporal_client, schedules.housekeeping()) for _ in range(8)))
    before = await schedule.describe()
    await schedules.schedule(temporal_client, schedules.housekeeping())
    after = await schedule.describe()
    assert after.info.last_updated_at is None
    assert versions(after) == versions(before)


async def test_a_schedule_that_differs_is_mended_and_stays_paused(
    temporal_client: Client, schedule: ScheduleHandle
) -> None:
    await schedules.schedule(temporal_client, schedules.housekeeping())

    def differ(found: ScheduleUpdateInput) -> ScheduleUpdate:
        changed = found.description.schedule
        changed.spec.intervals = [ScheduleIntervalSpec(every=timedelta(hours=5))]
        changed.state.paused, changed.state.note = True, "by an operator"
        return ScheduleUpdate(changed)

    await schedule.update(differ)

    async def as_the_operator_wants_it() -> bool:
        found = (await schedule.describe()).schedule
        return found.state.paused and found.spec.intervals[0].every == timedelta(hours=5)

    await eventually(as_the_operator_wants_it)  # the engine does it a moment after it has answered
    await schedules.schedule(temporal_client, schedules.housekeeping())

    async def mended() -> bool:
        spec = (await schedule.describe()).schedule.spec
        return [interval.every for interval in spec.intervals] == [timedelta(hours=1)]

    await eventually(mended)
    state = (await schedule.describe()).schedule.state
    assert (state.paused, state.note) == (True, "by an operator")
