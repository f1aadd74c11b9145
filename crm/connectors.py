"""Connectors: which other systems are read, how far each was read, and what each pass did. What was read is in
``crm.connector_items``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import asyncpg

from approval.model import Frozen, Person
from crm import connector_writings
from crm.pool import Connection, Pool

KEPT_SYNCS: Final = 500
"""Of the log of a connector."""


class SyncKind(StrEnum):
    """What a pass reads."""

    FIRST = "first"
    """Everything, for the first time."""
    FULL = "full"
    """Everything again, so that what is gone is noticed."""
    CHANGES = "changes"
    """What has changed since the last pass."""


class ConnectorSettings(Frozen):
    """How a system is reached. The secrets are encrypted."""

    system: str
    address: str
    client_id: str
    client_secret: str
    hint_secret: str | None
    fields: Mapping[str, str]
    write_back: Mapping[str, str]
    """Into which of its fields orders are told of what; see ``application.amis_write_back``."""
    enabled: bool
    changed_by: Person
    changed_at: datetime
    watermark: datetime | None
    watermark_at: datetime | None
    full_passes: int
    full_pass_at: datetime | None
    full_pass_wanted: bool


class Checkpoint(Frozen):
    """Where a pass stands: whoever goes on with it reads from here."""

    sync_id: UUID
    kind: SyncKind
    next: int = 0
    """The first record that was not read yet, as the list stood at the last reading; 0 is the one that changed last."""
    total: int | None = None
    """How many there were at that reading."""
    slack: int = 0
    """How many records are read again with each reading, since the list got shorter meanwhile."""
    floor: datetime | None = None
    """So far back it is read; None: to the end."""
    top: datetime | None = None
    """The last change that was there when the pass began."""
    settled: bool = False
    """Nothing has changed for so long that a page on which everything is known is the end of what is to be read."""
    catching_up: bool = False
    """Everything was read, and what changed meanwhile is being read."""
    counted: bool = False
    """It is noted what this pass has missed."""


class Progress(Frozen):
    """What one reading adds to what a pass did."""

    read: int = 0
    """What counts as read; see ``Sync``."""
    fresh: int = 0
    """Of those, what was not known, or not as it is now; it is not kept."""
    made: int = 0
    changed: int = 0
    cancelled: int = 0
    parked: int = 0
    calls: int = 0


class Sync(Frozen):
    """What a pass did, or has done so far."""

    id: UUID
    kind: SyncKind
    begun_at: datetime
    ended_at: datetime | None
    to_read: int | None
    """How many there are, as far as that is known."""
    read: int
    """How many of them were read, each counted once; of what has changed, those that were not known as they are."""
    made: int
    changed: int
    cancelled: int
    parked: int
    calls: int
    trouble: str | None
    detail: str


_SETTINGS: Final = """SELECT c.*, u.name AS changed_by_name FROM connectors c JOIN users u ON u.username = c.changed_by
    WHERE c.system = $1"""


async def find(executor: Pool | Connection, system: str) -> ConnectorSettings | None:
    """How a system is reached; None: it is not connected."""
    row = await executor.fetchrow(_SETTINGS, system)
    if row is None:
        return None
    known = {name: row[name] for name in ConnectorSettings.model_fields if name != "changed_by"}
    return ConnectorSettings(**known, changed_by=Person(username=row["changed_by"], name=row["changed_by_name"]))


async def save(
    pool: Pool,
    system: str,
    *,
    address: str,
    client_id: str,
    client_secret: str | None,
    hint_secret: str | None,
    fields: Mapping[str, str],
    write_back: Mapping[str, str],
    enabled: bool,
    by: str,
) -> bool:
    """Keep how a system is reached. With another address, client or names of fields everything is read and taken anew.

    Args:
        pool: the CRM database.
        system: which one.
        address: where it is.
        client_id: what it knows us by.
        client_secret: encrypted; None: the one that is there stays.
        hint_secret: encrypted; None: the one that is there stays, if there is one; empty: there is none any more.
        fields: names of fields that are not the usual ones.
        write_back: into which fields of orders it is told of what; with others, or at another address or client, every order is told again.
        enabled: whether it is followed.
        by: who says so.

    Returns:
        Whether it is kept; not, if there is no client's secret.
    """
    async with pool.acquire() as connection, connection.transaction():
        query = "SELECT address, client_id, fields, write_back FROM connectors WHERE system = $1 FOR UPDATE"
        before = await connection.fetchrow(query, system)
        if before is None:
            if client_secret is None:
                return False
            await connection.execute(
                """INSERT INTO connectors (system, address, client_id, client_secret, changed_by, changed_at)
                   VALUES ($1, $2, $3, $4, $5, now()) ON CONFLICT (system) DO NOTHING""",
                system,
                address,
                client_id,
                client_secret,
                by,
            )
        await connection.execute(
            """UPDATE connectors SET address = $2, client_id = $3, client_secret = coalesce($4, client_secret),
                   hint_secret = nullif(coalesce($5, hint_secret), ''), fields = $6, write_back = $7, enabled = $8,
                   changed_by = $9, changed_at = now()
               WHERE system = $1""",
            system,
            address,
            client_id,
            client_secret,
            hint_secret,
            dict(fields),
            dict(write_back),
            enabled,
            by,
        )
        if before is None:
            await connector_writings.mark_everything(connection, system)
            return True
        is_another = (before["address"], before["client_id"]) != (address, client_id)
        if is_another or before["write_back"] != dict(write_back):
            await connector_writings.mark_everything(connection, system)
        if is_another or before["fields"] != dict(fields):
            await _forget(connection, system)
    return True


async def _forget(connection: Connection, system: str) -> None:
    """What is there may be something else than what was read."""
    await connection.execute(
        "UPDATE connectors SET watermark = NULL, checkpoint = NULL, full_pass_wanted = true WHERE system = $1", system
    )
    await connection.execute("UPDATE connector_items SET changed_at = NULL WHERE system = $1", system)
    await connection.execute(
        """UPDATE connector_catalogues SET watermark = NULL, checkpoint = NULL, full_pass_at = NULL, next_read_at = now()
           WHERE system = $1""",
        system,
    )


async def want_full_pass(executor: Pool | Connection, system: str) -> None:
    """Have all orders read again by the next pass."""
    await executor.execute("UPDATE connectors SET full_pass_wanted = true WHERE system = $1", system)


async def want_everything(pool: Pool, system: str) -> None:
    """Have everything read again by the next pass, the catalogues, too."""
    async with pool.acquire() as connection, connection.transaction():
        await want_full_pass(connection, system)
        query = "UPDATE connector_catalogues SET full_pass_at = NULL, next_read_at = now() WHERE system = $1"
        await connection.execute(query, system)


async def note_hint(executor: Pool | Connection, system: str, at_most_every: timedelta) -> bool:
    """It says that something has changed; whether that is to be heard, or was just now."""
    query = """UPDATE connectors SET hinted_at = now() WHERE system = $1 AND enabled
        AND (hinted_at IS NULL OR hinted_at < now() - $2::interval) RETURNING true"""
    return bool(await executor.fetchval(query, system, at_most_every))


async def checkpoint(executor: Pool | Connection, system: str) -> Checkpoint | None:
    """Where the pass stands that has not come to its end."""
    found: Any = await executor.fetchval("SELECT checkpoint FROM connectors WHERE system = $1", system)
    return Checkpoint.model_validate(found) if found else None


async def begin(pool: Pool, system: str, point: Checkpoint) -> None:
    """A pass begins."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO connector_syncs (id, system, kind, begun_at) VALUES ($1, $2, $3, now())",
            point.sync_id,
            system,
            point.kind,
        )
        query = "UPDATE connectors SET checkpoint = $2 WHERE system = $1"
        await connection.execute(query, system, point.model_dump(mode="json"))


