"""Keeps the processes of a system running: brought up in order, started again when they die, stopped in the opposite order."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NoReturn, Protocol

from embedded.processes import ChildProcess, NotReady, ProcessDied, describe_exit

READY_SECONDS = 60.0
"""How long a part may take to become ready."""

READY_POLL_SECONDS = 0.1

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
"""Before a part that died is started again; doubled each time it dies again soon."""

STEADY_SECONDS = 60.0
"""A part that ran for so long is trusted again: its next pause is the first one."""


class Progress(Protocol):
    """Where a keeper tells what it does."""

    def report(self, text: str) -> None:
        """Something happened."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Something is being done, for as long as the context lasts."""


def _at_once() -> bool:
    return True


@dataclass(eq=False)
class Part:
    """One process of the system, and how to bring it up.

    Attributes:
        process: what is watched.
        begin: starts it; need not wait.
        stop: stops it in order.
        ready: whether it does its work, once ``begin`` has returned.
        ready_seconds: how long that may take.
    """

    process: ChildProcess
    begin: Callable[[], None]
    stop: Callable[[], None]
    ready: Callable[[], bool] = _at_once
    ready_seconds: float = READY_SECONDS
    started_at: float = 0.0
    starting: bool = False
    pause: float = FIRST_PAUSE_SECONDS
    restart_at: float | None = None

    @classmethod
    def of(cls, process: ChildProcess, ready: Callable[[], bool], ready_seconds: float = READY_SECONDS) -> Part:
        """A part that needs nothing but its process."""
        return cls(process, process.begin, process.stop, ready, ready_seconds)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.process.name

    def start(self) -> None:
        """Starts it, and waits for nothing. Raises what ``begin`` raises."""
        self.restart_at = None
        self.started_at = time.monotonic()
        self.begin()
        self.starting = True

    def bring_up(self) -> None:
        """Starts it and waits until it is ready; what is not ready in time does not stay.

        Raises:
            processes.ProcessDied: it ended.
            processes.NotReady: it took too long.
        """
        self.start()
        try:
            self.process.wait_until(self.ready, self.ready_seconds, READY_POLL_SECONDS)
        except BaseException:
            self.process.kill()
            raise
        finally:
            self.starting = False

    def has_come_up(self) -> bool:
        """Of one that is starting: whether it is ready by now.

        Raises:
            processes.ProcessDied: it ended.
            processes.NotReady: it has taken too long, and was killed.
        """
        if not self.process.running:
            self.starting = False
            raise ProcessDied(f"{self.name} ended with {describe_exit(self.process.exit_status)}.")
        if self.ready():
            self.starting = False
            return True
        if time.monotonic() - self.started_at > self.ready_seconds:
            self.starting = False
            self.process.kill()
            raise NotReady(f"{self.name} is not ready after {self.ready_seconds:.0f} seconds.")
        return False

    def plan_restart(self) -> float:
        """Decides when to start it again; returns the pause in seconds."""
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        pause = self.pause
        self.restart_at = time.monotonic() + pause
        self.pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return pause


class Keeper(ABC):
    """The parts of a system as child processes of this one.

    Args:
        progress: is told what happens.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._parts: list[Part] = []

    @abstractmethod
    def start(self) -> None:
        """Brings everything up; when this returns, the system can be used.

        Raises:
            processes.ProcessDied: a part ended; the message names it and has its log.
            processes.NotReady: a part took too long.
            RuntimeError: it cannot be started as it is.
        """

    def end_leftovers(self) -> None:
        """Ends what a run that was killed left behind, so that its ports are free again."""
        for part in reversed(self._parts):
            if part.process.end_leftover():
                self._progress.report(f"{part.name} was still running from an earlier start; ended it.")

    def watch(self, poll_seconds: float = 0.25) -> NoReturn:
        """Starts again whatever dies, until an exception from outside (a signal handler's) ends it."""
        while True:
            for part in self._parts:
                self._tend(part)
            time.sleep(poll_seconds)

    def stop(self) -> None:
        """Stops everything in the opposite order, each part within its bound."""
        for part in reversed(self._parts):
            self._stop_part(part)

    def kill(self) -> None:
        """Ends everything at once."""
        for part in reversed(self._parts):
            part.process.kill()

    def _stop_part(self, part: Part) -> None:
        if part.process.running:
            part.stop()
            self._progress.report(f"✓ {part.name} stopped")

    def _tend(self, part: Part) -> None:
        """One look at one part. It waits for none to become ready: others that died are started meanwhile."""
        log = f"Its log: {part.process.log}"
        try:
            if part.starting:
                if part.has_come_up():
                    self._progress.report(f"{part.name} is running again.")
            elif part.process.running:
                return
            elif part.restart_at is None:
                pause = part.plan_restart()
                ended = describe_exit(part.process.exit_status)
                self._progress.report(f"{part.name} ended with {ended}; starting it again in {pause:.0f} s. {log}")
            elif time.monotonic() >= part.restart_at:
                part.start()
        except (RuntimeError, OSError) as error:
            what, _, _ = str(error).partition("\n")  # without the end of the log, which is for programs
            self._progress.report(f"{what} Trying again in {part.plan_restart():.0f} s. {log}")

    def _bring_up(self, part: Part) -> None:
        with self._progress.step(part.name):
            part.bring_up()

    def _bring_up_together(self, title: str, parts: Sequence[Part]) -> None:
        """Starts parts that need each other, all at once, and waits until each of them is ready.

        One that ends before that is started again, as long as its time lasts.
        """
        with self._progress.step(title):
            for part in parts:
                part.start()
            for part in parts:
                _await_part(part)


def _await_part(part: Part) -> None:
    deadline = time.monotonic() + part.ready_seconds
    while True:
        try:
            part.process.wait_until(part.ready, deadline - time.monotonic(), READY_POLL_SECONDS)
        except ProcessDied:
            if time.monotonic() > deadline:
                raise
            time.sleep(FIRST_PAUSE_SECONDS)
            part.start()
        else:
            part.starting = False
            return
