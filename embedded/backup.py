"""``python -m embedded.backup`` (``make backup``): back up what ``make run`` keeps, also while it runs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import asyncpg

from embedded.backups import BackupError, make_backup
from embedded.configuration import Configuration, ConfigurationError

DIRECTORY = ".backups"
"""Where backups are if nobody says."""
KEPT = 14


def main() -> None:
    """Make one, and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m embedded.backup", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=Path(DIRECTORY), help=f"of all backups: {DIRECTORY}")
    parser.add_argument("--keep", type=int, default=KEPT, help=f"how many of the newest stay there: {KEPT}")
    arguments = parser.parse_args()
    if arguments.keep < 1:
        parser.error("--keep: at least this one is kept")
    try:
        configuration = Configuration.from_environment(os.environ)
        backup, manifest = make_backup(configuration, arguments.directory.resolve(), keep=arguments.keep)
    except (BackupError, ConfigurationError, RuntimeError, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"There is no backup: {error}")
    print(f"{backup}\n{sum(manifest.rows.values()):,} rows in {len(manifest.rows)} tables, and the engine's store.")


if __name__ == "__main__":
    main()
