"""What a database does to a run: a write that it refuses for good, and a write that takes too long."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError

from approval.model import Action, Person, ProcessStatus
from crm.pool import Pool
from tests.crm.saved import MANAGER1, record, save, step
from tests.workflows.desk import Case, Desk, refusing
from workflows.purchase_request import LOCAL_LIMIT

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_a_decision_that_the_database_refuses_is_recorded_as_refused_and_the_run_goes_on(
    desk: Desk, pool: Pool
) -> None:
    case = await desk.send(step("manager", MANAGER1))
    async with refusing(pool, "notes", "text = 'unlucky'"):
        refusal = (await case.decide(Action.REJECT, MANAGER1, note="unlucky")).refusal
        assert refusal is not None
        assert [error.message for error in refusal.errors] == ["could_not_be_stored"]
        assert (await case.record()).process_status is ProcessStatus.IN_PROGRESS
        assert (await case.decide(Action.REJECT, MANAGER1, note="lucky")).refusal is None
    assert (await case.record()).process_status is ProcessStatus.RETURNED
    await still_healthy(case)


async def test_a_refusal_that_the_database_refuses_too_neither_fails_nor_wedges_the_run(desk: Desk, pool: Pool) -> None:
    case = await desk.send(step("manager", MANAGER1))
    async with refusing(pool, "timeline", "actor IN ('sales2', '')"):
        await case.ask(Action.APPROVE, Person(username="sales2", name=""))
        assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
    assert await case.result() == "completed"
    assert len(await case.entries(0)) == 3
    await still_healthy(case)


async def test_a_first_send_that_the_database_refuses_is_told_and_can_be_sent_again(desk: Desk, pool: Pool) -> None:
    saved = await save(pool)
    steps = (step("manager", MANAGER1),)
    case = Case(desk, saved.id)
    async with refusing(pool, "rounds", "true"):
        await desk.start_run(saved, await desk.store_send(saved, steps), steps)
        [_, send] = await case.entries(2)
        assert send.refusal is not None
        with pytest.raises(WorkflowFailureError):
            await case.result()
    refused = await record(pool, saved.id)
    assert (refused.process_status, refused.send_pending, refused.run) == (ProcessStatus.NOT_SENT, False, None)
    await desk.start_run(saved, await desk.store_send(saved, steps), steps)
    await case.entries(3)
    assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
    assert await case.result() == "completed"


async def test_giving_a_send_again_changes_nothing_even_when_its_run_has_ended(desk: Desk, pool: Pool) -> None:
    saved = await save(pool)
    steps = (step("manager", MANAGER1),)
    command = await desk.store_send(saved, steps)
    for _ in range(3):
        await desk.start_run(saved, command, steps)
    case = Case(desk, saved.id)
    await case.entries(2)
    assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
    assert await case.result() == "completed"
    await desk.start_run(saved, command, steps)
    assert await case.result() == "completed"
    assert len(await case.entries(0)) == 3


async def test_a_write_that_hangs_for_seconds_goes_on_as_an_ordinary_activity(desk: Desk, pool: Pool) -> None:
    case = await desk.send(step("manager", MANAGER1))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", case.request_id)
        command = await case.ask(Action.APPROVE, MANAGER1)
        while await case.count(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) == 0:  # noqa: ASYNC110 - the worker does it
            await asyncio.sleep(0.1)
    assert (await case.outcome(command)).refusal is None
    times = {event.event_type: event.event_time.ToDatetime() for event in await case.events()}
    signalled = times[EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED]
    assert times[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED] - signalled < 2 * LOCAL_LIMIT
    assert await case.result() == "completed"
    saved = await case.record()
    assert (saved.version, len(saved.notes)) == (3, 1)


async def still_healthy(case: Case) -> None:
    """No workflow task of the run has failed."""
    assert await case.count(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0
