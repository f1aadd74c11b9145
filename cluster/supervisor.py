"""What ``make cluster`` runs: its parts, and the order in which they start."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from cluster.configuration import ClusterConfiguration, Member
from cluster.programs import Programs, balancer_program
from cluster.rendering import postgres_settings, render
from cluster.store import Store
from embedded.keeper import READY_SECONDS, Keeper, Part, Progress
from embedded.postgres import PostgresServer
from embedded.processes import ChildProcess, NotReady, accepts_connections
from embedded.supervisor import DATABASE, answers, child_environment, python_process
from embedded.temporal import Operator, without_client_settings
from leaving import FINISH_SECONDS
from workflows.contracts import SEARCH_ATTRIBUTES

MEMBER_SECONDS: Final = 120.0
"""How long a process of Temporal may take: it waits for members that died a moment ago, and are still on the list."""

STOP_SECONDS: Final = 20.0
DRAIN_SECONDS: Final = 3
"""An API that is asked to stop goes on for so long; the balancer, which asks twice a second, has left it out by then."""
RETENTION: Final = "30d"
"""How long the engine keeps closed runs."""


class Cluster(Keeper):
    """PostgreSQL, Temporal's processes, its pages, the balancer, mailbox, workers and APIs.

    Args:
        configuration: where things are.
        progress: is told what happens.
        programs: Temporal's.

    Raises:
        ConfigurationError: HAProxy is missing, or Go where it is needed.
    """

    def __init__(
        self, configuration: ClusterConfiguration, progress: Progress, programs: Programs | None = None
    ) -> None:
        super().__init__(progress)
        self.configuration = configuration
        self._programs = programs or Programs()
        self._programs.check()
        haproxy = balancer_program()
        self.postgres = PostgresServer(
            configuration.data_directory / "postgres",
            log=configuration.logs / "postgres.log",
            settings=postgres_settings(configuration.nodes),
        )
        self._store = Store(self.postgres, self._programs, configuration.logs / "setup.log")
        self._operator = Operator(configuration.temporal_address)
        self._environment = child_environment(
            configuration, self.database_url, configuration.temporal_address, configuration.ui_url
        ) | {"PUBLIC_URL": configuration.api_url}
        ports = configuration.ports
        self._database = Part(self.postgres.process, self.postgres.start, self.postgres.stop)
        self._members = [self._member(member) for member in configuration.members]
        self._balancer = Part.of(
            self._program("balancer", "balancer", haproxy, "-db", "-f", str(configuration.rendered / "haproxy.cfg")),
            lambda: all(accepts_connections(ports[name]) for name in ("API_PORT", "TEMPORAL_PORT", "BALANCER_PORT")),
        )
        self._pages = Part.of(
            self._program(
                "Temporal UI", "temporal-ui", self._programs.path("temporal-ui-server"),
                "--root", str(configuration.data_directory), "--config", configuration.rendered.name, "--env", "ui", "start",
            ),
            lambda: answers(ports["TEMPORAL_UI_PORT"], "/healthz"),
        )  # fmt: skip
        self._mailbox = Part.of(
            python_process(configuration, "mailbox", ["-m", "embedded.mailbox"], self._environment),
            lambda: accepts_connections(ports["SMTP_PORT"]) and answers(ports["MAILBOX_PORT"], "/"),
        )
        self._workers = [self._worker(number) for number in range(1, configuration.workers + 1)]
        self._apis = [self._api(number) for number in range(1, configuration.apis + 1)]
        self._parts = [
            self._database, *self._members, self._balancer, self._pages, self._mailbox, *self._workers, *self._apis,
        ]  # fmt: skip

    @property
    def database_url(self) -> str:
        """Address of the CRM database."""
        return self.postgres.uri(DATABASE)

    def start(self) -> None:
        """See ``Keeper``. The first time it builds Temporal's programs."""
        logs = self.configuration.logs
        if not self._programs.are_built:
            self._progress.report("Temporal is built, once: some three minutes.")
            with self._progress.step("Temporal's programs"):
                self._programs.build(logs / "build.log")
        render(self.configuration, self.postgres.socket_directory)
        self._bring_up(self._database)
        with self._progress.step("Temporal's databases"):
            self._store.prepare()
        for title, command in (("Database schema", "migrate"), ("Demo data", "demo-data")):
            with self._progress.step(title):
                setup = python_process(
                    self.configuration, title, ["-m", "crm", command], self._environment, log="setup"
                )
                setup.run_to_end(READY_SECONDS)
        self.bring_up_members()
        self._bring_up(self._balancer)
        with self._progress.step("Namespace"):
            self._prepare_namespace()
        for part in (self._pages, self._mailbox):
            self._bring_up(part)
        self._bring_up_together("workers", self._workers)
        self._bring_up_together("APIs", self._apis)
        with self._progress.step("All together"):
            self._balancer.process.wait_until(
                lambda: answers(self.configuration.ports["API_PORT"], "/readyz/all"), READY_SECONDS, 0.1
            )

    def bring_up_members(self) -> None:
        """On an empty store one after the other: they would race for who writes down what the cluster is, and losers end.

        Afterwards all at once: each waits for the members it knows of, and one alone waits for the others a minute long.
        """
        if self._store.is_empty():
            for part in self._members:
                self._bring_up(part)
        else:
            self._bring_up_together(f"Temporal ({len(self._members)} processes)", self._members)

    def _stop_part(self, part: Part) -> None:
        """Temporal's processes leave together; so do APIs, which go on for a while first."""
        together = next((parts for parts in (self._members, self._apis) if part in parts), None)
        if together is None:
            super()._stop_part(part)
        elif part is together[-1]:
            running = [member for member in together if member.process.running]
            for member in running:
                member.process.ask_to_leave()
            for member in reversed(running):
                member.stop()
                self._progress.report(f"✓ {member.name} stopped")

    def _prepare_namespace(self) -> None:
        _until(self._operator.is_healthy)
        if not self._operator.knows_namespace():
            self._operator.make_namespace(RETENTION)
        _until(self._operator.knows_namespace)
        _until(self._has_search_attributes)

    def _has_search_attributes(self) -> bool:
        try:
            self._operator.add_missing_search_attributes(SEARCH_ATTRIBUTES)
        except RuntimeError:  # a namespace is known to one frontend before the other
            return False
        return True

    def _member(self, member: Member) -> Part:
        port = self.configuration.ports[member.variable("GRPC")]
        process = self._program(
            member.name, member.file, self._programs.path("temporal-server"),
            "--config-file", str(self.configuration.rendered / f"{member.file}.yaml"), "--allow-no-auth",
            "start", "--service", member.role,
        )  # fmt: skip
        return Part.of(process, lambda: accepts_connections(port), MEMBER_SECONDS)

    def _worker(self, number: int) -> Part:
        variable = "WORKER_METRICS_PORT" if number == 1 else f"WORKER_{number}_METRICS_PORT"
        port = self.configuration.ports[variable]
        own = {"WORKER_METRICS_ADDRESS": f"127.0.0.1:{port}"}
        process = python_process(self.configuration, f"worker {number}", ["worker.py"], {**self._environment, **own})
        return Part.of(process, lambda: accepts_connections(port))

    def _api(self, number: int) -> Part:
        port = self.configuration.ports[f"API_{number}_PORT"]
        own = {"API_PORT": str(port), "API_DRAIN_SECONDS": str(DRAIN_SECONDS)}
        process = python_process(self.configuration, f"API {number}", ["server.py"], {**self._environment, **own})
        process.stop_seconds = DRAIN_SECONDS + FINISH_SECONDS + 2
        return Part.of(process, lambda: answers(port, "/readyz"))

    def _program(self, name: str, file: str, *command: str) -> ChildProcess:
        return ChildProcess(
            name=name,
            command=command,
            log=self.configuration.logs / f"{file}.log",
            environment=without_client_settings(os.environ),
            stop_seconds=STOP_SECONDS,
            pid_file=self.configuration.pids / f"{file}.pid",
        )


def _until(condition: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
    """Waits for something of Temporal as a whole.

    Raises:
        NotReady: it took too long.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotReady(f"Temporal does not do what it is asked within {seconds:.0f} seconds; see its logs.")
        time.sleep(0.5)
