"""Temporal's store: two databases and their schemas, made or brought to the version of the programs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import asyncpg

from cluster.programs import Programs
from embedded.postgres import PORT, SUPERUSER, PostgresServer
from embedded.processes import ChildProcess

SCHEMAS: Final[Mapping[str, str]] = {"temporal": "temporal", "temporal_visibility": "visibility"}
"""Name of the schema by database."""

SCHEMA_SECONDS = 120.0


class Store:
    """Temporal's two databases in a PostgreSQL that runs.

    Args:
        postgres: where they are, or will be.
        programs: which have the schemas.
        log: of what is done to them.
    """

    def __init__(self, postgres: PostgresServer, programs: Programs, log: Path) -> None:
        self._postgres = postgres
        self._programs = programs
        self._log = log

    def prepare(self) -> None:
        """Makes what is missing, and brings both to today's schema. May be done again.

        Raises:
            processes.ProcessDied: a schema cannot be had; the message has the log.
            RuntimeError: a database cannot be made.
        """
        for database, schema in SCHEMAS.items():
            if not self._ask("postgres", "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database):
                self._postgres.create_database(database)
            if not self._has_table(database, "schema_version"):
                self._tool(database, "setup-schema", "-v", "0.0")
            self._tool(database, "update-schema", "--schema-name", f"postgresql/v12/{schema}")

    def is_empty(self) -> bool:
        """Whether no process of Temporal has written there what its cluster is."""
        return not self._ask("temporal", "SELECT EXISTS (SELECT FROM cluster_metadata_info)")

    def _has_table(self, database: str, table: str) -> bool:
        return bool(self._ask(database, "SELECT to_regclass($1) IS NOT NULL", f"public.{table}"))

    def _ask(self, database: str, question: str, *arguments: str) -> Any:
        async def ask() -> Any:
            connection = await asyncpg.connect(self._postgres.uri(database))
            try:
                return await connection.fetchval(question, *arguments)
            finally:
                await connection.close()

        return asyncio.run(ask())

    def _tool(self, database: str, *arguments: str) -> None:
        where = f"host={quote(str(self._postgres.socket_directory), safe='')}"
        command = [
            self._programs.path("temporal-sql-tool"), "--plugin", "postgres12_pgx", "--endpoint", "127.0.0.1",
            "--port", str(PORT), "--user", SUPERUSER, "--connect-attributes", where, "--database", database, *arguments,
        ]  # fmt: skip
        own = {name: value for name, value in os.environ.items() if not name.startswith("SQL_")}
        ChildProcess(f"The schema of {database}", command, self._log, own).run_to_end(SCHEMA_SECONDS)
