"""Makes the configuration files of Temporal, its pages and the balancer from the templates beside this module."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template

from cluster.configuration import KINDS, ROLES, ClusterConfiguration, Member
from embedded.temporal import NAMESPACE

HERE = Path(__file__).parent

SHARDS = 128
"""A cluster keeps its number of shards for life. As many as docker-compose.yml has: each of up to four histories has 32 at least,
and a shard's queue, which is read 20 times a second at most, holds up nobody; 512, for where growth is expected, would have a
machine that also does everything else read four times as many queues that are empty."""

CONNECTIONS = 20
"""To Temporal's database, of each of its processes: history writes on as many at once."""

VISIBILITY_CONNECTIONS = 5
"""To the visibility database."""


def postgres_settings(nodes: int) -> dict[str, str]:
    """What PostgreSQL is told besides what ``make run`` tells it: room for all connections, and for bursts of writes."""
    of_temporal = nodes * len(ROLES) * (CONNECTIONS + VISIBILITY_CONNECTIONS)
    return {
        "max_connections": str(of_temporal + 150),  # four APIs and four workers have 12 each; the rest is for people
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
    }


def render(configuration: ClusterConfiguration, socket_directory: Path) -> None:
    """Writes all of them into the configuration's directory ``rendered``."""
    to = configuration.rendered
    (to / "dynamic.yaml").write_text((HERE / "dynamic.yaml").read_text())
    (to / "ui.yaml").write_text(ui(configuration))
    (to / "haproxy.cfg").write_text(balancer(configuration))
    for member in configuration.members:
        (to / f"{member.file}.yaml").write_text(service(configuration, member, socket_directory))


def service(configuration: ClusterConfiguration, member: Member, socket_directory: Path) -> str:
    """The configuration of one process of Temporal."""
    ports = configuration.ports
    of_node = {
        f"{role.upper()}_{kind}": str(ports[Member(role, member.number).variable(kind)])
        for role, kinds in KINDS.items()
        for kind in kinds
    }
    return _rendered(
        "service.yaml",
        **of_node,
        SHARDS=str(SHARDS),
        SOCKET_DIRECTORY=json.dumps(str(socket_directory)),
        CONNECTIONS=str(CONNECTIONS),
        VISIBILITY_CONNECTIONS=str(VISIBILITY_CONNECTIONS),
        METRICS_PORT=str(ports[member.variable("METRICS")]),
        TEMPORAL=configuration.temporal_address,
        DYNAMIC_CONFIGURATION=json.dumps(str(configuration.rendered / "dynamic.yaml")),
    )


def ui(configuration: ClusterConfiguration) -> str:
    """The configuration of Temporal's pages."""
    port = str(configuration.ports["TEMPORAL_UI_PORT"])
    return _rendered("ui.yaml", TEMPORAL=configuration.temporal_address, UI_PORT=port, NAMESPACE=NAMESPACE)


def balancer(configuration: ClusterConfiguration) -> str:
    """The configuration of HAProxy."""
    ports = configuration.ports
    apis = {f"api-{number}": ports[f"API_{number}_PORT"] for number in range(1, configuration.apis + 1)}
    named = ("API_PORT", "TEMPORAL_PORT", "BALANCER_PORT")
    return _rendered(
        "haproxy.cfg",
        **{name: str(ports[name]) for name in named},
        APIS=_servers(f"{name} 127.0.0.1:{port} check" for name, port in apis.items()),
        APIS_ANYWAY=_servers(f"{name}-anyway 127.0.0.1:{port} backup" for name, port in apis.items()),
        STREAMS=_servers(
            f"{name} 127.0.0.1:{port} track apis/{name} on-marked-down shutdown-sessions" for name, port in apis.items()
        ),
        FRONTENDS=_servers(
            f"frontend-{member.number} 127.0.0.1:{ports[member.variable('GRPC')]}"
            f" check port {ports[member.variable('HTTP')]} on-marked-down shutdown-sessions"
            for member in configuration.members
            if member.role == "frontend"
        ),
    )


def _servers(lines: Iterator[str]) -> str:
    return "\n".join(f"    server {line}" for line in lines)


def _rendered(name: str, **values: str) -> str:
    return Template((HERE / name).read_text()).substitute(values)
