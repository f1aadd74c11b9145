"""``python -m embedded.restore BACKUP`` (``make restore BACKUP=…``): put a backup into an empty data directory, and check it.

Afterwards ``make run`` starts on it. Nobody can make a request before the check has passed the numbers that drafts of the time since
the backup may have.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import asyncpg

from embedded.backups import BackupError, restore_backup
from embedded.configuration import Configuration, ConfigurationError
from embedded.place import Place


def main() -> None:
    """Restore, check, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m embedded.restore", description=__doc__)
    parser.add_argument("backup", type=Path, help="the directory of the backup")
    backup: Path = parser.parse_args().backup
    try:
        configuration = Configuration.from_environment(os.environ)
        configuration.prepare()
        manifest = restore_backup(backup.resolve(), configuration)
        with configuration.lock():
            is_clean, said = _check(configuration)
    except (BackupError, ConfigurationError, RuntimeError, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"It is not restored: {error}")
    print(said)
    print(
        f"Restored into {configuration.data_directory} as it was at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: make run"
    )
    sys.exit(0 if is_clean else 1)


def _check(configuration: Configuration) -> tuple[bool, str]:
    place = Place(configuration)
    try:
        place.start()
        return place.check("--restored")
    finally:
        place.stop()


if __name__ == "__main__":
    main()
