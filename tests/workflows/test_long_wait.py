"""A run waits as long as people do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from approval.model import Action, ProcessStatus
from crm.pool import Pool
from embedded.temporal import TIME_SKIPPING, server_program
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, step
from tests.workflows.desk import Desk, working
from workflows.contracts import SEARCH_ATTRIBUTES


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
