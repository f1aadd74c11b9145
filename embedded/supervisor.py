"""Starts the parts in order, keeps them running, stops them in order."""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NoReturn, Protocol

from embedded.configuration import Configuration
from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, accepts_connections, describe_exit
from embedded.temporal import NAMESPACE, TemporalServer, without_client_settings

DATABASE = "crm"

READY_SECONDS = 60.0
"""How long a part may take to become ready."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
"""Before a part that died is started again; doubled each time it dies again soon."""

STEADY_SECONDS = 60.0
"""A part that ran for so long is trusted again: its next pause is the first one."""


class Progress(Protocol):
    """Where the supervisor tells what it does."""

    def report(self, text: str) -> None:
        """Something happened."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Something is being done, for as long as the context lasts."""


@dataclass
class Part:
    """One process of the system, and how to bring it up.

    Attributes:
        process: what is watched.
        start: starts it and returns when it is ready.
        stop: stops it in order.
    """

    process: ChildProcess
    start: Callable[[], None]
    stop: Callable[[], None]
    started_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    restart_at: float | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.process.name

    def bring_up(self) -> None:
        """Starts it. Raises what ``start`` raises."""
        self.restart_at = None
        self.started_at = time.monotonic()
        self.start()

    def plan_restart(self) -> float:
        """Decides when to start it again; returns the pause in seconds."""
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        pause = self.pause
        self.restart_at = time.monotonic() + pause
        self.pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return pause


class Supervisor:
    """PostgreSQL, Temporal, mailbox, worker and API as child processes of this one.

    Args:
        configuration: where things are.
        progress: is told what happens.
    """

    def __init__(self, configuration: Configuration, progress: Progress) -> None:
        self.configuration = configuration
        self._progress = progress
        ports = configuration.ports
        self.postgres = PostgresServer(
            configuration.data_directory / "postgres", log=configuration.logs / "postgres.log"
        )
        self.temporal = TemporalServer(
            configuration.data_directory / "temporal.db",
            log=configuration.logs / "temporal.log",
            port=ports["TEMPORAL_PORT"],
            ui_port=ports["TEMPORAL_UI_PORT"],
            pid_file=configuration.pids / "temporal.pid",
        )
        self._environment = child_environment(
            configuration, self.database_url, self.temporal.address, self.temporal.ui_url
        )
        mailbox = self._python("mailbox", ["-m", "embedded.mailbox"])
        worker = self._python("worker", ["worker.py"])
        api = self._python("API", ["server.py"])
        metrics_port = ports["WORKER_METRICS_PORT"]
        self._parts = [
            Part(self.postgres.process, self.postgres.start, self.postgres.stop),
            Part(self.temporal.process, self.temporal.start, self.temporal.stop),
            _python_part(
                mailbox, lambda: accepts_connections(ports["SMTP_PORT"]) and answers(ports["MAILBOX_PORT"], "/")
            ),
            _python_part(worker, lambda: accepts_connections(metrics_port)),
            _python_part(api, lambda: answers(ports["API_PORT"], "/readyz")),
        ]
        if configuration.amis:
            amis = self._python("AMIS stand-in", ["-m", "embedded.amis"], log="amis")
            self._parts.append(_python_part(amis, lambda: answers(ports["AMIS_PORT"], "/")))

    @property
    def database_url(self) -> str:
        """Address of the CRM database."""
        return self.postgres.uri(DATABASE)

    def end_leftovers(self) -> None:
        """Ends what a run that was killed left behind, so that its ports are free again."""
        for part in reversed(self._parts):
            if part.process.end_leftover():
                self._progress.report(f"{part.name} was still running from an earlier start; ended it.")

    def start(self) -> None:
        """Brings everything up: the two servers, the schema and demo data, then mailbox, worker and API.

        When this returns, requests can be sent and decided.

        Raises:
            processes.ProcessDied: a part ended; the message names it and has its log.
            processes.NotReady: a part took too long.
            RuntimeError: see ``PostgresServer.start`` and ``TemporalServer.start``.
        """
        postgres, temporal, mailbox, worker, api, *amis = self._parts
        self._bring_up(postgres)
        self._bring_up(temporal)
        for title, command in (("Database schema", "migrate"), ("Demo data", "demo-data")):
            with self._progress.step(title):
                self._python(title, ["-m", "crm", command], log="setup").run_to_end(READY_SECONDS)
        self._bring_up(mailbox)
        self._bring_up(worker)
        self._bring_up(api)
        for part in amis:
            self._bring_up(part)
            with self._progress.step("Connection to it"):
                connect = self._python("Connection to AMIS", ["-m", "embedded.amis.connect"], log="connect")
                connect.run_to_end(READY_SECONDS)
        with self._progress.step("All together"):
            api.process.wait_until(
                lambda: answers(self.configuration.ports["API_PORT"], "/readyz/all"), READY_SECONDS, 0.1
            )

    def watch(self, poll_seconds: float = 0.25) -> NoReturn:
        """Starts again whatever dies, until an exception from outside (a signal handler's) ends it."""
        while True:
            for part in self._parts:
                self._tend(part)
            time.sleep(poll_seconds)

    def stop(self) -> None:
        """Stops everything in the opposite order, each part within its bound."""
        for part in reversed(self._parts):
            if part.process.running:
                part.stop()
                self._progress.report(f"✓ {part.name} stopped")

    def kill(self) -> None:
        """Ends everything at once."""
        for part in reversed(self._parts):
            part.process.kill()

    def _tend(self, part: Part) -> None:
        if part.process.running:
            return
        log = f"Its log: {part.process.log}"
        if part.restart_at is None:
            pause = part.plan_restart()
            ended = describe_exit(part.process.exit_status)
            self._progress.report(f"{part.name} ended with {ended}; starting it again in {pause:.0f} s. {log}")
        elif time.monotonic() >= part.restart_at:
            try:
                part.bring_up()
            except (RuntimeError, OSError) as error:
                what, _, _ = str(error).partition("\n")  # without the end of the log, which is for programs
                self._progress.report(f"{what} Trying again in {part.plan_restart():.0f} s. {log}")
            else:
                self._progress.report(f"{part.name} is running again.")

    def _bring_up(self, part: Part) -> None:
        with self._progress.step(part.name):
            part.bring_up()

    def _python(self, name: str, arguments: Sequence[str], log: str | None = None) -> ChildProcess:
        file = log or name.lower()
        return ChildProcess(
            name=name,
            command=[sys.executable, *arguments],
            log=self.configuration.logs / f"{file}.log",
            environment=self._environment,
            pid_file=self.configuration.pids / f"{file}.pid",
        )


