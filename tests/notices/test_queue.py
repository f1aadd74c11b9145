"""Telling has a task queue of its own, and what began on another one moves there."""

from __future__ import annotations

from uuid import uuid4

import pytest
from temporalio.client import Client

from crm.pool import Pool
from settings import Settings
from tests.eventually import eventually
from worker import workers
from workflows import contracts
from workflows.notice_contract import NOTICES_TYPE, notices_queue


async def test_a_workflow_of_the_runs_queue_moves_when_its_history_is_begun_anew(
    monkeypatch: pytest.MonkeyPatch, temporal_client: Client, settings: Settings, pool: Pool, task_queue: str
) -> None:
    monkeypatch.setattr("workflows.notices.HISTORY_LIMIT", 6)  # seen by what runs outside the sandbox
    monkeypatch.setattr("activities.notices.ROUND_SECONDS", 0.1)
    async with workers(temporal_client, pool, settings):
        handle = await temporal_client.start_workflow(
            NOTICES_TYPE, id=f"notices-{uuid4().hex[:8]}", task_queue=contracts.TASK_QUEUE
        )

        async def moved() -> bool:
            return (await handle.describe()).task_queue == notices_queue()

        await eventually(moved)
        await temporal_client.get_workflow_handle(handle.id).terminate()
