"""Decisions that may be taken back, on the real engine with its time skipped: the run's one timer has them take effect, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from approval.model import Action
from crm import deferred
from crm.pool import Pool
from embedded.temporal import TIME_SKIPPING, server_program
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, step
from tests.eventually import eventually
from tests.workflows.desk import PATIENCE, Case, Desk, working
from tests.workflows.test_deadlines import actions, clocked, passes
from workflows.contracts import SEARCH_ATTRIBUTES, STATE_QUERY

UNDO_SECONDS = 30
TIME = timedelta(seconds=UNDO_SECONDS)
SENT: list[str] = [Action.CREATE, Action.SEND]


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


async def deferred_by_run(case: Case, **said: object) -> UUID:
    """An approval that the run has and that waits."""
    command_id = await case.ask(Action.APPROVE, MANAGER1, undo_seconds=UNDO_SECONDS, **said)

    async def waits() -> bool:
        return await deferred.find(case.desk.pool, command_id) is not None

    await eventually(waits)
    await case.handle.query(STATE_QUERY)  # the run has worked it off
    return command_id


async def test_it_takes_effect_by_the_runs_timer_when_its_time_is_over(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(step("manager", MANAGER1), step("director", DIRECTOR1))
            await deferred_by_run(case)
            await passes(skipping, case, TIME - timedelta(seconds=10))
            assert await actions(case, 2) == SENT, "it took effect too early"
            await passes(skipping, case, timedelta(seconds=11))
            assert await actions(case, 3) == [*SENT, Action.APPROVE]
            assert await case.count(EventType.EVENT_TYPE_TIMER_FIRED) == 1
            assert (await case.decide(Action.APPROVE, DIRECTOR1)).refusal is None
            assert await case.result() == "completed"


async def test_the_runs_one_timer_rings_for_what_waits_and_then_for_its_deadlines(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(clocked("manager"), clocked("director", DIRECTOR1))
            await deferred_by_run(case)
            await passes(skipping, case, TIME + timedelta(seconds=1))
            assert await actions(case, 3) == [*SENT, Action.APPROVE]
            await case.handle.query(STATE_QUERY)
            started = await case.count(EventType.EVENT_TYPE_TIMER_STARTED)
            over = await case.count(EventType.EVENT_TYPE_TIMER_FIRED, EventType.EVENT_TYPE_TIMER_CANCELED)
            assert started - over == 1
            await passes(skipping, case, timedelta(days=1, minutes=6))
            assert (await actions(case, 4))[-1] == Action.REMIND
            assert (await case.decide(Action.APPROVE, DIRECTOR1)).refusal is None
            assert await case.result() == "completed"


async def test_what_was_taken_back_is_as_if_it_had_not_been_said(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(step("manager", MANAGER1))
            command_id = await deferred_by_run(case)
            assert await deferred.undo(pool, case.request_id, command_id, "manager1")
            await passes(skipping, case, 2 * TIME)
            assert await actions(case, 2) == SENT
            assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
            assert await case.result() == "completed"
        assert await actions(case, 3) == [*SENT, Action.APPROVE]


async def test_what_should_take_effect_while_no_worker_runs_does_once_when_one_does(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    with skipping.with_time_skipping_disabled():
        async with working(skipping.client, settings, SandboxedWorkflowRunner()):
            case = await desk.send(step("manager", MANAGER1))
            await deferred_by_run(case)
        passing = asyncio.create_task(skipping.fast_forward(case.handle, 2 * TIME))
        async with asyncio.timeout(PATIENCE):
            while not await case.count(EventType.EVENT_TYPE_TIMER_FIRED):  # noqa: ASYNC110 - the engine offers nothing to wait for
                await asyncio.sleep(0.05)
        assert await actions(case, 2) == SENT
        async with working(skipping.client, settings, SandboxedWorkflowRunner()):
            assert await actions(case, 3) == [*SENT, Action.APPROVE]
            await passing
            assert await case.result() == "completed"


async def test_a_decision_that_nobody_can_take_back_needs_no_timer(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(step("manager", MANAGER1))
            assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
            assert await case.result() == "completed"
            assert await case.count(EventType.EVENT_TYPE_TIMER_STARTED) == 0
