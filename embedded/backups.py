"""Copies of everything that the embedded system keeps: taken while it runs, looked at, and put into an empty place.

A backup is a directory with both stores, the secrets without which they cannot be read, and a list of what is in them. The engine's
store is copied first: what it does not know yet when the CRM database is copied, the check after a restore gives it again, while the
other way round people would have to decide again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
from pydantic import BaseModel, ConfigDict, ValidationError

from embedded.configuration import SECRETS_FILE, Configuration, ConfigurationError
from embedded.postgres import PostgresServer, program
from embedded.supervisor import DATABASE, ENGINE_FILE, POSTGRES_DIRECTORY

CRM_FILE: Final = "crm.dump"
MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".unfinished"
_NAME: Final = "%Y%m%dT%H%M%SZ"


class BackupError(Exception):
    """There is no backup, or it cannot be used. The message says why, and what to do."""


class Manifest(BaseModel):
    """What is in a backup."""

    model_config = ConfigDict(frozen=True)

    made_at: datetime
    schema_version: str
    """The last migration of the CRM database."""
    rows: dict[str, int]
    """Of each table of the CRM database."""
    files: dict[str, str]
    """SHA-256 of each file, in hex."""


def make_backup(configuration: Configuration, into: Path, *, keep: int) -> tuple[Path, Manifest]:
    """Back up what a data directory has, whether or not the system runs on it.

    Args:
        configuration: where it is.
        into: the directory that backups are in; one is made in it, named for its time.
        keep: how many of the newest ones stay there.

    Raises:
        BackupError: there is nothing to back up.
        RuntimeError: PostgreSQL or its programs fail; nothing is left behind.
    """
    engine, secrets = configuration.data_directory / ENGINE_FILE, configuration.data_directory / SECRETS_FILE
    if not engine.exists() or not secrets.exists():
        raise BackupError(f"there is nothing in {configuration.data_directory}: DATA_DIR says where make run keeps it")
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    backup = into / datetime.now(UTC).strftime(_NAME)
    unfinished = backup.with_name(backup.name + _UNFINISHED)
    unfinished.mkdir(mode=0o700)
    try:
        with _postgres(configuration) as postgres:
            _copy_engine(engine, unfinished / ENGINE_FILE)
            schema_version, rows = asyncio.run(_dump(postgres.uri(DATABASE), unfinished / CRM_FILE))
            (unfinished / CRM_FILE).chmod(0o600)
        _copy_private(secrets, unfinished / SECRETS_FILE)
        files = {name: _sha256(unfinished / name) for name in (ENGINE_FILE, CRM_FILE, SECRETS_FILE)}
        manifest = Manifest(made_at=datetime.now(UTC), schema_version=schema_version, rows=rows, files=files)
        (unfinished / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        for file in unfinished.iterdir():
            _onto_the_disk(file)
        unfinished.rename(backup)
        _onto_the_disk(into)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    for old in backups_in(into)[:-keep]:
        shutil.rmtree(old)
    return backup, manifest


def backups_in(directory: Path) -> list[Path]:
    """The finished backups of a directory, oldest first."""
    return sorted(path.parent for path in directory.glob(f"*Z/{MANIFEST}"))


def read_manifest(backup: Path) -> Manifest:
    """What a backup says is in it, once that is found to be so.

    Raises:
        BackupError: it is none, a file is missing, or one is not as it was written.
    """
    try:
        manifest = Manifest.model_validate_json((backup / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupError(f"{backup} is no backup, or was never finished") from error
    for name, digest in manifest.files.items():
        file = backup / name
        if not file.is_file() or _sha256(file) != digest:
            raise BackupError(f"{file} is not as it was written: take another backup")
    return manifest


def restore_backup(backup: Path, configuration: Configuration) -> Manifest:
    """Put a backup into a data directory that has no stores yet, and see that the rows are the same.

    Raises:
        BackupError: see ``read_manifest``; there is something already; the rows are not those of the backup.
        RuntimeError: PostgreSQL or its programs fail.
    """
    manifest = read_manifest(backup)
    directory = configuration.data_directory
    there = [name for name in (POSTGRES_DIRECTORY, ENGINE_FILE, SECRETS_FILE) if (directory / name).exists()]
    if there:
        raise BackupError(
            f"{directory} has {', '.join(there)} already, and nothing is overwritten: move it away first, or restore into another DATA_DIR"
        )
    with _postgres(configuration) as postgres:
        url = postgres.create_database(DATABASE)
        _run("pg_restore", "--exit-on-error", "--no-owner", "--dbname", url, str(backup / CRM_FILE))
        rows = asyncio.run(_rows_at(url))
    if rows != manifest.rows:
        raise BackupError(f"the CRM database in {directory} has other rows than the backup: take another backup")
    for name in (ENGINE_FILE, SECRETS_FILE):
        _copy_private(backup / name, directory / name)
    return manifest


@contextmanager
def _postgres(configuration: Configuration) -> Iterator[PostgresServer]:
    """The PostgreSQL of a data directory: the one that runs, or one for as long as the block."""
    postgres = PostgresServer(
        configuration.data_directory / POSTGRES_DIRECTORY, log=configuration.logs / "postgres.log"
    )
    try:
        lock = configuration.lock()
    except ConfigurationError:  # it is running, with its PostgreSQL
        yield postgres
        return
    with lock:
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()


def _copy_engine(store: Path, copy: Path) -> None:
    """A whole copy of the engine's database, of one moment, whoever writes to it meanwhile."""
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=delete")  # one file, with nothing beside it
        (found,) = target.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise BackupError(f"the engine's store is damaged: {found}")
    copy.chmod(0o600)


async def _dump(url: str, file: Path) -> tuple[str, dict[str, int]]:
    """A dump of the CRM database; the last migration, and how many rows there are, at the same moment."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            arguments = (
                "--format=custom",
                "--no-owner",
                f"--snapshot={snapshot}",
                "--file",
                str(file),
                "--dbname",
                url,
            )
            await asyncio.to_thread(_run, "pg_dump", *arguments)
            version: str = await connection.fetchval("SELECT max(version) FROM schema_migrations")
            return version, await _rows(connection)
    finally:
        await connection.close()


async def _rows_at(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        return await _rows(connection)
    finally:
        await connection.close()


async def _rows(connection: asyncpg.Connection[asyncpg.Record]) -> dict[str, int]:
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in tables}  # noqa: S608


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name} failed: {(done.stderr or done.stdout).strip()}")


def _copy_private(source: Path, target: Path) -> None:
    """Only its owner may read the copy, also while it is being written."""
    with (
        source.open("rb") as content,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
    ):
        shutil.copyfileobj(content, file)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _onto_the_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
