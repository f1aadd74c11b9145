"""What another system is told of the requests that were made from its orders: which orders wait, and which could not be told.

What it is told is read when it is told, so that it is what is so then, however often it has changed before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approval.model import Frozen, ProcessStatus
from crm.connector_items import AGAIN_AFTER
from crm.pool import Connection, Pool

_SENT: Final = "r.process_status <> 'not_sent'"
"""What nobody has sent yet is nobody's business."""


class Due(Frozen):
    """An order that is to be told of."""

    key: str
    marks: int
    written: Mapping[str, str] | None
    """What it was told last, by field."""
    tries: int
    """How often that failed since."""


class MadeRequest(Frozen):
    """A request that was made from an order."""

    id: UUID
    number: str
    process_status: ProcessStatus


class Unwritten(Frozen):
    """An order that could not be told of. ``reason`` is a key of ``texts.connectors``."""

    number: str
    reason: str
    params: Mapping[str, str]
    failed_at: datetime
    next_try_at: datetime


async def mark(connection: Connection, system: str, request_ids: Collection[UUID]) -> None:
    """Something may have become of requests: the orders that they were made from are told, if that is wanted."""
    wanted = (
        "SELECT write_back <> '{}' FROM connectors WHERE system = $1 FOR SHARE"  # whoever sets it now is waited for
    )
    if not await connection.fetchval(wanted, system):
        return
    await connection.execute(
        """INSERT INTO connector_writings (system, key, number)
           SELECT DISTINCT s.system, s.key, s.number FROM purchase_requests r JOIN sources s ON s.id = r.source_id
           WHERE r.id = ANY ($2) AND s.system = $1 AND s.type = 'sales_order'
           ON CONFLICT (system, key) DO UPDATE SET marks = connector_writings.marks + 1, number = excluded.number""",
        system,
        list(request_ids),
    )


async def mark_everything(connection: Connection, system: str) -> None:
    """Have every order told again that a request was made from."""
    await connection.execute(
        f"""INSERT INTO connector_writings (system, key, number)
            SELECT s.system, s.key, s.number FROM sources s WHERE s.system = $1 AND s.type = 'sales_order'
                AND EXISTS (SELECT FROM purchase_requests r WHERE r.source_id = s.id AND {_SENT})
            ON CONFLICT (system, key) DO UPDATE SET marks = connector_writings.marks + 1, written = NULL, tries = 0,
                problem = NULL, next_try_at = now()""",  # noqa: S608
        system,
    )


async def due(pool: Pool, system: str, *, limit: int) -> list[Due]:
    """The orders that are to be told of now, those that wait longest first."""
    rows = await pool.fetch(
        """SELECT key, marks, written, tries FROM connector_writings
           WHERE system = $1 AND marks > told AND next_try_at <= now() ORDER BY next_try_at, key LIMIT $2""",
        system,
        limit,
    )
    return [Due(**row) for row in rows]


async def requests_of(pool: Pool, system: str, keys: Collection[str]) -> dict[str, list[MadeRequest]]:
    """The requests that were made from orders and sent, the newest first, by the order's key."""
    rows = await pool.fetch(
        f"""SELECT s.key, r.id, r.number, r.process_status FROM sources s JOIN purchase_requests r ON r.source_id = s.id
            WHERE s.system = $1 AND s.key = ANY ($2) AND {_SENT} ORDER BY r.id DESC""",  # noqa: S608
        system,
        list(keys),
    )
    found: dict[str, list[MadeRequest]] = {key: [] for key in keys}
    for row in rows:
        found[row["key"]].append(MadeRequest(**{name: row[name] for name in MadeRequest.model_fields}))
    return found


async def note_told(
    pool: Pool, system: str, told: Mapping[str, tuple[int, Mapping[str, str] | None]], *, of: datetime
) -> None:
    """Orders were told of, or there was nothing new; what has become of them since then is still to be told.

    Args:
        pool: the CRM database.
        system: whose they are.
        told: by key: up to which mark, and what they say now.
        of: when the settings were saved by which they were told; by others all are told again.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await _are_settings(connection, system, of):
            return
        await connection.execute(
            """UPDATE connector_writings w SET told = greatest(w.told, n.mark), written = n.written, problem = NULL, tries = 0
               FROM unnest($2::text[], $3::integer[], $4::jsonb[]) AS n (key, mark, written)
               WHERE w.system = $1 AND w.key = n.key""",
            system,
            list(told),
            [mark for mark, _ in told.values()],
            [written for _, written in told.values()],
        )


async def note_failed(pool: Pool, system: str, problems: Mapping[str, Mapping[str, Any]], *, of: datetime) -> None:
    """Orders could not be told of; they are tried again, each time after a longer while.

    Args:
        pool: the CRM database.
        system: whose they are.
        problems: why, by key.
        of: when the settings were saved by which they were to be told; what went wrong by others says nothing.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await _are_settings(connection, system, of):
            return
        await connection.execute(
            """UPDATE connector_writings w SET problem = n.problem, failed_at = now(), tries = tries + 1,
                   next_try_at = now() + ($4::interval[])[least(tries + 1, array_length($4::interval[], 1))]
               FROM unnest($2::text[], $3::jsonb[]) AS n (key, problem) WHERE w.system = $1 AND w.key = n.key""",
            system,
            list(problems),
            list(problems.values()),
            list(AGAIN_AFTER),
        )


async def _are_settings(connection: Connection, system: str, of: datetime) -> bool:
    """Whether the settings are those that were saved then; whoever changes them waits for this transaction."""
    query = "SELECT changed_at = $2 FROM connectors WHERE system = $1 FOR SHARE"
    return bool(await connection.fetchval(query, system, of))


async def count_waiting(pool: Pool, system: str) -> int:
    """How many orders are still to be told of."""
    query = "SELECT count(*) FROM connector_writings WHERE system = $1 AND marks > told"
    return int(await pool.fetchval(query, system))


async def unwritten(pool: Pool, system: str, *, limit: int) -> list[Unwritten]:
    """Orders that could not be told of, those that failed last first."""
    rows = await pool.fetch(
        """SELECT number, problem, failed_at, next_try_at FROM connector_writings
           WHERE system = $1 AND marks > told AND problem IS NOT NULL ORDER BY failed_at DESC, key LIMIT $2""",
        system,
        limit,
    )
    return [
        Unwritten(number=row["number"], **row["problem"], failed_at=row["failed_at"], next_try_at=row["next_try_at"])
        for row in rows
    ]


async def try_now(pool: Pool, system: str) -> None:
    """Have everything tried again by the next pass that could not be told."""
    query = "UPDATE connector_writings SET next_try_at = now() WHERE system = $1 AND marks > told"
    await pool.execute(query, system)
