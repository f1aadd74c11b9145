"""``python -m bench.competitors.floor.worker``: runs the floor's workflow, with the worker settings of the product."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from uuid import UUID

import asyncpg
import uvloop
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import PollerBehaviorSimpleMaximum, UnsandboxedWorkflowRunner, Worker

from bench.competitors import rows
from bench.competitors.floor.workflow import TASK_QUEUE, WRITE, Floor


class Activities:
    """The one activity, on a pool."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool

    @activity.defn(name=WRITE)
    async def write_status(self, request_id: str, command_id: str, transition: int, actor: str) -> None:
        """Commit the row of a transition."""
        await rows.write_status(self._pool, UUID(request_id), UUID(command_id), transition, actor)


async def main() -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pool = await rows.open_pool(os.environ["DATABASE_URL"])
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Floor],
        activities=[Activities(pool).write_status],
        workflow_runner=UnsandboxedWorkflowRunner(),
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(20),
        nonsticky_to_sticky_poll_ratio=0.3,
        max_concurrent_activities=10,
        max_concurrent_local_activities=10,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
    )
    async with worker:
        print("worker started", flush=True)
        await stop.wait()
    await pool.close()


if __name__ == "__main__":
    uvloop.run(main())