async def note(connection: Connection, system: str, point: Checkpoint, done: Progress) -> bool:
    """A pass got on: it goes on from here, and so much was done. Whether it is still the one that is to be made."""
    kept = await connection.fetchval(
        "UPDATE connectors SET checkpoint = $3 WHERE system = $1 AND checkpoint ->> 'sync_id' = $2 RETURNING true",
        system,
        str(point.sync_id),
        point.model_dump(mode="json"),
    )
    await add(connection, point.sync_id, done, to_read=point.total)
    return bool(kept)


async def add(executor: Pool | Connection, sync_id: UUID, done: Progress, *, to_read: int | None = None) -> None:
    """Add to what a pass did."""
    await executor.execute(
        """UPDATE connector_syncs SET to_read = coalesce($2, to_read), read = read + $3, made = made + $4, changed = changed + $5,
               cancelled = cancelled + $6, parked = parked + $7, calls = calls + $8, trouble = NULL, detail = ''
           WHERE id = $1""",
        sync_id,
        to_read,
        done.read,
        done.made,
        done.changed,
        done.cancelled,
        done.parked,
        done.calls,
    )


async def note_trouble(executor: Pool | Connection, sync_id: UUID, trouble: str, detail: str) -> None:
    """A pass stopped before its end."""
    query = "UPDATE connector_syncs SET trouble = $2, detail = $3 WHERE id = $1"
    await executor.execute(query, sync_id, trouble, detail[:500])


async def finish(pool: Pool, system: str, point: Checkpoint, *, watermark: datetime | None) -> bool:
    """A pass came to its end; whether nobody else has said so. Of passes that found nothing only the last one stays in the log."""
    async with pool.acquire() as connection, connection.transaction():
        full = point.kind is not SyncKind.CHANGES
        done = await connection.fetchval(
            """UPDATE connectors SET checkpoint = NULL, watermark = greatest(watermark, $3),
                   watermark_at = CASE WHEN watermark IS NULL OR $3 > watermark THEN now() ELSE watermark_at END,
                   full_passes = full_passes + $4::boolean::int, full_pass_at = CASE WHEN $4 THEN now() ELSE full_pass_at END,
                   full_pass_wanted = full_pass_wanted AND NOT $4
               WHERE system = $1 AND checkpoint ->> 'sync_id' = $2 RETURNING true""",
            system,
            str(point.sync_id),
            watermark,
            full,
        )
        if not done:
            return False
        await connection.execute("UPDATE connector_syncs SET ended_at = now() WHERE id = $1", point.sync_id)
        await connection.execute(
            """DELETE FROM connector_syncs WHERE system = $1 AND id <> $2 AND (
                   kind = 'changes' AND ended_at IS NOT NULL AND made + changed + cancelled + parked = 0
                   OR id < (SELECT id FROM connector_syncs WHERE system = $1 ORDER BY id DESC OFFSET $3 LIMIT 1))""",
            system,
            point.sync_id,
            KEPT_SYNCS,
        )
    return True


async def syncs(executor: Pool | Connection, system: str, *, limit: int) -> list[Sync]:
    """The last passes, the newest first."""
    rows = await executor.fetch(
        "SELECT * FROM connector_syncs WHERE system = $1 ORDER BY id DESC LIMIT $2", system, limit
    )
    return [_sync(row) for row in rows]


def _sync(row: asyncpg.Record) -> Sync:
    return Sync(**{name: row[name] for name in Sync.model_fields})
