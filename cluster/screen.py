"""What the screen of ``make cluster`` shows."""

from __future__ import annotations

from cluster.supervisor import Cluster
from embedded.screen import Sections, pages, to_try


def sections(cluster: Cluster) -> Sections:
    """Where everything is, each process of Temporal by itself, and what to try."""
    configuration = cluster.configuration
    ports = configuration.ports
    apis = "   ".join(f"http://127.0.0.1:{ports[f'API_{number}_PORT']}/" for number in range(1, configuration.apis + 1))
    return {
        "Địa chỉ · Addresses": [
            *pages(configuration),
            ("Temporal UI", f"{configuration.ui_url}/"),
            ("Temporal", configuration.temporal_address),
            ("Cân bằng tải · Balancer", f"{configuration.balancer_url}/"),
            ("PostgreSQL", cluster.database_url),
        ],
        "Sau bộ cân bằng tải · Behind the balancer": [
            ("API", apis),
            *(
                (
                    member.name,
                    f"127.0.0.1:{ports[member.variable('GRPC')]}"
                    f"   http://127.0.0.1:{ports[member.variable('METRICS')]}/metrics",
                )
                for member in configuration.members
            ),
        ],
        **to_try(configuration),
    }
