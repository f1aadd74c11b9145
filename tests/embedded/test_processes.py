"""A child process says why it died, leaves within a bound, and does not outlive its parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from embedded import processes
from embedded.processes import ChildProcess, NotReady, ProcessDied


def python(tmp_path: Path, program: str, *, stop_seconds: float = 10, pid_file: Path | None = None) -> ChildProcess:
    return ChildProcess(
        name="the program",
        command=[sys.executable, "-u", "-c", program],
        log=tmp_path / "program.log",
        stop_seconds=stop_seconds,
        pid_file=pid_file,
    )


def says_ready(child: ChildProcess) -> Callable[[], bool]:
    return lambda: "ready" in child.log.read_text()


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


SLEEP = "import time; print('ready'); time.sleep(100)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(100)"


def test_one_that_dies_while_starting_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = python(tmp_path, "import sys; print('out of luck'); sys.exit(3)")
    with pytest.raises(ProcessDied) as died:
        child.start(lambda: False, 10)
    assert "the program ended with exit code 3" in str(died.value)
    assert "out of luck" in str(died.value)
    assert str(child.log) in str(died.value)


def test_only_what_it_wrote_since_its_latest_start_is_shown(tmp_path: Path) -> None:
    child = python(tmp_path, "print('again')")
    for _ in range(2):
        child.run_to_end(10)
    assert child.log_tail().count("again") == 1
    assert child.log.read_text().count("again") == 2


def test_one_that_does_not_become_ready_is_ended(tmp_path: Path) -> None:
    child = python(tmp_path, SLEEP)
    with pytest.raises(NotReady, match="not ready after 0 seconds"):
        child.start(lambda: False, 0.2)
    assert not child.running


def test_one_that_ignores_the_signal_is_killed_after_its_time(tmp_path: Path) -> None:
    child = python(tmp_path, STUBBORN, stop_seconds=0.2)
    child.start(says_ready(child), 10)
    child.stop()
    assert child.exit_status == -signal.SIGKILL


def test_what_it_started_itself_goes_with_it(tmp_path: Path) -> None:
    nested = f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); print(c.pid, 'ready'); c.wait()"
    child = python(tmp_path, nested)
    child.start(says_ready(child), 10)
    grandchild = int(child.log.read_text().split()[0])
    child.stop()
    assert eventually(lambda: not alive(grandchild))


def test_work_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProcessDied, match=r"(?s)the program failed with exit code 1.*no such thing"):
        python(tmp_path, "raise SystemExit('no such thing')").run_to_end(10)


def test_work_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    child = python(tmp_path, SLEEP)
    with pytest.raises(ProcessDied, match="did not end within 0 seconds"):
        child.run_to_end(0.3)
    assert not child.running


def test_one_that_an_earlier_run_left_behind_is_ended_first(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    left_behind = python(tmp_path, SLEEP, pid_file=pid_file)
    left_behind.start(says_ready(left_behind), 10)
    successor = python(tmp_path, SLEEP, pid_file=pid_file)
    successor.start(lambda: True, 10)
    assert left_behind.exit_status == -signal.SIGTERM
    successor.kill()
    assert not pid_file.exists()


def test_a_process_id_that_is_in_use_again_is_left_alone(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(f"{os.getpid()} 12345.0\n")
    assert not python(tmp_path, SLEEP, pid_file=pid_file).end_leftover()
    assert not pid_file.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of their parent's death on Linux only")
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = f"""
import sys, time
from pathlib import Path
from embedded.processes import ChildProcess
log = Path({str(tmp_path / "child.log")!r})
child = ChildProcess(name="child", command=[sys.executable, "-u", "-c", {SLEEP!r}], log=log)
child.start(lambda: "ready" in log.read_text(), 10)
print(child.pid, flush=True)
time.sleep(100)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(processes.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert alive(child)
        process.kill()
    assert eventually(lambda: not alive(child))


def test_a_large_log_is_moved_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_KEPT_BYTES", 3)
    child = python(tmp_path, "print('new')")
    child.log.write_text("old lines\n")
    child.run_to_end(10)
    assert child.log.read_text() == "new\n"
    assert child.log.with_name("program.log.1").read_text() == "old lines\n"


def test_a_free_port_is_neither_taken_nor_one_of_those_to_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", processes.free_port())) as listener:
        taken = listener.getsockname()[1]
        other = processes.free_port(taken)
        wanted = processes.free_port(taken, other)
        drawn = iter((taken, other, wanted))
        monkeypatch.setattr("secrets.choice", lambda _: next(drawn))
        assert processes.free_port(other) == wanted
