"""PostgreSQL, engine, worker and API on a data directory that was restored, to check it before anybody works with it.

The worker decides and does not tell: what is still to be told on waits until ``make run`` starts on the directory.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from embedded.configuration import Configuration
from embedded.keeper import READY_SECONDS
from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, accepts_connections
from embedded.supervisor import DATABASE, ENGINE_FILE, POSTGRES_DIRECTORY, answers, child_environment
from embedded.temporal import TemporalServer

CALLS_NOBODY: Mapping[str, str] = {
    "ENCRYPTION_KEYS": "",
    "SMTP_HOST": "",
    "VAPID_PRIVATE_KEY": "",
    "RECONCILE_MINUTES": "0",
}
"""Has a second copy of a company do nothing outside of itself: addresses and passwords of other systems cannot be read without keys."""


class Place:
    """The processes; none runs before it is asked to.

    Args:
        configuration: the data directory and the ports.
        environment: what the programs are told besides.
    """

    def __init__(self, configuration: Configuration, environment: Mapping[str, str] | None = None) -> None:
        self._configuration = configuration
        directory, ports = configuration.data_directory, configuration.ports
        self.postgres = PostgresServer(directory / POSTGRES_DIRECTORY, log=configuration.logs / "postgres.log")
        self.temporal = TemporalServer(
            directory / ENGINE_FILE, log=configuration.logs / "temporal.log", port=ports["TEMPORAL_PORT"]
        )
        own = child_environment(configuration, self.postgres.uri(DATABASE), self.temporal.address, "")
        self._environment = {**own, **(environment or {})}
        self._worker = self._child("worker", "worker.py", "runs")
        self._api = self._child("API", "server.py")

    def start(self) -> None:
        """Start the stores, bring the schema to this version, start the worker.

        Raises:
            processes.ProcessDied, processes.NotReady, RuntimeError: see ``PostgresServer.start``.
        """
        self.postgres.start()
        self.temporal.start()
        self._child("Database schema", "-m", "crm", "migrate").run_to_end(READY_SECONDS)
        port = self._configuration.ports["WORKER_METRICS_PORT"]
        self._worker.start(lambda: accepts_connections(port), READY_SECONDS)

    def start_api(self) -> None:
        """Start the API, and wait until everything is there that a decision needs.

        Raises:
            processes.ProcessDied, processes.NotReady: it is not.
        """
        port = self._configuration.ports["API_PORT"]
        self._api.start(lambda: answers(port, "/readyz/all"), READY_SECONDS, poll_seconds=0.1)

    def check(self, *arguments: str) -> tuple[bool, str]:
        """Run ``python -m crm check``: whether nothing is left for a person to do, and all that it says."""
        done = subprocess.run(
            [sys.executable, "-m", "crm", "check", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode == 0, done.stdout.rstrip()

    def stop(self) -> None:
        """Stop whatever runs, in order."""
        for process in (self._api, self._worker):
            if process.running:
                process.stop()
        for server in (self.temporal, self.postgres):
            if server.running:
                server.stop()

    def _child(self, name: str, *arguments: str) -> ChildProcess:
        return ChildProcess(
            name=name,
            command=[sys.executable, *arguments],
            log=self._configuration.logs / f"{name.lower().replace(' ', '-')}.log",
            environment=self._environment,
        )
