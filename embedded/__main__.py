"""``make run``: everything on this machine, until Ctrl-C (or SIGTERM, or a closed terminal)."""

from __future__ import annotations

import sys

from embedded.configuration import Configuration
from embedded.foreground import run_in_foreground
from embedded.screen import sections
from embedded.supervisor import Supervisor

if __name__ == "__main__":
    sys.exit(run_in_foreground(Configuration.from_environment, Supervisor, sections))
