"""What ``make run`` runs: its parts, the order in which they start, and the environment that worker and API are given."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping, Sequence

from embedded.configuration import Configuration
from embedded.keeper import READY_SECONDS, Keeper, Part, Progress
from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, accepts_connections
from embedded.temporal import NAMESPACE, TemporalServer, without_client_settings

DATABASE = "crm"
POSTGRES_DIRECTORY = "postgres"
"""Where, in the data directory, PostgreSQL keeps its data, and the engine its store."""
ENGINE_FILE = "temporal.db"


class Supervisor(Keeper):
    """PostgreSQL, Temporal, mailbox, worker and API as child processes of this one.

    Args:
        configuration: where things are.
        progress: is told what happens.
    """

    def __init__(self, configuration: Configuration, progress: Progress) -> None:
        super().__init__(progress)
        self.configuration = configuration
        ports = configuration.ports
        self.postgres = PostgresServer(
            configuration.data_directory / POSTGRES_DIRECTORY, log=configuration.logs / "postgres.log"
        )
        self.temporal = TemporalServer(
            configuration.data_directory / ENGINE_FILE,
            log=configuration.logs / "temporal.log",
            port=ports["TEMPORAL_PORT"],
            ui_port=ports["TEMPORAL_UI_PORT"],
            codec_endpoint=f"{configuration.api_url}/codec" if os.environ.get("PAYLOAD_KEYS") else "",
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
            Part.of(mailbox, lambda: accepts_connections(ports["SMTP_PORT"]) and answers(ports["MAILBOX_PORT"], "/")),
            Part.of(worker, lambda: accepts_connections(metrics_port)),
            Part.of(api, lambda: answers(ports["API_PORT"], "/readyz")),
        ]
        if configuration.amis:
            amis = self._python("AMIS stand-in", ["-m", "embedded.amis"], log="amis")
            self._parts.append(Part.of(amis, lambda: answers(ports["AMIS_PORT"], "/")))

    @property
    def database_url(self) -> str:
        """Address of the CRM database."""
        return self.postgres.uri(DATABASE)

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

    def _python(self, name: str, arguments: Sequence[str], log: str = "") -> ChildProcess:
        return python_process(self.configuration, name, arguments, self._environment, log=log)


def python_process(
    configuration: Configuration, name: str, arguments: Sequence[str], environment: Mapping[str, str], *, log: str = ""
) -> ChildProcess:
    """A Python program of this system, to be started; its log is named for it, or ``<log>.log``."""
    file = log or name.lower().replace(" ", "-")
    return ChildProcess(
        name=name,
        command=[sys.executable, *arguments],
        log=configuration.logs / f"{file}.log",
        environment=environment,
        pid_file=configuration.pids / f"{file}.pid",
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
        "VAPID_SUBJECT": "mailto:mua-hang@demo.example",
        **_amis(configuration),
        "MAILBOX_DIRECTORY": str(configuration.data_directory / "mailbox"),
        "MAILBOX_PORT": str(configuration.ports["MAILBOX_PORT"]),
        "MAILBOX_URL": configuration.mailbox_url,
        "COMPANY_TIME_ZONE": os.environ.get("COMPANY_TIME_ZONE", "Asia/Ho_Chi_Minh"),
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
