"""Files that admins uploaded to import them: kept until they are taken, and what was taken by whom after that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from approval.model import Frozen, Person
from crm.pool import Connection, Pool

KEPT: Final = timedelta(days=1)
"""How long a file waits to be taken."""


class Upload(Frozen):
    """A file that waits to be taken."""

    id: UUID
    kind: str
    file_name: str
    media_type: str
    content: bytes


class Import(Frozen):
    """A file that was taken."""

    id: UUID
    kind: str
    file_name: str
    by: Person
    taken_at: datetime
    counts: Mapping[str, int]


class Progress(Frozen):
    """How far a file is that is worked on."""

    doing: str
    done: int
    """Of its rows."""
    rows: int
    """How many it has; 0: they are not counted."""


_AWAY_AFTER: Final = timedelta(seconds=3)
"""If nothing was said of a file for so long, nobody works on it."""


async def keep(pool: Pool, upload: Upload, *, by: str, at: datetime) -> None:
    """Keep a file until it is taken; another one of the same person that was not taken gives way to it, and so do old ones."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "DELETE FROM imports WHERE taken_at IS NULL AND (uploaded_by = $1 OR uploaded_at < $2)", by, at - KEPT
        )
        await connection.execute(
            """INSERT INTO imports (id, kind, file_name, media_type, content, uploaded_by, uploaded_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            upload.id,
            upload.kind,
            upload.file_name,
            upload.media_type,
            upload.content,
            by,
            at,
        )


async def waiting(pool: Pool, import_id: UUID, *, by: str) -> Upload | None:
    """A file that somebody uploaded and that was not taken yet."""
    row = await pool.fetchrow(
        """SELECT id, kind, file_name, media_type, content FROM imports
           WHERE id = $1 AND uploaded_by = $2 AND taken_at IS NULL""",
        import_id,
        by,
    )
    return Upload(**dict(row)) if row else None


async def note_progress(pool: Pool, import_id: UUID, progress: Progress | None) -> None:
    """A file that was uploaded is worked on, and so far; None: it is not any more."""
    query = "UPDATE imports SET progress = $2, progress_at = now() WHERE id = $1 AND taken_at IS NULL"
    await pool.execute(query, import_id, progress.model_dump() if progress is not None else None)


async def progress(pool: Pool, *, by: str) -> Progress | None:
    """How far the file is that somebody uploaded last; None: nobody works on it."""
    found = await pool.fetchval(
        "SELECT progress FROM imports WHERE uploaded_by = $1 AND taken_at IS NULL AND progress_at > now() - $2::interval",
        by,
        _AWAY_AFTER,
    )
    return Progress.model_validate(found) if found else None


async def is_taken(pool: Pool, import_id: UUID, *, by: str) -> bool:
    """Whether somebody has taken a file already."""
    query = "SELECT EXISTS (SELECT FROM imports WHERE id = $1 AND uploaded_by = $2 AND taken_at IS NOT NULL)"
    return bool(await pool.fetchval(query, import_id, by))


async def record(
    connection: Connection,
    import_id: UUID,
    *,
    kind: str,
    file_name: str,
    media_type: str,
    by: str,
    counts: Mapping[str, int],
    at: datetime,
) -> None:
    """Write down that a file was taken, by whom, and what it did; its bytes are not kept any longer."""
    await connection.execute(
        """INSERT INTO imports (id, kind, file_name, media_type, uploaded_by, uploaded_at, taken_at, counts)
           VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
           ON CONFLICT (id) DO UPDATE SET content = NULL, taken_at = excluded.taken_at, counts = excluded.counts""",
        import_id,
        kind,
        file_name,
        media_type,
        by,
        at,
        dict(counts),
    )


async def latest(pool: Pool, limit: int) -> list[Import]:
    """The files that were taken last."""
    rows = await pool.fetch(
        """SELECT i.id, i.kind, i.file_name, i.taken_at, i.counts, i.uploaded_by, u.name
           FROM imports i JOIN users u ON u.username = i.uploaded_by
           WHERE i.taken_at IS NOT NULL ORDER BY i.taken_at DESC LIMIT $1""",
        limit,
    )
    return [_import(dict(row)) for row in rows]


def _import(row: dict[str, Any]) -> Import:
    by = Person(username=row.pop("uploaded_by"), name=row.pop("name"))
    return Import(**row, by=by)


async def wait_for_turn(connection: Connection) -> None:
    """Have other files of sales orders and opportunities wait until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('a file of sources is taken', 0))")


async def sources_there(executor: Pool | Connection, system: str, kind: str) -> int:
    """How many sales orders, or opportunities, came from a system."""
    query = "SELECT count(*) FROM sources WHERE system = $1 AND type = $2"
    return int(await executor.fetchval(query, system, kind))
