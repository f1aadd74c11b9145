"""The sides of a comparison: each starts its processes on fresh stores, with equal durability, and says where its API is."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.competitors.shell import KEY
from bench.load import STEPS, Client, connected
from bench.usage import cpu_seconds, memory
from crm.demo_data import load_demo_data
from crm.migrate import migrate
from crm.pool import create_pool
from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, free_port
from embedded.supervisor import answers
from embedded.temporal import TemporalServer, without_client_settings
from workflows.contracts import SEARCH_ATTRIBUTES

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0

SETTLING_SECONDS = 1.0
AT_REST = 0.2
"""Of one processor: pollers and housekeeping go on."""
MOST_SETTLING = 30

POSTGRES_SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}
"""The same for every side. Nothing that was acknowledged is lost when the machine dies."""

PROCESS = {
    "schema_version": 1,
    "key": "bench",
    "name": "Three steps",
    "steps": [
        {"key": STEPS[0][0], "name": "Manager", "approvers": [{"manager": 1}], "deadline_hours": 16},
        {"key": STEPS[1][0], "name": "Director", "approvers": [{"role": "director"}], "deadline_hours": 24},
        {"key": STEPS[2][0], "name": "Last", "approvers": [{"user": STEPS[2][1]}], "deadline_hours": 24},
    ],
}
"""The product's process under load."""


