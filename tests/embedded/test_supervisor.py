"""make run as a process: real PostgreSQL and Temporal, with small programs in place of worker and API that can be made to fail."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"


class Running:
    """``python -m embedded`` with the stand-ins, and what it has printed."""

    def __init__(self, data_directory: Path, **environment: str) -> None:
        ports = dict.fromkeys(("API_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "WORKER_METRICS_PORT"), "0")
        self.data_directory = data_directory
        data_directory.parent.mkdir(parents=True, exist_ok=True)
        self.output = data_directory.with_name(f"{data_directory.name}.{time.monotonic_ns()}.txt")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embedded"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=STAND_INS,
                env={
                    **os.environ,
                    **ports,
                    "PYTHONPATH": str(ROOT),
                    "PYTHONUNBUFFERED": "1",
                    "DATA_DIR": str(data_directory),
                    **environment,
                },
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str, seconds: float = 60) -> None:
        if not eventually(lambda: words in self.text or self.process.poll() is not None, seconds):
            pytest.fail(f"no {words!r} in:\n{self.text}")
        assert words in self.text, self.text

    def children(self) -> dict[str, psutil.Process]:
        """The four processes by what they are."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            line = " ".join(child.cmdline())
            for part, mark in {
                "PostgreSQL": "postgres",
                "Temporal": "start-dev",
                "worker": "worker.py",
                "API": "-m api",
            }.items():
                if mark in line:
                    found[part] = child
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def environment_of_the_api(self) -> dict[str, str]:
        address = re.search(r"http://127\.0\.0\.1:\d+/docs", self.text)
        assert address
        with urllib.request.urlopen(address.group()) as answer:
            environment: dict[str, str] = json.load(answer)
            return environment


@contextmanager
def running(data_directory: Path, **environment: str) -> Iterator[Running]:
    system = Running(data_directory, **environment)
    try:
        system.wait_for("Ctrl-C")
        yield system
    finally:
        if system.process.poll() is None:
            system.process.terminate()
            system.process.wait(60)


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def gone(processes: dict[str, psutil.Process]) -> bool:
    return not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in processes.values())


@pytest.fixture(scope="module")
def data_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, as making a database takes time; each test leaves it stopped."""
    return tmp_path_factory.mktemp("system") / "data"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_to_stop_it_leaves_no_process(data_directory: Path, number: signal.Signals) -> None:
    with running(data_directory) as system:
        children = system.children()
        assert set(children) == {"PostgreSQL", "Temporal", "worker", "API"}
        assert system.stop(number) == 0
    assert gone(children)
    stops = re.findall(r"✓ (\w+) stopped", system.text)
    assert stops == ["API", "worker", "Temporal", "PostgreSQL"]


def test_the_screen_says_where_everything_is_and_who_may_sign_in(data_directory: Path) -> None:
    with running(data_directory) as system:
        for part in (
            "/docs",
            "Temporal UI",
            "/metrics",
            "sales1, sales2",
            "manager1",
            "director1",
            "purchasing1",
            "admin1",
            "make demo",
            "/api/v1/demo/token",
            "Logs",
            "Data",
            "PostgreSQL",
        ):
            assert part in system.text


def test_a_second_start_keeps_the_secrets_so_that_tokens_stay_valid(data_directory: Path) -> None:
    seen = []
    for _ in range(2):
        with running(data_directory) as system:
            environment = system.environment_of_the_api()
            seen.append((environment["DEMO_SIGNING_KEY"], environment["SESSION_SECRET"]))
    assert seen[0] == seen[1]


def test_settings_that_point_elsewhere_do_not_reach_worker_and_api(data_directory: Path) -> None:
    elsewhere = {
        "DATABASE_URL": "postgresql://elsewhere/crm",
        "TEMPORAL_ADDRESS": "elsewhere:7233",
        "TEMPORAL_TLS": "true",
    }
    with running(data_directory, **elsewhere) as system:
        environment = system.environment_of_the_api()
    assert environment["DATABASE_URL"].startswith("postgresql://postgres@/crm?host=")
    assert environment["TEMPORAL_ADDRESS"].startswith("127.0.0.1:")
    assert "TEMPORAL_TLS" not in environment
    assert environment["API_HOST"] == "127.0.0.1"


def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(data_directory: Path) -> None:
    with running(data_directory) as first:
        second = Running(data_directory)
        assert second.process.wait(30) == 1
        assert f"already running on {data_directory} (process {first.process.pid})" in second.text
        assert first.process.poll() is None
        assert set(first.children()) == {"PostgreSQL", "Temporal", "worker", "API"}


def test_a_taken_port_is_named_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        system = Running(tmp_path / "data", TEMPORAL_PORT=str(port))
        assert system.process.wait(30) == 1
    assert f"Port {port} is taken: set TEMPORAL_PORT" in system.text
    assert "✓" not in system.text
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.faults
@pytest.mark.parametrize("part", ["worker", "API", "Temporal", "PostgreSQL"])
def test_a_part_that_dies_is_named_and_started_again(data_directory: Path, part: str) -> None:
    with running(data_directory) as system:
        before = system.children()
        before[part].kill()
        system.wait_for(f"{part} ended with signal SIGKILL; starting it again in 1 s.")
        system.wait_for(f"{part} is running again.")
        after = system.children()
        assert after[part].pid != before[part].pid
        assert {name: child.pid for name, child in after.items() if name != part} == {
            name: child.pid for name, child in before.items() if name != part
        }


@pytest.mark.faults
def test_when_it_is_killed_itself_nothing_stays_and_the_next_start_works(data_directory: Path) -> None:
    with running(data_directory) as system:
        children = system.children()
        system.process.kill()
        system.process.wait(10)
        with running(data_directory) as successor:
            assert gone(children)
            assert successor.stop() == 0


@pytest.mark.parametrize("command", ["migrate", "demo-data"])
def test_a_failure_at_the_start_is_told_with_its_log_and_leaves_nothing(data_directory: Path, command: str) -> None:
    system = Running(data_directory, FAIL_SETUP=command)
    assert system.process.wait(60) == 1
    assert "the stand-in was told to fail" in system.text
    assert "PostgreSQL stopped" in system.text
    assert not list((data_directory / "run").iterdir())


def test_a_second_ctrl_c_ends_everything_at_once(data_directory: Path) -> None:
    with running(data_directory) as system:
        children = system.children()
        children["API"].suspend()  # does not answer to the first one
        system.process.send_signal(signal.SIGINT)
        system.wait_for("Stopping")
        began = time.monotonic()
        assert system.stop() == 0
        assert time.monotonic() - began < 5
    assert gone(children)
