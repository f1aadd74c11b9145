"""What ``make run`` and ``make cluster`` start, as sides of a comparison: the product as people have it, only the engine differs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.load import Client, connected
from bench.sides import NO_LIMITS, ROOT, Side, publish
from bench.usage import cpu_seconds, memory, own_cpu_seconds
from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, free_port, remembered
from embedded.supervisor import DATABASE, POSTGRES_DIRECTORY
from embedded.temporal import without_client_settings

START_SECONDS: Final = 300.0
STOP_SECONDS: Final = 90.0
"""It stops a dozen processes, each within its own bound."""

STARTED: Final = b"Ctrl-C"
"""What it shows when everything is up."""

PARTS: Final[Mapping[str, str]] = {
    "temporal-ui": "others",
    "temporal-frontend": "frontend",
    "temporal-history": "history",
    "temporal-matching": "matching",
    "temporal-worker": "engine's worker",
    "temporal": "engine",
    "balancer": "balancer",
    "mailbox": "others",
    "worker": "worker",
    "api": "api",
}
"""What a process counts to, by the beginning of its file's name; the first that fits."""


@dataclass(frozen=True)
class Target:
    """One way to start the product.

    Attributes:
        name: in the figures.
        title: what people call it.
        module: what Python runs.
        environment: variables of its own.
    """

    name: str
    title: str
    module: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_cluster(self) -> bool:
        """Whether each role of the engine is a process of its own."""
        return self.module == "cluster"


EMBEDDED: Final = Target("embedded", "embedded engine", "embedded")
CLUSTER: Final = Target("cluster", "cluster", "cluster", {"APIS": "1", "WORKERS": "1"})
PAIRS: Final = Target("pairs", "cluster, two APIs, two workers", "cluster")
TWO_OF_EACH: Final = Target("two of each", "cluster, two of each", "cluster", {"NODES": "2"})
RELAXED: Final = "relaxed"
"""In the figures: the cluster once more, whose engine does not wait for the disk. What it would be if the disk cost nothing."""


class Made(Side):
    """A target of the Makefile at work, on fresh stores.

    Args:
        directory: see ``Side``.
        target: which.
        environment: further variables of its processes.
    """

    def __init__(self, directory: Path, target: Target, environment: Mapping[str, str] | None = None) -> None:
        super().__init__(directory)
        self.name = target.name
        self.title = target.title
        self.target = target
        self.data = directory / "data"
        self.postgres = PostgresServer(self.data / POSTGRES_DIRECTORY)
        self.engine_port = free_port(self.port)
        ports = dict.fromkeys(
            ("TEMPORAL_UI_PORT", "MAILBOX_PORT", "BALANCER_PORT", "WORKER_METRICS_PORT", "SMTP_PORT"), "0"
        )
        own = {
            "DATA_DIR": str(self.data),
            "API_PORT": str(self.port),
            "TEMPORAL_PORT": str(self.engine_port),
            "PYTHONUNBUFFERED": "1",
            "RATE_LIMIT_PER_MINUTE": "100000000",
            "RECONCILE_MINUTES": "0",
        }
        self._make = ChildProcess(
            name=target.title,
            command=[sys.executable, "-m", target.module],
            log=directory / f"{target.module}.log",
            environment={
                **without_client_settings(os.environ), **ports, **own, **NO_LIMITS, **target.environment, **(environment or {}),
            },
            working_directory=ROOT,
            stop_seconds=STOP_SECONDS,
        )  # fmt: skip

    @property
    def engine_address(self) -> str:
        """``host:port`` of the engine, for its clients."""
        return f"127.0.0.1:{self.engine_port}"

    async def start(self) -> None:
        """See ``Side``."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self._make.start(lambda: STARTED in self._make.log.read_bytes(), START_SECONDS, 0.2)
        self.database_url = self.postgres.uri(DATABASE)
        async with connected(self.url) as client:
            await self.prepare(client)

    def start_api(self) -> None:
        """The target has started it."""

    async def prepare(self, client: Client) -> None:
        """See ``publish``."""
        await publish(client)

    def stop(self) -> None:
        """See ``Side``."""
        self._make.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def pids(self) -> list[tuple[str, int]]:
        """What each process counts to, and its id."""
        lock = self.data / POSTGRES_DIRECTORY / "postmaster.pid"
        found = [("postgres", int(lock.read_text().split(maxsplit=1)[0]))]
        for file in sorted((self.data / "run").glob("*.pid")):
            process = remembered(file)
            if process is not None:
                part = next(part for start, part in PARTS.items() if file.stem.startswith(start))
                found.append((part, process.pid))
        return found

    def metrics_ports(self) -> list[int]:
        """Where the engine's processes serve their metrics; the embedded one serves none."""
        if not self.target.is_cluster:
            return []
        ports: dict[str, int] = json.loads((self.data / "ports.json").read_text())
        return [port for name, port in ports.items() if name.startswith("TEMPORAL_") and name.endswith("_METRICS_PORT")]

    def cpu_seconds(self) -> dict[str, float]:
        """See ``Side``; processes of one kind together."""
        used: dict[str, float] = {}
        for part, pid in self.pids():
            used[part] = used.get(part, 0.0) + (cpu_seconds(pid) if part == "postgres" else own_cpu_seconds(pid))
        return used

    def memory(self) -> dict[str, float]:
        """See ``Side``; processes of one kind together."""
        sizes: dict[str, float] = {}
        for part, pid in self.pids():
            sizes[part] = round(sizes.get(part, 0.0) + memory(pid), 1)
        return sizes
