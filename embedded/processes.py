"""One child process with a log file: in its own session, stopped within a bounded time, not outliving its parent.

On Linux the kernel signals the child when the *thread* that started it ends (``setpriv --pdeathsig``), so start
children from a thread that lives as long as they should.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LOG_KEPT_BYTES = 20 * 1024 * 1024
"""A log that is larger than this when its process starts is moved aside to ``<name>.log.1``."""

POLL_SECONDS = 0.02


class ProcessDied(RuntimeError):
    """A child process ended although it should be running. The message names it and ends with the tail of its log."""


class NotReady(RuntimeError):
    """A child process runs but did not become ready in time. The message names it and ends with the tail of its log."""


@dataclass
class ChildProcess:
    """A program that runs beside this one.

    Attributes:
        name: what people call it; used in messages.
        command: program and arguments.
        log: file to which standard output and error are appended.
        environment: the whole environment of the child; None: that of this process.
        working_directory: None: that of this process.
        stop_signal: asks it to leave in order; also what the kernel sends when this process dies.
        stop_seconds: how long it may take to leave before it is killed.
        pid_file: remembers the process, so that the next start can end one that was left behind; None: not remembered.
        privileges: options for ``setpriv`` (see ``embedded.postgres``).
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    working_directory: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    pid_file: Path | None = None
    privileges: Sequence[str] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _log_start: int = field(default=0, init=False, repr=False)
    _asked: bool = field(default=False, init=False, repr=False)

    @property
    def pid(self) -> int | None:
        """Process id, or None when it was never started."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """Exit code, negative signal number, or None while it runs."""
        return self._process.poll() if self._process else None

    def start(self, ready: Callable[[], bool], seconds: float, poll_seconds: float = POLL_SECONDS) -> None:
        """Starts it and waits until it is ready; ends one that an earlier run left behind first.

        Args:
            ready: asked again and again whether it is.
            seconds: how long that may take.
            poll_seconds: pause between two questions.

        Raises:
            ProcessDied: it ended.
            NotReady: ``seconds`` have passed; it was killed.
            RuntimeError: it is running already.
            OSError: the program cannot be executed.
        """
        self.begin()
        try:
            self.wait_until(ready, seconds, poll_seconds)
        except BaseException:
            self.kill()
            raise

    def begin(self) -> None:
        """Starts it, and does not wait for it.

        Raises:
            RuntimeError: it is running already.
            OSError: the program cannot be executed.
        """
        if self.running:
            raise RuntimeError(f"{self.name} is running already (process {self.pid})")
        self.end_leftover()
        _set_large_log_aside(self.log)
        with self.log.open("ab") as log:
            self._log_start, self._asked = log.tell(), False
            self._process = subprocess.Popen(
                under_parent(self.command, self.stop_signal, self.privileges),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.working_directory,
                start_new_session=True,
            )
        if self.pid_file:
            remember(self.pid_file, self._process.pid)

    def end_leftover(self) -> bool:
        """Ends the process that an earlier run left behind, if ``pid_file`` names one. Returns whether there was one."""
        if self.pid_file is None:
            return False
        process = remembered(self.pid_file)
        if process:
            end_process(process, self.stop_signal, self.stop_seconds)
        self.pid_file.unlink(missing_ok=True)
        return process is not None

    def run_to_end(self, seconds: float) -> None:
        """Starts it and waits until it has done its work.

        Raises:
            ProcessDied: it ended with an error, or was ended as ``seconds`` had passed.
        """
        self.begin()
        process = self._process
        assert process is not None  # noqa: S101 - it has just been started
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ProcessDied(f"{self.name} did not end within {seconds:.0f} seconds.\n{self.log_tail()}") from None
        finally:
            self.stop()
        if status != 0:
            raise ProcessDied(f"{self.name} failed with {describe_exit(status)}.\n{self.log_tail()}")

    def stop(self) -> None:
        """Asks it to leave, waits ``stop_seconds``, then kills it. Does nothing when it does not run."""
        if self._process is None:
            return
        if self.running:
            self.ask_to_leave()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self.stop_seconds)
        self.kill()

    def ask_to_leave(self) -> None:
        """Asks it to leave, once, and does not wait: for several that leave at the same time."""
        if self._process is not None and self.running and not self._asked:
            self._asked = True
            self._process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """Ends it and whatever it left in its session at once (SIGKILL)."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self.pid_file:
            self.pid_file.unlink(missing_ok=True)

    def wait_until(self, ready: Callable[[], bool], seconds: float, poll_seconds: float = POLL_SECONDS) -> None:
        """Waits for something of a process that runs. Arguments and errors: see ``start``; it is not killed."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise ProcessDied(f"{self.name} ended with {describe_exit(self.exit_status)}.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise NotReady(f"{self.name} is not ready after {seconds:.0f} seconds.\n{self.log_tail()}")
            time.sleep(poll_seconds)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines that it wrote since its latest start, with the name of the log before them."""
        try:
            with self.log.open("rb") as log:
                log.seek(self._log_start)
                text = log.read().decode(errors="replace")
        except OSError as error:
            return f"(its log {self.log} cannot be read: {error})"
        tail = text.splitlines()[-lines:]
        return "\n".join([f"The end of {self.log}:", *(f"  {line}" for line in tail or ["(empty)"])])


