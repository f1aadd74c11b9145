"""Process definitions and the connection: drafts that change, published versions that never do."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import asyncpg

from approval.model import Code, FieldError, Frozen, RefusedError, refuse
from approval.process import PurchaseProcess
from crm import matrices
from crm.pool import Connection, Pool


class ProcessItem(Frozen):
    """A process in a list. ``version`` is the published one, None before the first publishing."""

    key: str
    name: dict[str, str]
    version: int | None
    published_at: datetime | None
    updated_at: datetime
    connected: bool


class ProcessVersion(Frozen):
    """A published version."""

    key: str
    version: int
    document: PurchaseProcess
    published_by: str
    published_at: datetime


class PublishedProcess(ProcessItem):
    """A process as everybody may see it, with its versions, newest first."""

    versions: tuple[int, ...]


class Process(PublishedProcess):
    """A process with its draft."""

    draft: dict[str, Any]
    """Without the rows of its matrix."""
    draft_text: str | None
    """The draft as its author wrote it, where it was given as YAML."""
    draft_version: int
    """How often the draft was saved."""


class ConnectionInfo(Frozen):
    """The link between the CRM and a process; all None when there is none."""

    connected: bool
    process_key: str | None = None
    process_version: int | None = None
    """The version that a request sent now would run."""
    connected_by: str | None = None
    connected_at: datetime | None = None


_ITEM = """
SELECT p.key, p.draft -> 'name' AS name, v.version, v.published_at, p.updated_at, p.draft, p.draft_text, p.draft_version,
    EXISTS (SELECT FROM connection c WHERE c.process_key = p.key) AS connected
FROM processes p LEFT JOIN LATERAL (
    SELECT version, published_at FROM process_versions WHERE process_key = p.key ORDER BY version DESC LIMIT 1
) v ON true
"""


_PUBLISHED = """
SELECT DISTINCT ON (v.process_key) v.process_key AS key, v.document -> 'name' AS name, v.version, v.published_at,
    v.published_at AS updated_at, EXISTS (SELECT FROM connection c WHERE c.process_key = v.process_key) AS connected
FROM process_versions v
"""


async def published_items(pool: Pool) -> list[ProcessItem]:
    """All processes that were ever published, as their newest versions have them: nothing of a draft."""
    rows = await pool.fetch(_PUBLISHED + " ORDER BY v.process_key, v.version DESC")
    return [ProcessItem(**dict(row)) for row in rows]


async def load_published(pool: Pool, key: str) -> PublishedProcess | None:
    """One process, if it was ever published, as its newest version has it: nothing of a draft."""
    row = await pool.fetchrow(_PUBLISHED + " WHERE v.process_key = $1 ORDER BY v.process_key, v.version DESC", key)
    return PublishedProcess(**dict(row), versions=await _versions(pool, key)) if row else None


async def items(pool: Pool) -> list[ProcessItem]:
    """All processes, as their drafts have them."""
    rows = await pool.fetch(_ITEM + " ORDER BY p.key")
    hidden = {"draft", "draft_text", "draft_version"}
    return [ProcessItem(**{key: value for key, value in row.items() if key not in hidden}) for row in rows]


async def load(executor: Pool | Connection, key: str) -> Process | None:
    """One process with its draft."""
    row = await executor.fetchrow(_ITEM + " WHERE p.key = $1", key)
    return Process(**dict(row), versions=await _versions(executor, key)) if row else None


async def load_draft(executor: Pool | Connection, key: str) -> PurchaseProcess | None:
    """The draft of a process, with the rows of its matrix."""
    row = await executor.fetchrow("SELECT draft, draft_matrix::text AS matrix FROM processes WHERE key = $1", key)
    return PurchaseProcess.model_validate(matrices.with_rows(row["draft"], row["matrix"])) if row else None


async def _versions(executor: Pool | Connection, key: str) -> tuple[int, ...]:
    rows = await executor.fetch(
        "SELECT version FROM process_versions WHERE process_key = $1 ORDER BY version DESC", key
    )
    return tuple(row["version"] for row in rows)


async def load_version(executor: Pool | Connection, key: str, version: int) -> ProcessVersion | None:
    """One published version."""
    row = await executor.fetchrow(
        f"SELECT {_VERSION} FROM process_versions v WHERE process_key = $1 AND version = $2",  # noqa: S608
        key,
        version,
    )
    return _version_of(row) if row else None


_VERSION: Final = "process_key AS key, version, document, matrix::text AS matrix, published_by, published_at"


def _version_of(row: asyncpg.Record) -> ProcessVersion:
    fields = dict(row)
    fields["document"] = matrices.with_rows(row["document"], fields.pop("matrix"))
    return ProcessVersion(**fields)


async def newest_version(executor: Pool | Connection, key: str) -> ProcessVersion | None:
    """The version that was published last."""
    row = await executor.fetchrow(
        f"SELECT {_VERSION} FROM process_versions v WHERE process_key = $1 ORDER BY version DESC LIMIT 1",  # noqa: S608
        key,
    )
    return _version_of(row) if row else None


async def name_of(executor: Pool | Connection, key: str, version: int) -> dict[str, str] | None:
    """The name of a published version, by language."""
    name: dict[str, str] | None = await executor.fetchval(
        "SELECT document -> 'name' FROM process_versions WHERE process_key = $1 AND version = $2", key, version
    )
    return name


NO_DRAFT: Final = 0
"""The version of a draft that is not there yet."""

_REPLACE = """
UPDATE processes SET draft = $2, draft_text = $3, updated_by = $4, updated_at = $5, draft_matrix = $6,
    draft_version = draft_version + 1
