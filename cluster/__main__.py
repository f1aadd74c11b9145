"""``make cluster``: the product on a cluster, until Ctrl-C (or SIGTERM, or a closed terminal)."""

from __future__ import annotations

import sys

from cluster.configuration import ClusterConfiguration
from cluster.screen import sections
from cluster.supervisor import Cluster
from embedded.foreground import run_in_foreground

if __name__ == "__main__":
    sys.exit(run_in_foreground(ClusterConfiguration.from_environment, Cluster, sections))
