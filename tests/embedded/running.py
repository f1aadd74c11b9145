"""make run as a child process of a test."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from embedded.foreground import STOP_SIGNALS

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"
PORTS = ("API_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "MAILBOX_PORT", "WORKER_METRICS_PORT", "SMTP_PORT")


class Running:
    """``python -m embedded`` on free ports, and what it has printed.

    Args:
        programs: the directory with worker and API: ``ROOT`` or ``STAND_INS``.
        data_directory: its ``DATA_DIR``.
        terminal: file descriptor to write to, in place of a file.
        ignored: signals that are ignored where it is started.
        environment: further variables.
    """

    module: ClassVar = "embedded"
    ports: ClassVar[Sequence[str]] = PORTS
    """Variables of the ports that are to be any free ones."""

    def __init__(
        self,
        programs: Path,
        data_directory: Path,
        terminal: int | None = None,
        ignored: Collection[signal.Signals] = (),
        /,
        **environment: str,
    ) -> None:
        ports = dict.fromkeys(self.ports, "0")
        self.data_directory = data_directory
        data_directory.parent.mkdir(parents=True, exist_ok=True)
        self.output = data_directory.with_name(f"{data_directory.name}.{time.monotonic_ns()}.txt")
        with self.output.open("wb") as file, signals_as_started(ignored):
            output = file if terminal is None else terminal
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=programs,
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
        """The five processes by what they are."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            line = " ".join(child.cmdline())
            for part, mark in {
                "PostgreSQL": "postgres",
                "Temporal": "start-dev",
                "mailbox": "embedded.mailbox",
                "worker": "worker.py",
                "API": "server.py",
            }.items():
                if mark in line:
                    found[part] = child
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    @property
    def api_url(self) -> str:
        address = re.search(r"(http://127\.0\.0\.1:\d+)/docs", self.text)
        assert address, self.text
        return address.group(1)

    @property
    def mailbox_url(self) -> str:
        address = re.search(r"Mailbox +(http://127\.0\.0\.1:\d+)/", self.text)
        assert address, self.text
        return address.group(1)

    def close(self) -> None:
        """Stops it if a test has not."""
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)


@contextmanager
def signals_as_started(ignored: Collection[signal.Signals] = ()) -> Iterator[None]:
    """Has what is started meanwhile find these of the signals that stop it ignored and no others, as in a terminal.

    A signal that is ignored stays so in children: the tests themselves may be run by ``nohup``, or in the background.
    """
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(
    programs: Path, data_directory: Path, ignored: Collection[signal.Signals] = (), /, **environment: str
) -> Iterator[Running]:
    system = Running(programs, data_directory, None, ignored, **environment)
    try:
        system.wait_for("Ctrl-C")
        yield system
    finally:
        system.close()


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def gone(processes: dict[str, psutil.Process]) -> bool:
    return not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in processes.values())
