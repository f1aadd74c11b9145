"""What the reconciler found, pass by pass: what it mended, and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.model import Frozen
from crm.pool import Connection, Pool


class NewFinding(Frozen):
    """One thing that was found."""

    kind: str
    number: str
    """Of the request; empty: it is about none."""
    owner: str
    facts: Mapping[str, str]
    mended: bool
    """False: it waits for a person."""


class StoredFinding(NewFinding):
    """The same as it is kept."""

    id: UUID
    found_at: datetime
    seen_at: datetime
    """When it was found last."""
    request_id: UUID | None
    """Of the request, if there is one of that number."""


class Pass(Frozen):
    """One comparison of everything."""

    started_at: datetime
    ended_at: datetime | None
    """None: it is at work, or was cut off."""
    compared: Mapping[str, int]
    """How many ``requests``, ``runs``, and completed requests with what was reported of them (``sums``)."""
    mended: int


async def begin(pool: Pool, pass_id: UUID) -> None:
    """A pass begins; one that was begun by somebody who died goes on as it is."""
    await pool.execute(
        "INSERT INTO reconciliations (id, started_at) VALUES ($1, now()) ON CONFLICT (id) DO NOTHING", pass_id
    )


async def note(pool: Pool, found: Sequence[NewFinding]) -> None:
    """Keep what was found. What waits for a person is kept once, however often it is found."""
    await pool.execute(
        """INSERT INTO findings (id, kind, number, owner, facts, mended, found_at, seen_at)
           SELECT f.id, f.kind, f.number, f.owner, f.facts, f.mended, now(), now()
           FROM jsonb_to_recordset($1) AS f (id uuid, kind text, number text, owner text, facts jsonb, mended boolean)
           ON CONFLICT (kind, number) WHERE NOT mended AND gone_at IS NULL
               DO UPDATE SET facts = excluded.facts, owner = excluded.owner, seen_at = excluded.seen_at""",
        [{"id": uuid7(), **one.model_dump(mode="json")} for one in _once(found)],
    )


def _once(found: Sequence[NewFinding]) -> list[NewFinding]:
    """Of what waits for a person the last of each kind and request: one statement changes a row once."""
    waits = {(one.kind, one.number): one for one in found if not one.mended}
    return [*(one for one in found if one.mended), *waits.values()]


class Earlier(Frozen):
    """What a pass goes on from: the last one that came to its end."""

    started_at: datetime
    sums_up_to: UUID | None
    """Up to which completed request it compared what was reported; None: to the end."""


async def earlier(pool: Pool) -> Earlier | None:
    """The last pass that came to its end; None: there is none."""
    row = await pool.fetchrow(
        "SELECT started_at, sums_up_to FROM reconciliations WHERE ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1"
    )
    return Earlier(**row) if row is not None else None


async def end(
    pool: Pool, pass_id: UUID, compared: Mapping[str, int], mended: int, *, sums_up_to: UUID | None = None
) -> int:
    """A pass has compared everything; what it did not find waits for nobody any more. How much waits for a person now.

    Args:
        sums_up_to: see ``Earlier``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE reconciliations SET ended_at = now(), compared = $2, mended = $3, sums_up_to = $4 WHERE id = $1",
            pass_id,
            compared,
            mended,
            sums_up_to,
        )
        await connection.execute(
            """UPDATE findings SET gone_at = now() WHERE NOT mended AND gone_at IS NULL
               AND seen_at < (SELECT started_at FROM reconciliations WHERE id = $1)""",
            pass_id,
        )
        return await waiting(connection)


_WAITING: Final = "SELECT count(*) FROM findings WHERE NOT mended AND gone_at IS NULL"


async def waiting(executor: Pool | Connection) -> int:
    """How much waits for a person."""
    found: int = await executor.fetchval(_WAITING)
    return found


async def open_findings(pool: Pool, limit: int) -> list[StoredFinding]:
    """What waits for a person, the newest first."""
    return await _stored(pool, "NOT mended AND gone_at IS NULL ORDER BY found_at DESC, id DESC", limit)


async def mended(pool: Pool, limit: int) -> list[StoredFinding]:
    """What was mended, the newest first."""
    return await _stored(pool, "mended ORDER BY seen_at DESC, id DESC", limit)


async def _stored(pool: Pool, which: str, limit: int) -> list[StoredFinding]:
    rows = await pool.fetch(
        f"""SELECT id, kind, number, owner, facts, mended, found_at, seen_at,
                (SELECT r.id FROM purchase_requests r WHERE r.number = findings.number) AS request_id
            FROM findings WHERE {which} LIMIT $1""",  # noqa: S608
        limit,
    )
    return [StoredFinding(**row) for row in rows]


async def passes(pool: Pool, limit: int) -> list[Pass]:
    """The latest passes, the newest first."""
    rows = await pool.fetch(
        "SELECT started_at, ended_at, compared, mended FROM reconciliations ORDER BY started_at DESC LIMIT $1", limit
    )
    return [Pass(**row) for row in rows]
