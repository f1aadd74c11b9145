"""Deadlines that act, on the real engine with its time skipped: reminders, escalation, expiry, and a worker that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from approval.durations import Duration
from approval.model import SYSTEM, Action, Person, ProcessStatus
from approval.process import Escalation, OnExpiry
from approval.routing import StepPlan
from crm import runs
from crm.pool import Pool
from embedded.temporal import TIME_SKIPPING, server_program
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, step
from tests.eventually import eventually
from tests.workflows.desk import PATIENCE, Case, Desk, refusing, working
from workflows.contracts import SEARCH_ATTRIBUTES, STATE_QUERY
from workflows.purchase_request import RING_AGAIN

DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server that skips time when told to."""
    options = [part for name, value in TIME_SKIPPING.items() for part in ("--dynamic-config-value", f"{name}={value}")]
    options += [part for name, kind in SEARCH_ATTRIBUTES.items() for part in ("--search-attribute", f"{name}={kind}")]
    async with await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(server_program()),
        dev_server_extra_args=options,
        dev_server_log_level="error",
    ) as environment:
        yield environment


def clocked(key: str, *approvers: Person, **changes: Any) -> StepPlan:
    """A step that is due after two days, reminds after one and after two, and escalates after three."""
    plan = {
        "deadline": Duration.parse("48h"),
        "remind": (Duration.parse("50%"), Duration.parse("100%")),
        "escalate": (Escalation(after=Duration.parse("24h"), to="manager"),),
        **changes,
    }
    return step(key, *(approvers or (MANAGER1,))).model_copy(update=plan)


async def actions(case: Case, at_least: int) -> list[str]:
    """What the timeline says was done, once it has so many entries."""
    return [entry.action for entry in await case.entries(at_least)]


async def passes(skipping: WorkflowEnvironment, case: Case, time: timedelta) -> None:
    """Let so much time pass for a run."""
    assert await skipping.fast_forward(case.handle, time)