def child_environment(
    configuration: Configuration, database_url: str, temporal_address: str, temporal_ui_url: str
) -> dict[str, str]:
    """The environment of worker, API and ``python -m crm``: this process's, with this system's addresses and secrets."""
    own = {
        "DATABASE_URL": database_url,
        "API_HOST": "127.0.0.1",
        "API_PORT": str(configuration.ports["API_PORT"]),
        "DEMO_MODE": "true",
        "TEMPORAL_ADDRESS": temporal_address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "TEMPORAL_UI_URL": temporal_ui_url,
        "WORKER_METRICS_ADDRESS": f"127.0.0.1:{configuration.ports['WORKER_METRICS_PORT']}",
        "WEBHOOK_ALLOWED_NETWORKS": os.environ.get("WEBHOOK_ALLOWED_NETWORKS", '["127.0.0.0/8", "::1/128"]'),
        "CONNECTOR_ALLOWED_NETWORKS": os.environ.get("CONNECTOR_ALLOWED_NETWORKS", '["127.0.0.0/8", "::1/128"]'),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(configuration.ports["SMTP_PORT"]),
        "SMTP_TLS": "none",
        "SMTP_USER": "",
        "SMTP_PASSWORD": "",
        "MAIL_FROM": "Phê duyệt mua hàng <mua-hang@demo.example>",
        "MAIL_GATHER_SECONDS": "3",  # whoever tries it out does not wait for the usual minute, or for the morning
        "MAIL_QUIET_HOURS": "false",
        **_amis(configuration),
        "MAILBOX_DIRECTORY": str(configuration.data_directory / "mailbox"),
        "MAILBOX_PORT": str(configuration.ports["MAILBOX_PORT"]),
        "MAILBOX_URL": configuration.mailbox_url,
        "PYTHONUNBUFFERED": "1",
    }
    return {**without_client_settings(os.environ), **own, **configuration.secrets()}


def _amis(configuration: Configuration) -> dict[str, str]:
    if not configuration.amis:
        return {}
    directory = configuration.data_directory / "amis"
    return {"AMIS_PORT": str(configuration.ports["AMIS_PORT"]), "AMIS_DIRECTORY": str(directory)}


def answers(port: int, path: str) -> bool:
    """Whether an HTTP server on this machine answers 200 to a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _python_part(process: ChildProcess, ready: Callable[[], bool]) -> Part:
    return Part(process, lambda: process.start(ready, READY_SECONDS, poll_seconds=0.1), process.stop)
