"""``make cluster`` as a child process of a test, whose processes a test may kill and freeze."""

from __future__ import annotations

import asyncio
import csv
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final

import httpx
import psutil

from cluster.configuration import NAMED_PORTS
from embedded.postgres import PostgresServer
from embedded.processes import remembered
from tests.embedded.running import ROOT, Running, eventually
from tests.faults.stores import Stores

POSTGRES: Final = "postgres"

READY_SECONDS = 900.0
"""The first time Temporal is built."""


class RunningCluster(Running, Stores):
    """``python -m cluster`` on free ports.

    Args:
        data_directory: its ``DATA_DIR``.
        nodes: how many processes of each role Temporal has.
        environment: further variables.
    """

    module: ClassVar = "cluster"
    ports: ClassVar = tuple(NAMED_PORTS)

    def __init__(self, data_directory: Path, nodes: int, **environment: str) -> None:
        super().__init__(ROOT, data_directory, None, (), NODES=str(nodes), **environment)
        self._postgres = PostgresServer(data_directory / "postgres")

    @property
    def database_url(self) -> str:
        return self._postgres.uri("crm")

    @property
    def engine_address(self) -> str:
        found = next(line for line in self.text.splitlines() if line.strip().startswith("Temporal   "))
        return found.split()[-1]

    @property
    def files(self) -> list[str]:
        """Names of all processes that are remembered by a file, such as ``temporal-history-1``."""
        return sorted(path.stem for path in (self.data_directory / "run").glob("*.pid"))

    def part(self, file: str) -> psutil.Process:
        """One of its processes, as it runs now; PostgreSQL, which remembers itself, is ``postgres``."""
        if file == POSTGRES:
            lock = self.data_directory / "postgres" / "postmaster.pid"
            return psutil.Process(int(lock.read_text().split(maxsplit=1)[0]))
        found = remembered(self.data_directory / "run" / f"{file}.pid")
        assert found is not None, f"{file} does not run"
        return found

    async def kill(self, parts: Mapping[str, str]) -> None:
        """SIGKILL to all of these at once, names by files, and wait until each has been started again."""
        await self._end(parts, signal.SIGKILL)

    async def restart(self, parts: Mapping[str, str]) -> None:
        """SIGTERM, as a deploy does, and wait until each has been started again."""
        await self._end(parts, signal.SIGTERM)

    async def _end(self, parts: Mapping[str, str], number: signal.Signals) -> None:
        back = {name: f"{name} is running again." for name in parts.values()}
        times = {name: self.text.count(words) for name, words in back.items()}
        for process in [self.part(file) for file in parts]:
            process.send_signal(number)

        def all_back() -> bool:
            text = self.text
            return all(text.count(words) > times[name] for name, words in back.items())

        assert await asyncio.to_thread(eventually, all_back, 300), self.text

    async def freeze(self, parts: Mapping[str, str], seconds: float) -> None:
        """SIGSTOP to all of these for a time: they hold what they hold, and do nothing."""
        frozen: list[psutil.Process] = []
        try:
            for process in [self.part(file) for file in parts]:
                process.suspend()  # before one looks for its children: it makes no more
                frozen.append(process)
                for child in process.children(recursive=True):
                    with suppress(psutil.NoSuchProcess):  # it has just ended
                        child.suspend()
                        frozen.append(child)
            await asyncio.sleep(seconds)
        finally:
            for process in reversed(frozen):
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    async def balanced(self) -> None:
        """Wait until the balancer takes everybody behind it to be up."""

        def all_up() -> bool:
            with suppress(httpx.TransportError):
                table = httpx.get(f"{self.balancer_url}/;csv", trust_env=False).text.removeprefix("# ")
                states = [
                    row["status"]
                    for row in csv.DictReader(table.splitlines())
                    if row["pxname"] in ("apis", "frontends") and row["svname"].startswith(("api-", "frontend-"))
                ]
                return len(states) > 2 and all(state.startswith("UP") or state == "no check" for state in states)
            return False

        assert await asyncio.to_thread(eventually, all_up, 180), self.text

    @property
    def balancer_url(self) -> str:
        address = re.search(r"Balancer +(http://127\.0\.0\.1:\d+)/", self.text)
        assert address, self.text
        return address.group(1)
