"""How processes are kept running: one that takes its time holds up no other."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from embedded.keeper import Keeper, Part
from embedded.processes import ChildProcess, NotReady
from tests.embedded.running import eventually


class Told:
    """Progress, written down."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def report(self, text: str) -> None:
        self.lines.append(text)

    def step(self, title: str) -> AbstractContextManager[None]:
        return nullcontext()


class Few(Keeper):
    """Some processes that do nothing."""

    def __init__(self, told: Told, *parts: Part) -> None:
        super().__init__(told)
        self._parts = list(parts)

    def start(self) -> None:
        for part in self._parts:
            part.bring_up()

    def tend(self) -> None:
        """One look at each."""
        for part in self._parts:
            self._tend(part)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Callable[[str], ChildProcess]]:
    made: list[ChildProcess] = []

    def make(name: str) -> ChildProcess:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        made.append(ChildProcess(name, command, tmp_path / f"{name}.log"))
        return made[-1]

    yield make
    for process in made:
        process.kill()


def test_one_that_is_slow_to_come_up_holds_up_no_other(sleeper: Callable[[str], ChildProcess]) -> None:
    told, slow_is_ready = Told(), threading.Event()
    slow_is_ready.set()
    slow, quick = Part.of(sleeper("slow"), slow_is_ready.is_set), Part.of(sleeper("quick"), lambda: True)
    few = Few(told, slow, quick)
    few.start()
    slow_is_ready.clear()
    slow.process.kill()
    quick.process.kill()

    def told_of_quick() -> bool:
        few.tend()
        return "quick is running again." in told.lines

    assert eventually(told_of_quick, 10)
    assert "slow is running again." not in told.lines
    slow_is_ready.set()
    few.tend()
    assert told.lines[-1] == "slow is running again."


def test_one_that_never_comes_up_is_ended_and_tried_again(sleeper: Callable[[str], ChildProcess]) -> None:
    told, ready = Told(), threading.Event()
    ready.set()
    part = Part.of(sleeper("slow"), ready.is_set, ready_seconds=0.5)
    few = Few(told, part)
    few.start()
    ready.clear()
    part.process.kill()

    def gave_up() -> bool:
        few.tend()
        return any("slow is not ready after 0 seconds. Trying again in 2 s." in line for line in told.lines)

    assert eventually(gave_up, 10)
    assert not part.process.running


def test_one_that_is_not_ready_in_time_does_not_stay(sleeper: Callable[[str], ChildProcess]) -> None:
    part = Part.of(sleeper("slow"), lambda: False, ready_seconds=0.3)
    with pytest.raises(NotReady, match="slow is not ready"):
        part.bring_up()
    assert not part.process.running


def test_several_that_are_asked_leave_at_the_same_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW_TO_LEAVE]
    processes = [ChildProcess(name, command, tmp_path / f"{name}.log") for name in ("one", "two", "three")]
    for process in processes:
        process.begin()
    assert eventually(lambda: all("up" in process.log.read_text() for process in processes))
    began = time.monotonic()
    for process in processes:
        process.ask_to_leave()
    for process in processes:
        process.stop()
    assert time.monotonic() - began < 2.0
    assert [process.exit_status for process in processes] == [0, 0, 0]


SLOW_TO_LEAVE = """
import signal, sys, time

def leave(*_):
    time.sleep(1.0)
    sys.exit(0)

signal.signal(signal.SIGTERM, leave)
print("up", flush=True)
time.sleep(600)
"""
"""Takes a second, and would take another one if it were asked again."""