class Server:
    """A server that is one process of ours."""

    _process: ChildProcess

    @property
    def process(self) -> ChildProcess:
        """The server's process, for whoever watches over it."""
        return self._process

    @property
    def pid(self) -> int | None:
        """Process id of the server, or None when it was never started."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server's process runs."""
        return self._process.running


def describe_exit(status: int | None) -> str:
    """An exit status in words: ``exit code 1``, ``signal SIGKILL``."""
    if status is None:
        return "no status"
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"


def under_parent(command: Sequence[str], death_signal: signal.Signals, privileges: Sequence[str] = ()) -> list[str]:
    """``command``, wrapped so that the kernel sends it ``death_signal`` when its parent dies.

    Without util-linux (macOS) there is no such thing: the command stays as it is; the next start ends what was left.

    Raises:
        RuntimeError: ``privileges`` are asked for and ``setpriv`` is missing.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv:
        return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), *privileges, "--", *command]
    if privileges:
        raise RuntimeError("PostgreSQL refuses to run as root: install util-linux (setpriv), or be an ordinary user")
    return list(command)


def remember(pid_file: Path, pid: int) -> None:
    """Writes process id and start time, which together name a process even after its id has been used again."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    pid_file.write_text(f"{pid} {started}\n")


def remembered(pid_file: Path) -> psutil.Process | None:
    """The process that ``pid_file`` names, if it still runs."""
    try:
        pid, started = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        return process if process.create_time() == float(started) and _alive(process) else None
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def end_process(process: psutil.Process, stop_signal: signal.Signals, seconds: float) -> None:
    """Asks a process that is not our child to leave, waits, then kills it."""
    try:
        process.send_signal(stop_signal)
        deadline = time.monotonic() + seconds
        while _alive(process):
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(POLL_SECONDS)
    except psutil.NoSuchProcess:
        pass


def _alive(process: psutil.Process) -> bool:
    """Whether it runs; one that ended and waits for its parent to notice does not."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def free_port(*besides: int) -> int:
    """A TCP port of the loopback address, by chance, on which nothing listens, other than these.

    It is none of those that outgoing connections are given, so that a server which was killed finds it free again.
    """
    while True:
        port = secrets.choice(range(15_000, 30_000))
        with socket.socket() as probe, suppress(OSError):
            if port not in besides:
                probe.bind(("127.0.0.1", port))
                return port


def accepts_connections(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something listens on a TCP port of the loopback address."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _set_large_log_aside(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        if log.stat().st_size > LOG_KEPT_BYTES:
            log.replace(log.with_name(log.name + ".1"))
    except FileNotFoundError:
        pass
