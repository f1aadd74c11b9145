"""A run waits as long as people do, and its clock rings when something is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from approval.model import Action, ProcessStatus
from crm.pool import Pool
from embedded.temporal import TIME_SKIPPING, server_program
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, step
from tests.workflows.desk import Desk, working
from workflows.contracts import (
    CLOCK,
    LOOK,
    SEARCH_ATTRIBUTES,
    WORKFLOW_TYPE,
    Message,
    RunActivities,
    RunInput,
    View,
    workflow_id,
)
from workflows.purchase_request import PurchaseRequest


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


async def test_a_run_that_waited_30_days_is_approved(
    skipping: WorkflowEnvironment, pool: Pool, settings: Settings, task_queue: str
) -> None:
    desk = Desk(pool, skipping.client)
    async with working(skipping.client, settings, SandboxedWorkflowRunner()):
        with skipping.with_time_skipping_disabled():
            case = await desk.send(step("manager", MANAGER1), step("director", DIRECTOR1))
            assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
            assert await skipping.fast_forward(case.handle, timedelta(days=30))
            approved = await case.decide(Action.APPROVE, DIRECTOR1)
            assert approved.refusal is None
            assert approved.at - datetime.now(UTC) > timedelta(days=29)
            assert await case.result() == "completed"
            assert (await case.record()).process_status is ProcessStatus.COMPLETED


class Diary(RunActivities):
    """Stands for the CRM: something is due in a fortnight, and after that the run is over.

    Args:
        until_done: how often the clock must ring.
    """

    def __init__(self, until_done: int) -> None:
        self.heard: list[str] = []
        self._until_done = until_done
        self._due: datetime | None = None

    @activity.defn(name="apply")
    async def apply(self, message: Message) -> View:
        """Write down what comes; see ``RunActivities``."""
        self.heard.append(message.name)
        if self._due is None:
            self._due = message.received_at + timedelta(days=14)
        over = self.heard.count(CLOCK) >= self._until_done
        return View(status="completed" if over else "in_progress", number="YCMH-2026-000001", next_due=self._due)


@pytest.mark.parametrize("rings", [1, 3])
async def test_the_clock_of_a_run_rings_when_something_is_due_and_again_until_it_is_done(
    skipping: WorkflowEnvironment, rings: int
) -> None:
    diary, queue, request_id = Diary(rings), uuid4().hex, uuid4()
    async with Worker(skipping.client, task_queue=queue, workflows=[PurchaseRequest], activities=[diary.apply]):
        with skipping.with_time_skipping_disabled():
            handle = await skipping.client.start_workflow(
                WORKFLOW_TYPE, RunInput(request_id=request_id), id=workflow_id(request_id), task_queue=queue
            )
            while await handle.query("__temporal_workflow_metadata") is None or not diary.heard:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert await skipping.fast_forward(handle, timedelta(days=13))
            assert diary.heard == [LOOK], "the clock rang too early"
            await handle.signal("approve", {"command_id": str(uuid4()), "actor": "manager1"})
            await skipping.fast_forward(handle, timedelta(days=2))
            assert await asyncio.wait_for(handle.result(), 30) == "completed"
    assert diary.heard == [LOOK, "approve", *[CLOCK] * rings]
