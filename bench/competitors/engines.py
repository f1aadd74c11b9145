"""The sides with another engine: DBOS and Restate, each with an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from bench.sides import READY_SECONDS, ROOT, Side
from embedded.processes import ChildProcess, accepts_connections, free_port
from embedded.supervisor import answers

ENVIRONMENTS = ROOT / "bench" / ".venvs"

_RESTATE_SYNCS = (
    "RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC",
    "RESTATE_BIFROST__LOCAL__ROCKSDB_DISABLE_WAL_FSYNC",
    "RESTATE_BIFROST__LOCAL__ROCKSDB_DISABLE_WAL",
)
"""What Restate would not do for its log if these were true; that they are not is its default as well."""


class Dbos(Side):
    """DBOS Transact, its system database beside the CRM's on the same PostgreSQL server."""

    name = "dbos"
    title = "DBOS Transact"

    def start_engine(self) -> None:
        """See ``Side``."""
        self.postgres.create_database("dbos")

    def start_api(self) -> None:
        """See ``Side``."""
        environment = {"API_PORT": str(self.port)}
        self.start_python(
            "api", ["-m", "bench.competitors.dbos"], environment, port=self.port, python=_python_of(self.name)
        )


class Restate(Side):
    """Restate: its server, the service that it calls, and the API that calls it."""

    name = "restate"
    title = "Restate"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._ingress, self._admin, self._node, self._service = (free_port() for _ in range(4))

    def start_engine(self) -> None:
        """See ``Side``."""
        server = ChildProcess(
            name="restate",
            command=[str(_restate_server()), "--no-logo", "--bind-ip", "127.0.0.1", "--listen-mode", "tcp"],
            log=self.directory / "restate.log",
            environment={
                **os.environ,
                "RESTATE_INGRESS__BIND_PORT": str(self._ingress),
                "RESTATE_ADMIN__BIND_PORT": str(self._admin),
                "RESTATE_BIND_PORT": str(self._node),
                "RESTATE_BASE_DIR": str(self.directory / "restate"),
                **dict.fromkeys(_RESTATE_SYNCS, "false"),
                "RESTATE_DISABLE_TELEMETRY": "true",
                "RESTATE_LOG_FILTER": "warn",
                "DO_NOT_TRACK": "1",
            },
        )
        self.processes["restate"] = server
        server.start(lambda: answers(self._admin, "/health"), READY_SECONDS)
        self.start_service()

    def start_service(self) -> None:
        """Start the service and tell the server of it."""
        environment = {"SERVICE_PORT": str(self._service)}
        log = self.directory / "service.log"
        process = ChildProcess(
            name="service",
            command=[_python_of(self.name), "-m", "bench.competitors.restate.service"],
            log=log,
            environment={**os.environ, "DATABASE_URL": self.database_url, "PYTHONPATH": str(ROOT), **environment},
            working_directory=ROOT,
        )
        self.processes["service"] = process
        process.start(lambda: accepts_connections(self._service), READY_SECONDS)
        call = urllib.request.Request(
            f"http://127.0.0.1:{self._admin}/deployments",
            data=json.dumps({"uri": f"http://127.0.0.1:{self._service}"}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(call, timeout=30) as answer:
            answer.read()

    def start_api(self) -> None:
        """See ``Side``."""
        environment = {"API_PORT": str(self.port), "RESTATE_INGRESS": f"http://127.0.0.1:{self._ingress}"}
        self.start_python(
            "api", ["-m", "bench.competitors.restate.api"], environment, port=self.port, python=_python_of(self.name)
        )


def _python_of(name: str) -> str:
    return str(ENVIRONMENTS / name / "bin" / "python")


def _restate_server() -> Path:
    system = {"linux": "linux-x64", "darwin": "darwin-arm64"}[sys.platform]
    if os.uname().machine in ("aarch64", "arm64"):
        system = system.replace("x64", "arm64")
    return (
        ENVIRONMENTS
        / "restate"
        / "node_modules"
        / "@restatedev"
        / f"restate-server-{system}"
        / "bin"
        / "restate-server"
    )


def install(name: str) -> str:
    """Make a competitor's environment, if it is not there.

    Returns:
        Why it cannot be had; empty when it can.
    """
    folder = ROOT / "bench" / "competitors" / name
    environment = ENVIRONMENTS / name
    wanted = "".join(
        (folder / file).read_text() for file in ("requirements.txt", "package.json") if (folder / file).exists()
    )
    stamp = environment / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    commands = [
        [sys.executable, "-m", "venv", "--clear", str(environment)],
        [_python_of(name), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(folder / "requirements.txt")],
    ]  # fmt: skip
    if (folder / "package.json").exists():
        commands.append(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
        )
    try:
        for command in commands:
            if command[0] == "npm":
                shutil.copy(folder / "package.json", environment)
            subprocess.run(command, check=True, capture_output=True, text=True, cwd=environment.parent if command[0] != "npm" else environment)  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{name} cannot be installed: {getattr(error, 'stderr', '') or error}".strip()[-300:]
    stamp.write_text(wanted)
    return ""
