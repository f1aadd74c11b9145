"""The whole system as four real processes that a test may kill, and what must be true of every request afterwards."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from crm.pool import set_codecs
from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, ProcessDied, accepts_connections, free_port
from embedded.supervisor import answers
from embedded.temporal import TemporalServer, without_client_settings
from tests.clients import ApiClient
from workflows import contracts

ROOT = Path(__file__).parents[2]
DATABASE = "crm"
PATIENCE = 90.0
"""Seconds within which whatever was taken must have been applied; far more than it takes, for busy machines."""
DECISION_WAIT = 2.0

ENDED = {"rejected", "cancelled", "completed"}


class System:
    """PostgreSQL, Temporal, worker and API. Each may be killed and started again; addresses and data stay.

    Every child is started by one thread that lives as long as the system, because the kernel ends children together with
    the thread that started them.
    """

    def __init__(self, directory: Path) -> None:
        self._starter = ThreadPoolExecutor(max_workers=1)
        self.postgres = PostgresServer(directory / "postgres", settings={"fsync": "off"})
        engine_port, api_port, metrics_port = free_port(), free_port(), free_port()
        self.temporal = TemporalServer(directory / "temporal.db", port=engine_port)
        self.api_url = f"http://127.0.0.1:{api_port}"
        self.worker_metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
        self._environment = {
            **without_client_settings(os.environ),
            "DATABASE_URL": self.database_url,
            "API_PORT": str(api_port),
            "DEMO_MODE": "true",
            "DEMO_SIGNING_KEY": "a key that outlives the processes that sign with it",
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "WORKER_METRICS_ADDRESS": f"127.0.0.1:{metrics_port}",
            "DECISION_WAIT_SECONDS": str(DECISION_WAIT),
            "RATE_LIMIT_PER_MINUTE": "1000000",
            "READ_LIMIT_PER_MINUTE": "1000000",
        }
        self.worker = self._python("worker", "worker.py", directory=directory)
        self.api = self._python("api", "server.py", directory=directory)
        self._ready: dict[str, Callable[[], bool]] = {
            "worker": lambda: accepts_connections(metrics_port),
            "api": lambda: answers(api_port, "/healthz"),
        }

    @property
    def database_url(self) -> str:
        return self.postgres.uri(DATABASE)

    def _python(self, name: str, *arguments: str, directory: Path) -> ChildProcess:
        return ChildProcess(
            name=name,
            command=[sys.executable, *arguments],
            log=directory / f"{name}.log",
            environment=self._environment,
            working_directory=ROOT,
            stop_seconds=15,
        )

    async def start(self, *parts: str) -> None:
        """Start parts that do not run, in an order in which each finds what it needs."""
        for part in ("postgres", "temporal", "worker", "api"):
            if part in parts:
                await asyncio.get_running_loop().run_in_executor(self._starter, self._start, part)

    def _start(self, part: str) -> None:
        process = getattr(self, part)
        if process.running:
            return
        if part == "postgres":
            self._start_postgres()
        elif part == "temporal":
            process.start()
        else:
            process.start(self._ready[part], PATIENCE, poll_seconds=0.05)

    def _start_postgres(self) -> None:
        """Start PostgreSQL; after a crash its orphaned sessions may hold the directory for a moment."""
        for _ in range(50):
            with suppress(ProcessDied):
                self.postgres.start()
                return
            time.sleep(0.2)
        self.postgres.start()

    async def kill(self, *parts: str) -> None:
        """SIGKILL, by process id."""
        for part in parts:
            await asyncio.to_thread(getattr(self, part).kill)

    async def stop(self, *parts: str) -> None:
        """SIGTERM or its like, and wait."""
        for part in parts:
            await asyncio.to_thread(getattr(self, part).stop)

    async def prepare(self) -> None:
        """Make the database and start everything."""
        await self.start("postgres", "temporal")
        self.postgres.create_database(DATABASE)
        for command in ("migrate", "demo-data"):
            done = await self.crm(command)
            assert done.returncode == 0, done.stderr
        await self.start("worker", "api")

    async def crm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``python -m crm``, as an operator does."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "crm", *arguments],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    async def end(self) -> None:
        """Stop everything."""
        await self.stop("api", "worker", "temporal", "postgres")
        self._starter.shutdown()

    def connect(self) -> Awaitable[asyncpg.Connection[asyncpg.Record]]:
        """A connection for looking at the database, outside of all pools."""
        return asyncpg.connect(self.database_url)

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Read the database directly."""
        connection = await self.connect()
        try:
            await set_codecs(connection)
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def temporal_client(self) -> Client:
        return await Client.connect(self.temporal.address, data_converter=pydantic_data_converter)

    @asynccontextmanager
    async def http(self) -> AsyncIterator[httpx.AsyncClient]:
        limits = httpx.Limits(max_keepalive_connections=0)  # a connection kept open would die with the API
        async with httpx.AsyncClient(base_url=self.api_url, timeout=60, trust_env=False, limits=limits) as client:
            yield client

    @asynccontextmanager
    async def held_row(self, request_id: str) -> AsyncIterator[HeldRow]:
        """Hold the request's row, so that its next write-back stops at a known point: before it has changed anything."""
        connection = await self.connect()
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", UUID(request_id))
        watcher = await self.connect()  # within a transaction PostgreSQL shows its sessions as they were at its start
        try:
            yield HeldRow(watcher, transaction)
        finally:
            watcher.terminate()
            connection.terminate()

    @asynccontextmanager
    async def held_commit(self) -> AsyncIterator[HeldCommit]:
        """Keep every transaction that writes to the timeline at its very commit, until it is let go."""
        connection = await self.connect()
        watcher = await self.connect()
        await connection.execute(HOLD_COMMITS)
        await connection.execute("SELECT pg_advisory_lock(4711)")
        try:
            yield HeldCommit(watcher, connection)
        finally:
            await connection.execute("SELECT pg_advisory_unlock_all()")
            await connection.execute("DROP FUNCTION hold_commit CASCADE")
            watcher.terminate()
            connection.terminate()

    async def history(self, request_id: str) -> list[str]:
        """The types of the events that the engine has for a run."""
        client = await self.temporal_client()
        handle = client.get_workflow_handle(contracts.workflow_id(UUID(request_id)))
        return [EventType.Name(event.event_type) async for event in handle.fetch_history_events()]