class Side(ABC):
    """One way to build the system, with its processes.

    Args:
        directory: for its stores and logs; removed by ``stop``.
    """

    name: str
    title: str
    root: Path = ROOT
    """Where its code is."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.postgres = PostgresServer(directory / "postgres", settings=POSTGRES_SETTINGS)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = ""
        self.ready_seconds = READY_SECONDS
        self.processes: dict[str, ChildProcess] = {"postgres": self.postgres.process}

    async def start(self) -> None:
        """Bring everything up, until the API is ready."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.postgres.start()
        self.database_url = self.postgres.uri("crm")
        await self.fill_crm()
        self.start_engine()
        self.start_api()
        async with connected(self.url) as client:
            await self.prepare(client)

    async def fill_crm(self) -> None:
        """Make the tables of the CRM, and put the demo's people and orders into them."""
        await migrate(self.database_url)
        pool = await create_pool(self.database_url, 2)
        await load_demo_data(pool)
        await pool.close()

    def start_engine(self) -> None:  # noqa: B027 - not every side has one
        """Start whatever the API needs besides PostgreSQL."""

    @abstractmethod
    def start_api(self) -> None:
        """Start the API, and the worker where there is one."""

    async def prepare(self, client: Client) -> None:  # noqa: B027 - most sides have nothing to do
        """Do what must be done once through the API."""

    def stop(self) -> None:
        """Stop everything, the latest first, and remove the stores."""
        for process in reversed(self.processes.values()):
            process.stop()
        self.postgres.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start_python(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        port: int | None = None,
        python: str = sys.executable,
    ) -> None:
        """Start a Python process and wait until it is ready: its port is open, or, without one, its log says so."""
        process = self.python(name, arguments, environment, python=python)
        self.processes[name] = process

        log = process.log
        earlier = log.stat().st_size if log.exists() else 0

        def started() -> bool:
            if port is not None:
                return answers(port, "/readyz")
            written = log.read_bytes()
            # A log that has grown long is put aside when a process starts.
            return b"worker started" in (written[earlier:] if len(written) >= earlier else written)

        process.start(started, self.ready_seconds)

    def python(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], *, python: str = sys.executable
    ) -> ChildProcess:
        """A Python process of this side's code, to be started."""
        own = {"DATABASE_URL": self.database_url, "PYTHONPATH": str(self.root), "PYTHONUNBUFFERED": "1"}
        return ChildProcess(
            name=name,
            command=[python, *arguments],
            log=self.directory / f"{name}.log",
            environment={**without_client_settings(os.environ), **own, **environment},
            working_directory=self.root,
            stop_seconds=5,
        )

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time that each process has used so far, its children included."""
        return {name: cpu_seconds(process.pid) for name, process in self.processes.items() if process.running}

    async def settle(self) -> None:
        """Wait until the processes have nothing left to do: what a load that was cut off left half done is worked on to
        its end, and would be measured with the next one.
        """
        for _ in range(MOST_SETTLING):
            before = sum(self.cpu_seconds().values())
            await asyncio.sleep(SETTLING_SECONDS)
            if sum(self.cpu_seconds().values()) - before < AT_REST * SETTLING_SECONDS:
                return

    def memory(self) -> dict[str, float]:
        """Memory of each process in MiB, children included, shared pages divided among those who share them."""
        return {name: memory(process.pid) for name, process in self.processes.items() if process.running}


class OnTemporal(Side):
    """A side with a Temporal server."""

    def __init__(self, directory: Path, *, search_attributes: Mapping[str, str] = SEARCH_ATTRIBUTES) -> None:
        super().__init__(directory)
        self.temporal = TemporalServer(directory / "temporal.db", port=free_port(), search_attributes=search_attributes)

    def start_engine(self) -> None:
        """See ``Side``."""
        self.processes["temporal"] = self.temporal.process
        self.temporal.start()

    @abstractmethod
    def start_worker(self) -> None:
        """Start the worker, at first or again after it was killed."""


NO_LIMITS: Mapping[str, str] = {
    "READ_LIMIT_PER_MINUTE": "100000000",
    "CALLS_AT_ONCE": "1000",
    "HEAVY_READS_AT_ONCE": "1000",
    "TURN_SECONDS": "0",
}


class Product(OnTemporal):
    """The whole product: ``python server.py`` and ``python worker.py``, demo data, a process of three steps."""

    name = "product"
    title = "this system"
    server: Sequence[str] = ("server.py",)
    """What Python runs as the server of API and pages."""
    fair_use = False
    """Whether it keeps the product's own limits of what one user may do at once. Few users make the load of many, and the
    other sides do not know users at all."""

    def _environment(self) -> dict[str, str]:
        return {
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "DEMO_MODE": "true",
            "DEMO_SIGNING_KEY": KEY,
            "API_PORT": str(self.port),
            "RATE_LIMIT_PER_MINUTE": "100000000",
            "RECONCILE_MINUTES": "0",  # none is to fall into a measurement; what a pass costs is measured by itself
            **({} if self.fair_use else NO_LIMITS),
        }

    def start_worker(self) -> None:
        """See ``OnTemporal``."""
        self.start_python("worker", ["worker.py"], self._environment())

    def start_api(self) -> None:
        """See ``Side``."""
        self.start_worker()
        self.start_python("api", self.server, self._environment(), port=self.port)

    async def prepare(self, client: Client) -> None:
        """See ``publish``."""
        await publish(client)


async def publish(client: Client) -> None:
    """Publish and connect the product's process of three steps."""
    key = PROCESS["key"]
    await client.call("PUT", f"/processes/{key}/draft", PROCESS, user="admin1")
    await client.call("POST", f"/processes/{key}/publish", user="admin1")
    await client.call("PUT", "/connection", {"process_key": key}, user="admin1")


class Floor(OnTemporal):
    """The engine's own floor: the smallest workflow that takes three decisions and commits four rows."""

    name = "floor"
    title = "floor (smallest workflow)"

    def _environment(self) -> dict[str, str]:
        return {"TEMPORAL_ADDRESS": self.temporal.address, "API_PORT": str(self.port)}

    def start_worker(self) -> None:
        """See ``OnTemporal``."""
        self.start_python("worker", ["-m", "bench.competitors.floor.worker"], self._environment())

    def start_api(self) -> None:
        """See ``Side``."""
        self.start_worker()
        self.start_python("api", ["-m", "bench.competitors.floor.api"], self._environment(), port=self.port)


class Plain(Side):
    """FastAPI and PostgreSQL, no engine: nothing that waits survives but its row. Context."""

    name = "plain"
    title = "no engine"

    def start_api(self) -> None:
        """See ``Side``."""
        environment = {"API_PORT": str(self.port)}
        self.start_python("api", ["-m", "bench.competitors.plain"], environment, port=self.port)