WHERE key = $1 AND draft_version = $7 RETURNING key
"""
_CREATE = """
INSERT INTO processes (key, draft, draft_text, updated_by, updated_at, draft_matrix) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (key) DO NOTHING RETURNING key
"""
_CREATE_OR_REPLACE = """
INSERT INTO processes (key, draft, draft_text, updated_by, updated_at, draft_matrix) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (key) DO UPDATE SET draft = $2, draft_text = $3, updated_by = $4, updated_at = $5, draft_matrix = $6,
    draft_version = processes.draft_version + 1
RETURNING key
"""


async def save_draft(
    executor: Pool | Connection,
    definition: PurchaseProcess,
    *,
    text: str | None,
    by: str,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Save a draft that ``crm.publishing.check_document`` has found valid.

    Args:
        executor: where to save it.
        definition: the process.
        text: as it was written, if as YAML.
        by: who saves it.
        at: when.
        seen: the version of the draft that it is to replace, ``NO_DRAFT`` if it is to be the first; None for any.

    Raises:
        RefusedError: ``stale_version``: there is another draft by now.
    """
    document, rows = matrices.without_rows(definition)
    values = (definition.key, document, text, by, at, rows)
    if seen is None:
        saved = await executor.fetchval(_CREATE_OR_REPLACE, *values)
    elif seen == NO_DRAFT:
        saved = await executor.fetchval(_CREATE, *values)
    else:
        saved = await executor.fetchval(_REPLACE, *values, seen)
    if saved is None:
        raise await other_draft(executor, definition.key)


async def other_draft(executor: Pool | Connection, key: str) -> RefusedError:
    """The refusal that somebody else saved a draft: who, and when."""
    row = await executor.fetchrow("SELECT updated_by, updated_at FROM processes WHERE key = $1", key)
    if row is None:
        return refuse(Code.STALE_VERSION)
    return refuse(Code.STALE_VERSION, variant="draft", actor=row["updated_by"], at=row["updated_at"].isoformat())


async def running(executor: Pool | Connection) -> dict[tuple[str, int], int]:
    """How many runs are on their way, by process key and version."""
    rows = await executor.fetch(
        """SELECT process_key, process_version, count(*) AS runs FROM runs WHERE status = 'in_progress' AND round > 0
           GROUP BY process_key, process_version"""
    )
    return {(row["process_key"], row["process_version"]): row["runs"] for row in rows}


async def connection_info(executor: Pool | Connection) -> ConnectionInfo:
    """The connection as it is."""
    row = await executor.fetchrow(
        """SELECT process_key, connected_by, connected_at,
               (SELECT max(version) FROM process_versions v WHERE v.process_key = c.process_key) AS process_version
           FROM connection c"""
    )
    return ConnectionInfo(connected=True, **dict(row)) if row else ConnectionInfo(connected=False)


async def connect(pool: Pool, key: str, *, by: str, at: datetime) -> None:
    """Connect the CRM to a published process.

    Raises:
        RefusedError: ``invalid``: the process has no published version.
    """
    if not await pool.fetchval("SELECT true FROM process_versions WHERE process_key = $1 LIMIT 1", key):
        raise refuse(Code.INVALID, FieldError(pointer="/process_key", message="not_published"))
    await pool.execute(
        """INSERT INTO connection (process_key, connected_by, connected_at) VALUES ($1, $2, $3)
           ON CONFLICT (singleton) DO UPDATE SET process_key = $1, connected_by = $2, connected_at = $3""",
        key,
        by,
        at,
    )


async def disconnect(pool: Pool) -> None:
    """Cut the connection. Runs that are on their way go on."""
    await pool.execute("DELETE FROM connection")


async def connected_version(executor: Pool | Connection) -> ProcessVersion | None:
    """The process version that a request sent now would run."""
    row = await executor.fetchrow(
        f"""SELECT {_VERSION} FROM process_versions v WHERE process_key = (SELECT process_key FROM connection)
           ORDER BY version DESC LIMIT 1"""  # noqa: S608
    )
    return _version_of(row) if row else None