HOLD_COMMITS = """
CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4711);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON timeline DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION hold_commit();
"""


class HeldCommit:
    """The lock at which commits wait."""

    def __init__(
        self,
        watcher: asyncpg.Connection[asyncpg.Record],
        holder: asyncpg.Connection[asyncpg.Record],
    ) -> None:
        self._watcher = watcher
        self._holder = holder

    async def wait_for_commit(self) -> None:
        """Until somebody stands at the commit."""

        async def waiting() -> bool:
            return bool(
                await self._watcher.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                )
            )

        await eventually(waiting)

    async def release(self) -> None:
        """Let what waits be committed, and everything after it."""
        await self._holder.execute("SELECT pg_advisory_unlock_all()")


class HeldRow:
    """The lock on a request's row."""

    def __init__(
        self, watcher: asyncpg.Connection[asyncpg.Record], transaction: asyncpg.transaction.Transaction
    ) -> None:
        self._watcher = watcher
        self._transaction = transaction

    async def wait_for_write_back(self) -> None:
        """Until the worker stands at the row."""

        async def waiting() -> bool:
            return bool(await self._waiting())

        await eventually(waiting)

    async def end_write_back(self) -> None:
        """End the database session of the write-back that waits, so that it never happens."""
        for pid in await self._waiting():
            await self._watcher.execute("SELECT pg_terminate_backend($1)", pid)

        async def gone() -> bool:
            return not await self._waiting()

        await eventually(gone)

    async def release(self) -> None:
        """Let the write-back go on."""
        await self._transaction.rollback()

    async def _waiting(self) -> list[int]:
        rows = await self._watcher.fetch(
            """SELECT pid FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND query LIKE '%run_sequence%'"""
        )
        return [row["pid"] for row in rows]


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"still not after {seconds:.0f} s: {condition.__qualname__}"
        await asyncio.sleep(0.1)


async def applied(user: ApiClient, request_id: str, command_id: str) -> Any:
    """Wait until a command's outcome can be read; the outcome."""
    path = f"/purchase-requests/{request_id}/commands/{command_id}"

    async def known() -> bool:
        try:
            answer = await user.call("GET", path)
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and answer.json()["status"] != "accepted"

    await eventually(known)
    return await user.get(path)


async def settled(system: System) -> None:
    """Wait until nothing is on its way any more: every command that was taken has its outcome."""

    async def nothing_pending() -> bool:
        return not await system.rows(
            """SELECT id FROM commands c
               WHERE delivered_at IS NULL OR NOT EXISTS (SELECT FROM outcomes o WHERE o.command_id = c.id)"""
        )

    await eventually(nothing_pending)


