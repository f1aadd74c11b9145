"""Where ``make cluster`` puts things: how many nodes, the ports of every process, the data directory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded.configuration import Configuration, ConfigurationError, read_ports

ROLES: Final = ("frontend", "history", "matching", "worker")
"""What a process of Temporal can be, in the order in which the first ones start."""

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    role: ("GRPC", "MEMBERSHIP", "METRICS", *(("HTTP",) if role == "frontend" else ())) for role in ROLES
}
"""What each role listens for."""

APIS: Final = 2
WORKERS: Final = 2
"""As many as there are unless somebody says otherwise."""

MOST: Final = 4
"""Of each process, on one machine."""

NAMED_PORTS: Final[Mapping[str, int]] = {
    "API_PORT": 8000,
    "TEMPORAL_PORT": 7233,
    "TEMPORAL_UI_PORT": 8233,
    "MAILBOX_PORT": 8025,
    "BALANCER_PORT": 8404,
}
"""Those that people use; the balancer listens at the first two."""


@dataclass(frozen=True)
class Member:
    """One process of Temporal.

    Attributes:
        role: of ``ROLES``.
        number: of its node, from 1.
    """

    role: str
    number: int

    @property
    def name(self) -> str:
        """What people call it."""
        return f"Temporal {self.role} {self.number}"

    @property
    def file(self) -> str:
        """Name of its files, without an ending."""
        return f"temporal-{self.role}-{self.number}"

    def variable(self, kind: str) -> str:
        """The variable that sets one of its ports; ``kind`` is of ``KINDS``."""
        return f"TEMPORAL_{self.role.upper()}_{self.number}_{kind}_PORT"


@dataclass(frozen=True)
class ClusterConfiguration(Configuration):
    """Ports and places of one cluster.

    Attributes:
        nodes: how many processes of each role Temporal has.
        apis: how many APIs there are.
        workers: how many workers.
    """

    nodes: int = 1
    apis: int = APIS
    workers: int = WORKERS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ClusterConfiguration:
        """Reads ``NODES``, ``APIS``, ``WORKERS``, ``DATA_DIR`` and the port variables. A port of 0 means any free one.

        The ports that nobody needs to know are chosen once and kept in the data directory: members of a cluster look for each
        other where they were before.

        Raises:
            ConfigurationError: a value is no port number, or no number of processes.
        """
        nodes = _number(environment, "NODES", 1, "processes of each role of Temporal")
        apis = _number(environment, "APIS", APIS, "APIs behind the balancer")
        workers = _number(environment, "WORKERS", WORKERS, "workers")
        directory = Path(environment.get("DATA_DIR") or ".data/cluster").resolve()
        kept = _kept_ports(directory)
        wanted = {**NAMED_PORTS, **{name: kept.get(name, 0) for name in inner_ports(nodes, apis, workers)}}
        ports = read_ports(environment, wanted)
        return cls(data_directory=directory, ports=ports, nodes=nodes, apis=apis, workers=workers)

    @property
    def members(self) -> list[Member]:
        """Temporal's processes: all of the first node, then those of the next one."""
        return [Member(role, number) for number in range(1, self.nodes + 1) for role in ROLES]

    @property
    def temporal_address(self) -> str:
        """``host:port`` of the balancer before Temporal's frontends."""
        return f"127.0.0.1:{self.ports['TEMPORAL_PORT']}"

    @property
    def ui_url(self) -> str:
        """Base address of Temporal's pages."""
        return f"http://127.0.0.1:{self.ports['TEMPORAL_UI_PORT']}"

    @property
    def balancer_url(self) -> str:
        """Base address of what the balancer says of itself."""
        return f"http://127.0.0.1:{self.ports['BALANCER_PORT']}"

    @property
    def rendered(self) -> Path:
        """Directory of the configuration files that are made from the templates here."""
        return self.data_directory / "configuration"

    def prepare(self) -> None:
        """See ``Configuration``."""
        super().prepare()
        self.rendered.mkdir(mode=0o700, exist_ok=True)
        kept = {name: port for name, port in self.ports.items() if name not in NAMED_PORTS}
        _ports_file(self.data_directory).write_text(json.dumps(_kept_ports(self.data_directory) | kept, indent=1))


def inner_ports(nodes: int, apis: int = APIS, workers: int = WORKERS) -> Iterator[str]:
    """Variables of the ports that only processes of the cluster use."""
    yield from ("SMTP_PORT", "WORKER_METRICS_PORT")
    yield from (f"WORKER_{number}_METRICS_PORT" for number in range(2, workers + 1))
    yield from (f"API_{number}_PORT" for number in range(1, apis + 1))
    for number in range(1, nodes + 1):
        for role in ROLES:
            yield from (Member(role, number).variable(kind) for kind in KINDS[role])


def _number(environment: Mapping[str, str], variable: str, default: int, what: str) -> int:
    value = environment.get(variable) or str(default)
    if value not in map(str, range(1, MOST + 1)):
        raise ConfigurationError(f"{variable} is {value!r}: {what}, 1 to {MOST}.")
    return int(value)


def _ports_file(directory: Path) -> Path:
    return directory / "ports.json"


def _kept_ports(directory: Path) -> dict[str, int]:
    try:
        kept: dict[str, int] = json.loads(_ports_file(directory).read_text())
    except FileNotFoundError:
        return {}
    return kept
