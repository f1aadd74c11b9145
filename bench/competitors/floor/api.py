"""``python -m bench.competitors.floor.api``: the shell on a Temporal client."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg
from temporalio.client import Client

from bench.competitors.floor.workflow import TASK_QUEUE, Floor
from bench.competitors.shell import create_shell, serve


class TemporalEngine:
    """Starts workflows and signals them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, request_id: UUID, command_id: UUID, actor: str) -> None:
        """See ``shell.Engine``."""
        await self._client.start_workflow(
            Floor.run,
            args=(str(request_id), str(command_id), actor),
            id=str(request_id),
            task_queue=TASK_QUEUE,
            task_timeout=timedelta(seconds=5),
        )

    async def decide(self, request_id: UUID, command_id: UUID, transition: int, actor: str) -> None:
        """See ``shell.Engine``."""
        handle = self._client.get_workflow_handle(str(request_id))
        await handle.signal(Floor.decide, args=(str(command_id), actor))


@asynccontextmanager
async def open_engine(_pool: asyncpg.Pool[asyncpg.Record]) -> AsyncIterator[TemporalEngine]:
    """Connect to Temporal."""
    yield TemporalEngine(await Client.connect(os.environ["TEMPORAL_ADDRESS"]))


if __name__ == "__main__":
    serve(create_shell(open_engine))
