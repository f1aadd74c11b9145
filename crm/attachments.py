"""Files attached to requests, as the CRM knows them. Their bytes are elsewhere: see ``crm.stored_files``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from approval.attachments import Scan
from approval.model import Frozen, Person
from crm.pool import Connection, Pool, lock_timeout
from crm.stored_files import Place


class AttachmentRecord(Frozen):
    """A file of a request. ``stored``: whether all of its bytes are there, so that it is shown."""

    id: UUID
    request_id: UUID
    name: str
    media_type: str
    size: int
    sha256: bytes
    added_by: Person
    added_at: datetime
    stored: bool
    scan: Scan
    found: str
    place: Place


class Taken(NamedTuple):
    """How much room the files of a request take, those included that are on their way."""

    files: int
    size: int


_SELECT: Final = """SELECT a.id, a.request_id, a.name, a.media_type, a.size, a.sha256, a.added_at,
    a.stored_at IS NOT NULL AS stored, a.scan, a.found, f.place, a.added_by, u.name AS added_by_name
FROM attachments a JOIN stored_files f ON f.id = a.id JOIN users u ON u.username = a.added_by"""


def _record(row: asyncpg.Record) -> AttachmentRecord:
    fields = dict(row)
    person = Person(username=fields.pop("added_by"), name=fields.pop("added_by_name"))
    return AttachmentRecord(added_by=person, **fields)


async def of_request(executor: Pool | Connection, request_id: UUID) -> Sequence[AttachmentRecord]:
    """The files of a request, in the order in which they were added."""
    rows = await executor.fetch(
        f"{_SELECT} WHERE a.request_id = $1 AND a.stored_at IS NOT NULL ORDER BY a.id", request_id
    )
    return [_record(row) for row in rows]


async def find(executor: Pool | Connection, attachment_id: UUID) -> AttachmentRecord | None:
    """One file, also one that is on its way."""
    row = await executor.fetchrow(f"{_SELECT} WHERE a.id = $1", attachment_id)
    return _record(row) if row else None


async def lock_request(connection: Connection, request_id: UUID) -> None:
    """Have nobody else change a request or its files until the transaction ends.

    Raises:
        asyncpg.LockNotAvailableError: somebody else keeps it for longer than ``crm.pool.LOCK_SECONDS``.
    """
    await connection.execute(
        "SELECT FROM (SELECT set_config('lock_timeout', $2, true)) AS limited, purchase_requests r"
        " WHERE r.id = $1 FOR NO KEY UPDATE OF r",
        request_id,
        lock_timeout(),
    )


async def taken(connection: Connection, request_id: UUID) -> Taken:
    """How much room the files of a request take."""
    row = await connection.fetchrow(
        "SELECT count(*) AS files, coalesce(sum(size), 0) AS size FROM attachments WHERE request_id = $1", request_id
    )
    assert row is not None  # noqa: S101 - it counts
    return Taken(row["files"], row["size"])


async def insert(connection: Connection, record: AttachmentRecord) -> None:
    """Take the room of a file whose bytes are still to come."""
    await connection.execute(
        """INSERT INTO attachments (id, request_id, name, media_type, size, sha256, added_by, added_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        record.id,
        record.request_id,
        record.name,
        record.media_type,
        record.size,
        record.sha256,
        record.added_by.username,
        record.added_at,
    )


async def mark_stored(pool: Pool, attachment_id: UUID) -> bool:
    """Show a file: all of its bytes are there. False: it is gone."""
    answer = await pool.execute(
        "UPDATE attachments SET stored_at = coalesce(stored_at, now()) WHERE id = $1", attachment_id
    )
    return answer.endswith(" 1")


async def delete(executor: Pool | Connection, attachment_id: UUID) -> None:
    """Take a file from its request."""
    await executor.execute("DELETE FROM attachments WHERE id = $1", attachment_id)


async def delete_unstored(executor: Pool | Connection, attachment_id: UUID) -> None:
    """Give up a file whose bytes did not all come; not one that has been stored after all."""
    await executor.execute("DELETE FROM attachments WHERE id = $1 AND stored_at IS NULL", attachment_id)


async def delete_cut_off(pool: Pool, *, older_than: timedelta) -> int:
    """Give up files whose bytes have not come after so long; how many."""
    answer = await pool.execute(
        "DELETE FROM attachments WHERE stored_at IS NULL AND added_at < now() - $1::interval", older_than
    )
    return int(answer.removeprefix("DELETE "))


async def note_scan(pool: Pool, attachment_id: UUID, scan: Scan, found: str) -> bool:
    """Note what a scanner says of a file. False: it is gone."""
    answer = await pool.execute(
        "UPDATE attachments SET scan = $2, found = $3, scanned_at = now() WHERE id = $1", attachment_id, scan, found
    )
    return answer.endswith(" 1")


async def unscanned(pool: Pool, *, older_than: timedelta, after: UUID, limit: int) -> Sequence[UUID]:
    """Files that wait for a scanner since so long, by their ids from after one on."""
    rows = await pool.fetch(
        """SELECT id FROM attachments WHERE scan = 'waiting' AND stored_at < now() - $1::interval AND id > $2
           ORDER BY id LIMIT $3""",
        older_than,
        after,
        limit,
    )
    return [row["id"] for row in rows]
