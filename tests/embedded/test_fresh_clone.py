"""What a newcomer does: clone, make run, work a little, Ctrl-C, make run again, go on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from embedded.processes import accepts_connections, free_port
from tests.clients import ApiClient
from tests.embedded.running import PORTS, ROOT, eventually, gone, signals_as_started


class Made:
    """``make run`` in a clone, and what it has printed."""

    def __init__(self, clone: Path, ports: dict[str, int]) -> None:
        self.ports = ports
        self.output = clone.with_name("output.txt")
        self.processes: dict[str, psutil.Process] = {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "DATABASE_"))}
        with self.output.open("wb") as output, signals_as_started():
            self.process = subprocess.Popen(
                ["make", "run"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=clone,
                env={
                    **kept,
                    **{name: str(port) for name, port in ports.items()},
                    "DATA_DIR": str(clone.with_name("data")),
                    "PYTHONUNBUFFERED": "1",
                    "PIP_NO_COMPILE": "1",  # a third of the time that pip takes
                },
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text(encoding="utf-8")

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['API_PORT']}"

    def wait_until_ready(self) -> None:
        assert eventually(lambda: "Ctrl-C" in self.text or self.process.poll() is not None, 300), self.text
        assert self.process.poll() is None, self.text
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.processes = {str(process.pid): process for process in family}
        assert len(self.processes) >= 5, self.text

    def interrupt(self) -> None:
        """Ctrl-C: the terminal sends it to make and all that make started in its own group."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)


@contextmanager
def made(clone: Path, ports: dict[str, int]) -> Iterator[Made]:
    system = Made(clone, ports)
    try:
        system.wait_until_ready()
        yield system
    finally:
        if system.process.poll() is None:
            system.interrupt()
    assert eventually(lambda: gone(system.processes)), "a process outlived make run"
    assert not [port for port in ports.values() if accepts_connections(port)]


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_request_begun_in_a_fresh_clone_is_completed_after_a_restart(tmp_path: Path) -> None:
    clone, ports = tmp_path / "clone", {name: free_port() for name in PORTS}
    cloned = await asyncio.create_subprocess_exec("git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone))
    assert await cloned.wait() == 0
    with made(clone, ports) as system:
        async with httpx.AsyncClient(base_url=system.api_url, timeout=30, trust_env=False) as http:
            sales = await ApiClient.signed_in(http, "sales1")
            order = (await sales.get("/sales-orders"))["items"][0]
            draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
            lines = [line | {"unit_price": "90000000"} for line in draft["lines"]]
            request = await sales.create(**draft | {"lines": lines})
            await sales.done(request["id"], "send")
            manager = await ApiClient.signed_in(http, "manager1")
            half_way = await manager.done(request["id"], "approve", {"step": "manager"})
            assert half_way["run"]["step"]["key"] == "director"

    with made(clone, ports) as system:
        async with httpx.AsyncClient(base_url=system.api_url, timeout=30, trust_env=False) as http:
            director = await ApiClient.signed_in(http, "director1")
            completed = await director.done(request["id"], "approve", {"step": "director"})
            assert (completed["process_status"], completed["run"]["status"]) == ("completed", "completed")
            assert [entry["action"] for entry in await director.timeline(request["id"])] == [
                "create",
                "send",
                "approve",
                "approve",
            ]