async def check(system: System, request_id: str, *, run_may_be_lost: bool = False) -> None:
    """What must be true of every request once nothing is on its way: CRM and run agree, nothing is there twice.

    Args:
        run_may_be_lost: whether the engine need not know the run of a request that has ended.

    Raises:
        AssertionError: the CRM and the run disagree, or a transition is missing or doubled.
    """
    request, run, steps, timeline, notes, asked = await _crm(system, request_id)
    transitions = [entry for entry in timeline if entry["sequence"] is not None]
    assert [entry["sequence"] for entry in transitions] == list(range(1, request["run_sequence"] + 1))
    assert all(entry["accepted"] for entry in transitions)
    assert len({entry["command_id"] for entry in timeline}) == len(timeline)
    assert [entry["action"] for entry in timeline].count("create") == 1

    final = len(transitions) if request["process_status"] == "completed" else None
    noted = [
        entry["sequence"]
        for entry in transitions
        if entry["action"] in {"reject", "recall", "cancel", "expire"} or entry["sequence"] == final
    ]
    assert [note["sequence"] for note in notes] == noted
    if run is None:
        assert request["process_status"] == "not_sent"
        return

    sends = [entry for entry in transitions if entry["action"] == "send"]
    assert len(sends) == run["round"]
    status = {"returned": "in_progress"}.get(request["process_status"], request["process_status"])
    assert run["status"] == status
    open_steps = [step for step in steps if step["state"] == "open"]
    assert len(open_steps) == (request["process_status"] == "in_progress")
    waited_on = {(row["round"], row["step"]) for row in asked if row["state"] == "open"}
    assert waited_on == {(run["round"], step["plan"]["key"]) for step in open_steps}
    approvals = [
        (entry["round"], entry["step"], entry["actor"]) for entry in transitions if entry["action"] == "approve"
    ]
    approved = [(row["round"], row["step"], row["acted_by"]) for row in asked if row["state"] == "approved"]
    assert sorted(approved) == sorted(approvals)
    told = [row["sequence"] for row in await system.rows(OUTBOX, UUID(request_id))]
    assert told == list(range(1, len(told) + 1)), "an event was lost, or told twice"
    of_round = [row for row in asked if row["round"] == run["round"]]
    if run_may_be_lost and run["status"] in ENDED and await _is_lost(system, request_id):
        return
    await _check_engine(system, request_id, run, steps, of_round)


OUTBOX = "SELECT sequence FROM outbox WHERE request_id = $1 ORDER BY sequence"


async def _crm(system: System, request_id: str) -> tuple[Any, Any, Any, Any, Any, Any]:
    key = UUID(request_id)
    connection = await system.connect()
    try:
        await set_codecs(connection)
        request = await connection.fetchrow(
            "SELECT process_status, run_sequence FROM purchase_requests WHERE id = $1", key
        )
        runs, rounds, timeline, notes, asked = [
            await connection.fetch(f"SELECT * FROM {table} WHERE request_id = $1 ORDER BY {order}", key)
            for table, order in (
                *(("runs", "id"), ("rounds", "number"), ("timeline", "id"), ("notes", "id")),
                ("assignments", "closed_at"),
            )
        ]
    finally:
        await connection.close()
    return request, runs[0] if runs else None, rounds[-1]["steps"] if rounds else [], timeline, notes, asked


async def _is_lost(system: System, request_id: str) -> bool:
    client = await system.temporal_client()
    try:
        await client.get_workflow_handle(contracts.workflow_id(UUID(request_id))).describe()
    except RPCError as error:
        return error.status is RPCStatusCode.NOT_FOUND
    return False


async def _check_engine(system: System, request_id: str, run: Any, steps: Any, asked: Any) -> None:
    """The run as the engine knows it is the run as the CRM knows it."""
    client = await system.temporal_client()
    handle = client.get_workflow_handle(contracts.workflow_id(UUID(request_id)))

    async def closed_like_the_run() -> bool:  # the engine hears of the end a moment after the CRM
        status = (await handle.describe()).status
        return status is (
            WorkflowExecutionStatus.COMPLETED if run["status"] in ENDED else WorkflowExecutionStatus.RUNNING
        )

    await eventually(closed_like_the_run)

    async def state() -> Any:
        return await handle.query(contracts.STATE_QUERY)

    async def same_round() -> bool:
        return bool((known := await state()) and known["round"] == run["round"])

    await eventually(same_round)
    known = await state()
    assert known["id"] == str(run["id"])
    assert known["status"] == run["status"]
    opened = [step["plan"]["key"] for step in steps if step["state"] == "open"]
    assert (known["step"] or {}).get("key") == (opened[0] if opened else None)
    by_step = {
        step["plan"]["key"]: [
            row["acted_by"] for row in asked if row["step"] == step["plan"]["key"] and row["state"] == "approved"
        ]
        for step in steps
    }
    assert [(step["key"], step["state"], step["approved_by"]) for step in known["steps"]] == [
        (step["plan"]["key"], step["state"], by_step[step["plan"]["key"]]) for step in steps
    ]
