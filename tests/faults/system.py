"""The whole system as real processes that a test may kill, freeze, stop and start again."""

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

import asyncpg
import httpx
import psutil

from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, ProcessDied, accepts_connections, free_port
from embedded.supervisor import answers
from embedded.temporal import TemporalServer, without_client_settings
from tests.clients import ApiClient
from tests.faults.disk import Disk
from tests.faults.stores import Stores

ROOT = Path(__file__).parents[2]
DATABASE = "crm"
PATIENCE = 90.0
"""Seconds within which whatever was taken must have been applied; far more than it takes, for busy machines."""
DECISION_WAIT = 2.0

STORES = ("postgres", "temporal")
SETTINGS = {"fsync": "off", "max_wal_size": "64MB", "min_wal_size": "32MB"}


class System(Stores):
    """PostgreSQL, Temporal, worker and API. Each may be killed and started again; addresses and data stay.

    Children are started by threads that live as long as the system, because the kernel ends children together with the
    thread that started them.

    Args:
        directory: for stores and logs.
        spares: whether there are a second worker and a second API beside the first.
        disks: whether each store is on a small file system of its own, see ``Disk``.
        mails: whether people are written to, by a mail server that a test has listen at ``smtp_port``.
    """

    def __init__(self, directory: Path, *, spares: bool = False, disks: bool = False, mails: bool = False) -> None:
        self._starter = ThreadPoolExecutor(max_workers=6)
        self._frozen: dict[str, list[psutil.Process]] = {}
        self.directory = directory
        self.disks = {name: Disk(directory / f"{name}-disk") for name in STORES if disks}
        stores = {name: disk.path for name, disk in self.disks.items()}
        self.postgres = PostgresServer(
            stores.get("postgres", directory) / "postgres", log=directory / "postgres.log", settings=SETTINGS
        )
        self.temporal = TemporalServer(
            stores.get("temporal", directory) / "temporal.db", log=directory / "temporal.log", port=free_port()
        )
        self.names = (*STORES, "worker", "api", *(("worker-2", "api-2") if spares else ()))
        """The parts, in an order in which each finds what it needs when it starts."""
        ports: dict[str, int] = {}
        for name in self.names:
            ports[name] = free_port(self.temporal.port, *ports.values())
        self.api_urls = [f"http://127.0.0.1:{ports[name]}" for name in self.names if name.startswith("api")]
        self.smtp_port = free_port(self.temporal.port, *ports.values())
        self._mail = {
            "SMTP_HOST": "127.0.0.1" if mails else "",
            "SMTP_PORT": str(self.smtp_port),
            "SMTP_TLS": "none",
            "MAIL_FROM": "mua-hang@demo.example",
            "MAIL_GATHER_SECONDS": "0",
            "MAIL_QUIET_HOURS": "false",
        }
        self.worker_metrics_url = f"http://127.0.0.1:{ports['worker']}/metrics"
        self._ports = ports
        self._python = {name: self._child(name) for name in self.names[2:]}

    @property
    def worker(self) -> ChildProcess:
        return self._python["worker"]

    @property
    def api_url(self) -> str:
        return self.api_urls[0]

    @property
    def database_url(self) -> str:
        return self.postgres.uri(DATABASE)

    @property
    def engine_address(self) -> str:
        return self.temporal.address

    @property
    def environment(self) -> dict[str, str]:
        """What every program of ours is told."""
        return {
            **without_client_settings(os.environ),
            "DATABASE_URL": self.database_url,
            "DEMO_MODE": "true",
            "DEMO_SIGNING_KEY": "a key that outlives the processes that sign with it",
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "ENCRYPTION_KEYS": "a-key-that-outlives-the-processes-that-encrypt",
            "WEBHOOK_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
            "CONNECTOR_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
            **self._mail,
            "DECISION_WAIT_SECONDS": str(DECISION_WAIT),
            "UNDO_SECONDS": "10",
            "RECONCILE_MINUTES": "0",  # what it heals by the clock would hide what is healed by itself
            "RATE_LIMIT_PER_MINUTE": "1000000",
            "READ_LIMIT_PER_MINUTE": "1000000",
            "TURN_SECONDS": "0",
        }

    def _child(self, name: str) -> ChildProcess:
        port = self._ports[name]
        own = {"WORKER_METRICS_ADDRESS": f"127.0.0.1:{port}", "API_PORT": str(port)}
        return ChildProcess(
            name=name,
            command=[sys.executable, "worker.py" if name.startswith("worker") else "server.py"],
            log=self.directory / f"{name}.log",
            environment={**self.environment, **own},
            working_directory=ROOT,
            stop_seconds=15,
        )

    def _process(self, part: str) -> ChildProcess:
        servers = {"postgres": self.postgres.process, "temporal": self.temporal.process}
        return servers.get(part) or self._python[part]

    def runs(self, part: str) -> bool:
        """Whether it runs, frozen or not."""
        return self._process(part).running

    async def start(self, *parts: str) -> None:
        """Start parts that do not run: stores first, then together what needs them."""
        loop = asyncio.get_running_loop()
        for part in STORES:
            if part in parts:
                await loop.run_in_executor(self._starter, self._start, part)
        programs = [part for part in self.names if part in parts and part not in STORES]
        await asyncio.gather(*(loop.run_in_executor(self._starter, self._start, part) for part in programs))

    def _start(self, part: str) -> None:
        if self.runs(part):
            return
        if part == "postgres":
            self._start_postgres()
        elif part == "temporal":
            self.temporal.start()
        else:
            port = self._ports[part]
            is_api = part.startswith("api")
            ready = (lambda: answers(port, "/healthz")) if is_api else (lambda: accepts_connections(port))
            self._python[part].start(ready, PATIENCE, poll_seconds=0.05)

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
            await asyncio.to_thread(self._process(part).kill)
            for process in self._frozen.pop(part, []):  # a session of PostgreSQL that is frozen notices nothing
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    async def stop(self, *parts: str) -> None:
        """SIGTERM or its like, and wait."""
        for part in parts:
            await asyncio.to_thread((self.postgres if part == "postgres" else self._process(part)).stop)

    def freeze(self, part: str) -> None:
        """SIGSTOP, to a part with all its children: it holds what it holds, and does nothing."""
        frozen = self._frozen.setdefault(part, [])
        pid = self._process(part).pid
        assert pid is not None, f"{part} was never started"
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            while fresh := [one for one in (root, *root.children(recursive=True)) if one not in frozen]:
                for process in fresh:
                    frozen.append(process)
                    with suppress(psutil.NoSuchProcess):
                        process.suspend()

    def thaw(self, part: str) -> None:
        """SIGCONT, to all that was frozen."""
        for process in self._frozen.pop(part, []):
            with suppress(psutil.NoSuchProcess):
                process.resume()

    async def prepare(self) -> None:
        """Make the database and start everything."""
        for disk in self.disks.values():
            disk.mount()
        await self.start("postgres", "temporal")
        self.postgres.create_database(DATABASE)
        for command in ("migrate", "demo-data"):
            done = await self.crm(command)
            assert done.returncode == 0, done.stderr
        await self.start(*self.names)

    async def crm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``python -m crm``, as an operator does."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "crm", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    async def end(self) -> None:
        """Stop everything."""
        for part in list(self._frozen):
            self.thaw(part)
        await self.stop(*reversed(self.names))
        self._starter.shutdown()
        for disk in self.disks.values():
            disk.unmount()

    @asynccontextmanager
    async def http(self, url: str = "", *, seconds: float = 60) -> AsyncIterator[httpx.AsyncClient]:
        """HTTP to an API, the first one unless told otherwise."""
        limits = httpx.Limits(max_keepalive_connections=0)  # a connection kept open would die with the API
        async with httpx.AsyncClient(
            base_url=url or self.api_url, timeout=seconds, trust_env=False, limits=limits
        ) as client:
            yield client


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


async def settled(system: Stores) -> None:
    """Wait until nothing is on its way any more: every command that was taken has its outcome."""

    async def nothing_pending() -> bool:
        return not await pending(system)

    await eventually(nothing_pending)


async def pending(system: Stores) -> list[asyncpg.Record]:
    """Commands that were taken and have no outcome yet."""
    return await system.rows(
        """SELECT * FROM commands c
           WHERE delivered_at IS NULL
               OR action <> 'order_changed' AND undone_at IS NULL AND NOT EXISTS (SELECT FROM outcomes o WHERE o.command_id = c.id)"""
    )
