"""Where the bytes of files are, and the bytes of those that are in the database itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from approval.model import Frozen
from crm.pool import Connection, Pool


class Place(StrEnum):
    """Where the bytes of a file are."""

    DATABASE = "database"
    S3 = "s3"


class StoredFile(Frozen):
    """A file, and where its bytes are."""

    id: UUID
    place: Place


async def register(connection: Connection, file: StoredFile) -> None:
    """Note where the bytes of a file will be, before the first of them is there."""
    await connection.execute(
        "INSERT INTO stored_files (id, place) VALUES ($1, $2)"
        " ON CONFLICT (id) DO UPDATE SET place = excluded.place, began_at = now()",
        file.id,
        file.place,
    )


async def write_piece(pool: Pool, file_id: UUID, number: int, piece: bytes) -> None:
    """Keep a piece of a file, in place of what an upload that was cut off has left there.

    Raises:
        asyncpg.ForeignKeyViolationError: the file was forgotten meanwhile.
    """
    await pool.execute(
        "INSERT INTO stored_pieces (file_id, number, bytes) VALUES ($1, $2, $3)"
        " ON CONFLICT (file_id, number) DO UPDATE SET bytes = excluded.bytes",
        file_id,
        number,
        piece,
    )


async def read_piece(pool: Pool, file_id: UUID, number: int) -> bytes | None:
    """A piece of a file; None: there is none."""
    piece: bytes | None = await pool.fetchval(
        "SELECT bytes FROM stored_pieces WHERE file_id = $1 AND number = $2", file_id, number
    )
    return piece


async def delete_pieces(pool: Pool, file_id: UUID) -> None:
    """Forget the bytes of a file."""
    await pool.execute("DELETE FROM stored_pieces WHERE file_id = $1", file_id)


async def forget(pool: Pool, file_id: UUID) -> None:
    """Forget where a file is, once its bytes are gone and no attachment refers to it."""
    await pool.execute(
        "DELETE FROM stored_files f WHERE id = $1 AND NOT EXISTS (SELECT FROM attachments a WHERE a.id = f.id)", file_id
    )


async def unused(pool: Pool, *, older_than: timedelta, limit: int) -> Sequence[StoredFile]:
    """Files that no attachment refers to, of those that began to be stored so long ago: nobody writes them any more."""
    rows = await pool.fetch(
        """SELECT id, place FROM stored_files f WHERE began_at < now() - $1::interval
               AND NOT EXISTS (SELECT FROM attachments a WHERE a.id = f.id) ORDER BY id LIMIT $2""",
        older_than,
        limit,
    )
    return [StoredFile(**dict(row)) for row in rows]