async def test_the_clock_reminds_escalates_and_gives_up_and_each_happens_once(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    plan = clocked("manager", on_expiry=OnExpiry.RETURN, expire_after=Duration.parse("24h"))
    done: list[str] = [Action.CREATE, Action.SEND]
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(plan)
            for what in (Action.REMIND, Action.REMIND, Action.ESCALATE, Action.EXPIRE):
                await passes(skipping, case, DAY - timedelta(hours=1))
                assert await actions(case, len(done)) == done, "the clock rang too early"
                await passes(skipping, case, timedelta(hours=1, minutes=6))
                done.append(what)
                assert await actions(case, len(done)) == done
            saved = await case.record()
            assert saved.process_status is ProcessStatus.RETURNED
            assert saved.notes[-1].actor.username == SYSTEM
            await passes(skipping, case, 10 * DAY)
            assert await actions(case, len(done)) == done
            resent = await case.resend(plan)
            assert resent.refusal is None
            await passes(skipping, case, DAY + timedelta(minutes=6))
            assert (await actions(case, len(done) + 2))[-2:] == [Action.SEND, Action.REMIND], "a resend starts anew"


async def test_a_run_has_one_timer_which_moves_with_what_happens(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(clocked("manager"), clocked("director", DIRECTOR1))
            await passes(skipping, case, timedelta(hours=12))
            assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
            await passes(skipping, case, timedelta(hours=13))
            assert await actions(case, 3) == [Action.CREATE, Action.SEND, Action.APPROVE], "the old timer rang"
            await passes(skipping, case, timedelta(hours=12))
            assert (await actions(case, 4))[-1] == Action.REMIND
            started = await case.count(EventType.EVENT_TYPE_TIMER_STARTED)
            over = await case.count(EventType.EVENT_TYPE_TIMER_FIRED, EventType.EVENT_TYPE_TIMER_CANCELED)
            assert started - over == 1
            assert (await case.decide(Action.APPROVE, DIRECTOR1)).refusal is None
            assert await case.result() == "completed"


async def test_whoever_it_was_escalated_to_decides(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(clocked("manager", remind=()))
            await passes(skipping, case, 3 * DAY + timedelta(minutes=6))
            assert (await actions(case, 3))[-1] == Action.ESCALATE
            assert (await case.decide(Action.APPROVE, DIRECTOR1)).refusal is None
            assert await case.result() == "completed"


async def test_a_run_of_version_1_has_no_timer(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(step("manager", MANAGER1).model_copy(update={"deadline_hours": 1}))
            await passes(skipping, case, 30 * DAY)
            assert await case.count(EventType.EVENT_TYPE_TIMER_STARTED) == 0
            assert len(await case.entries(2)) == 2


@pytest.mark.parametrize("committed", [True, False])
async def test_a_worker_that_fails_around_the_commit_of_a_reminder_reminds_once(
    skipping: WorkflowEnvironment,
    pool: Pool,
    settings: Settings,
    task_queue: str,
    monkeypatch: pytest.MonkeyPatch,
    committed: bool,
) -> None:
    """The activity is tried again, as after a worker's death, whether its transaction was committed or not."""
    write, failures = runs.write_transition, iter([True, True])

    async def failing(connection: Any, case: Any, decision: Any, when: Any, accepted: Any) -> bool:
        fails = decision.action is Action.REMIND and next(failures, False)
        if fails and not committed:
            raise ConnectionError("the worker died before the commit")
        written = await write(connection, case, decision, when, accepted)
        if fails:
            raise ConnectionError("the worker died after the commit")
        return written

    monkeypatch.setattr(runs, "write_transition", failing)
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(clocked("manager"))
            await passes(skipping, case, DAY + timedelta(minutes=5))
            assert await actions(case, 3) == [Action.CREATE, Action.SEND, Action.REMIND]
            told = await pool.fetchval(
                "SELECT count(*) FROM outbox WHERE request_id = $1 AND type = 'assignment.reminded'", case.request_id
            )
            assert told == 1
            saved = await case.record()
            assert saved.run is not None
            assert next_reminder(saved.run.steps[0].assignments[0].alarms) is not None


def next_reminder(alarms: Any) -> datetime | None:
    """When the next reminder is due."""
    return min((alarm.at for alarm in alarms if alarm.done_at is None), default=None)


async def test_what_is_due_while_no_worker_runs_is_done_once_when_one_does(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    with skipping.with_time_skipping_disabled():
        async with working(skipping.client, settings, SandboxedWorkflowRunner()):
            case = await desk.send(clocked("manager"))
            await case.handle.query(STATE_QUERY)
        passing = asyncio.create_task(skipping.fast_forward(case.handle, DAY + timedelta(minutes=5)))
        async with asyncio.timeout(PATIENCE):
            while not await case.count(EventType.EVENT_TYPE_TIMER_FIRED):  # noqa: ASYNC110 - the engine offers nothing to wait for
                await asyncio.sleep(0.05)
        assert await actions(case, 2) == [Action.CREATE, Action.SEND]
        async with working(skipping.client, settings, SandboxedWorkflowRunner()):
            assert await actions(case, 3) == [Action.CREATE, Action.SEND, Action.REMIND]
            await passing
            assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
            assert await case.result() == "completed"
        assert await actions(case, 4) == [Action.CREATE, Action.SEND, Action.REMIND, Action.APPROVE]


async def test_a_clock_that_cannot_be_worked_on_rings_again_after_a_minute_and_not_at_once(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(clocked("manager"))
            async with refusing(pool, "timeline", f"action = '{Action.REMIND}'"):
                await passes(skipping, case, DAY)

                async def has_rung_thrice() -> bool:
                    await passes(skipping, case, RING_AGAIN)
                    return await case.count(EventType.EVENT_TYPE_TIMER_FIRED) >= 3

                await eventually(has_rung_thrice)
                rung = [
                    event.event_time.ToDatetime()
                    for event in await case.events()
                    if event.event_type == EventType.EVENT_TYPE_TIMER_FIRED
                ]
                assert all(later - earlier >= RING_AGAIN for earlier, later in pairwise(rung))
                assert await actions(case, 2) == [Action.CREATE, Action.SEND]
                assert await case.count(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0

            async def has_reminded() -> bool:
                await passes(skipping, case, RING_AGAIN)
                return await actions(case, 2) == [Action.CREATE, Action.SEND, Action.REMIND]

            await eventually(has_reminded)
            await passes(skipping, case, 3 * RING_AGAIN)
            assert len(await actions(case, 3)) == 3
            assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
            assert await case.result() == "completed"
