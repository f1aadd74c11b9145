"""Whether a worker process can work, told by HTTP to whoever watches over its container. It must be known as one that asks for work:
a process that runs, serves metrics and has an open connection may still have no engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from crm.pool import DATABASE_TROUBLE, Pool

_LOOK: Final = timedelta(seconds=2)
_POLL: Final = timedelta(seconds=90)
"""A worker asks for work again after a minute at most, and the engine remembers it for some minutes more."""


class WorkerHealth:
    """How it is with one worker process. What it has not got yet is missing.

    Args:
        queues: the task queues on which it asks for work.
    """

    def __init__(self, queues: Sequence[str]) -> None:
        self.pool: Pool | None = None
        self.client: Client | None = None
        self._queues = queues

    async def missing(self) -> list[str]:
        """Of ``database``, ``engine`` and the task queues, those that do not answer or do not know this worker."""
        database, engine = await asyncio.gather(self._database(), self._engine())
        return [*database, *engine]

    async def _database(self) -> list[str]:
        if self.pool is None:
            return ["database"]
        try:
            await self.pool.fetchval("SELECT 1", timeout=_LOOK.total_seconds())
        except DATABASE_TROUBLE:
            return ["database"]
        return []

    async def _engine(self) -> list[str]:
        if self.client is None:
            return ["engine"]
        client = self.client
        try:
            known = await asyncio.gather(*(_is_known(client, queue) for queue in self._queues))
        except (RPCError, RuntimeError):
            return ["engine"]
        return [queue for queue, is_known in zip(self._queues, known, strict=True) if not is_known]

    async def answer(self, request: Request) -> JSONResponse:
        """``GET /readyz``: 200, or 503 with what is missing."""
        missing = await self.missing()
        status = "not_ready" if missing else "ready"
        return JSONResponse({"status": status, "missing": missing}, status_code=503 if missing else 200)

    @asynccontextmanager
    async def served(self, address: str) -> AsyncIterator[None]:
        """Tell it at ``host:port`` for as long as the block runs; empty: nowhere."""
        if not address:
            yield
            return
        host, _, port = address.rpartition(":")
        app = Starlette(routes=[Route("/readyz", self.answer)])
        server = _Server(
            uvicorn.Config(
                app, host=host.strip("[]"), port=int(port), log_config=None, access_log=False, server_header=False
            )
        )
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers nothing to wait for
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """A server that leaves signals to the worker."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """See ``uvicorn.Server``."""
        return nullcontext()


async def _is_known(client: Client, queue: str) -> bool:
    """Whether the engine knows this process as one that asks for work there.

    Raises:
        RPCError, RuntimeError: the engine does not answer.
    """
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=_LOOK)
    since = datetime.now(UTC) - _POLL
    return any(
        poller.identity == client.identity and poller.last_access_time.ToDatetime(UTC) > since
        for poller in answer.pollers
    )
