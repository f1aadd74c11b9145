"""Catalogues of other systems: how far each was read, which of its entries are ours by which code, and which could not be taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from approval.incoming_catalogue import CatalogueKind
from approval.model import Frozen
from crm.connector_items import AGAIN_AFTER
from crm.connectors import Checkpoint, SyncKind
from crm.pool import Connection, Pool

GONE_AFTER: Final = 2
"""Passes through everything that must have missed an entry before it is gone."""
SHOWN_PROBLEMS: Final = 20


class Reading(Frozen):
    """How far a catalogue was read."""

    watermark: datetime | None
    watermark_at: datetime | None
    checkpoint: Checkpoint | None
    """Where the pass stands that has not come to its end."""
    full_passes: int
    full_pass_at: datetime | None


class KnownEntry(Frozen):
    """What is known of an entry that was read before."""

    code: str
    gone: bool


class SeenEntry(Frozen):
    """An entry as it was read."""

    key: str
    code: str
    """What we know it by; empty: it could not be taken."""
    name: str
    problem: Mapping[str, Any] | None
    gone: bool


class EntryProblem(Frozen):
    """An entry that could not be taken. ``reason`` is a key of ``texts.connectors``."""

    key: str
    name: str
    reason: str
    params: Mapping[str, str]


class CatalogueState(Frozen):
    """What is known of a catalogue of another system."""

    kind: CatalogueKind
    entries: int
    """How many of its entries are here, and in use there."""
    not_taken: int
    """How many could not be taken."""
    problems: tuple[EntryProblem, ...]
    """The first of those, and why."""
    read_at: datetime | None
    """When it was last read to its end."""
    trouble: str | None
    """Why it could not be read the last time, as a key of ``texts.connectors``."""
    detail: str


async def due(pool: Pool, system: str, kind: CatalogueKind) -> Reading | None:
    """How far a catalogue was read, if it is to be read now; None: it could not be lately, and is left alone."""
    query = "INSERT INTO connector_catalogues (system, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    await pool.execute(query, system, kind)
    row = await pool.fetchrow(
        """SELECT watermark, watermark_at, checkpoint, full_passes, full_pass_at FROM connector_catalogues
           WHERE system = $1 AND kind = $2 AND next_read_at <= now()""",
        system,
        kind,
    )
    return Reading.model_validate(dict(row)) if row else None


async def note(
    executor: Pool | Connection, system: str, kind: CatalogueKind, point: Checkpoint, *, begins: bool = False
) -> bool:
    """A pass begins, or got on: it goes on from here. Whether it is still the one that is to be made."""
    query = """UPDATE connector_catalogues SET checkpoint = $4
        WHERE system = $1 AND kind = $2 AND ($5 OR checkpoint ->> 'sync_id' = $3) RETURNING true"""
    said = point.model_dump(mode="json")
    return bool(await executor.fetchval(query, system, kind, str(point.sync_id), said, begins))


async def note_trouble(pool: Pool, system: str, kind: CatalogueKind, trouble: str, detail: str) -> None:
    """A pass stopped before its end; it goes on after a while, each time after a longer one."""
    await pool.execute(
        """UPDATE connector_catalogues SET trouble = $3, detail = $4, tries = tries + 1,
               next_read_at = now() + ($5::interval[])[least(tries + 1, array_length($5::interval[], 1))]
           WHERE system = $1 AND kind = $2""",
        system,
        kind,
        trouble,
        detail[:500],
        list(AGAIN_AFTER),
    )


async def known(
    connection: Connection, system: str, kind: CatalogueKind, keys: Collection[str]
) -> dict[str, KnownEntry]:
    """What is known of entries, by their keys; of one that was never read, nothing."""
    rows = await connection.fetch(
        "SELECT key, code, gone FROM connector_catalogue_items WHERE system = $1 AND kind = $2 AND key = ANY ($3)",
        system,
        kind,
        list(keys),
    )
    return {row["key"]: KnownEntry(code=row["code"], gone=row["gone"]) for row in rows}


async def note_seen(
    connection: Connection, system: str, kind: CatalogueKind, seen: Sequence[SeenEntry], *, seen_in: int
) -> None:
    """These were read in a pass."""
    await connection.execute(
        """INSERT INTO connector_catalogue_items AS i (system, kind, key, code, name, problem, gone, seen_in)
           SELECT $1, $2, n.*, $8 FROM unnest($3::text[], $4::text[], $5::text[], $6::jsonb[], $7::boolean[])
               AS n (key, code, name, problem, gone)
           ON CONFLICT (system, kind, key) DO UPDATE SET code = coalesce(nullif(excluded.code, ''), i.code),
               name = excluded.name, problem = excluded.problem, gone = excluded.gone, missed = 0,
               seen_in = greatest(i.seen_in, excluded.seen_in)""",
        system,
        kind,
        [one.key for one in seen],
        [one.code for one in seen],
        [one.name for one in seen],
        [one.problem for one in seen],
        [one.gone for one in seen],
        seen_in,
    )


async def all_missed(connection: Connection, system: str, kind: CatalogueKind, *, seen_in: int) -> bool:
    """Whether a pass has seen nothing of what should be there, and something should."""
    query = """SELECT count(*) > 0 AND coalesce(max(seen_in), 0) < $3 FROM connector_catalogue_items
        WHERE system = $1 AND kind = $2 AND NOT gone"""
    return bool(await connection.fetchval(query, system, kind, seen_in))


async def unused(connection: Connection, system: str, kind: CatalogueKind, codes: Collection[str]) -> list[str]:
    """Those of some codes that no entry has any more."""
    rows = await connection.fetch(
        """SELECT code FROM unnest($3::text[]) AS n (code) WHERE code <> '' AND NOT EXISTS (
               SELECT FROM connector_catalogue_items i WHERE i.system = $1 AND i.kind = $2 AND i.code = n.code AND NOT i.gone)""",
        system,
        kind,
        list(codes),
    )
    return [row["code"] for row in rows]


async def note_missing(connection: Connection, system: str, kind: CatalogueKind, *, seen_in: int) -> list[str]:
    """A pass through everything came to its end: whatever it has not seen was missed once more. The codes of what is gone now."""
    await connection.execute(
        """UPDATE connector_catalogue_items SET missed = missed + 1
           WHERE system = $1 AND kind = $2 AND seen_in < $3 AND NOT gone""",
        system,
        kind,
        seen_in,
    )
    rows = await connection.fetch(
        """UPDATE connector_catalogue_items SET gone = true, problem = NULL
           WHERE system = $1 AND kind = $2 AND missed >= $3 AND NOT gone RETURNING code""",
        system,
        kind,
        GONE_AFTER,
    )
    return await unused(connection, system, kind, [row["code"] for row in rows])


async def finish(connection: Connection, system: str, kind: CatalogueKind, point: Checkpoint) -> bool:
    """A pass came to its end; whether it is still the one that was to be made."""
    query = """UPDATE connector_catalogues SET checkpoint = NULL, watermark = greatest(watermark, $4),
            watermark_at = CASE WHEN watermark IS NULL OR $4 > watermark THEN now() ELSE watermark_at END,
            full_passes = full_passes + $5::boolean::int, full_pass_at = CASE WHEN $5 THEN now() ELSE full_pass_at END,
            read_at = now(), trouble = NULL, detail = '', tries = 0
        WHERE system = $1 AND kind = $2 AND checkpoint ->> 'sync_id' = $3 RETURNING true"""
    full = point.kind is not SyncKind.CHANGES
    return bool(await connection.fetchval(query, system, kind, str(point.sync_id), point.top, full))


async def states(pool: Pool, system: str) -> list[CatalogueState]:
    """What is known of the catalogues of a system."""
    rows = await pool.fetch(
        f"""SELECT c.kind, c.read_at, c.trouble, c.detail,
                (SELECT count(*) FROM connector_catalogue_items i
                 WHERE i.system = c.system AND i.kind = c.kind AND NOT i.gone AND i.problem IS NULL) AS entries,
                (SELECT count(*) FROM connector_catalogue_items i
                 WHERE i.system = c.system AND i.kind = c.kind AND i.problem IS NOT NULL) AS not_taken,
                (SELECT coalesce(jsonb_agg(p.problem || jsonb_build_object('key', p.key, 'name', p.name) ORDER BY p.key), '[]')
                 FROM (SELECT key, name, problem FROM connector_catalogue_items i
                       WHERE i.system = c.system AND i.kind = c.kind AND i.problem IS NOT NULL
                       ORDER BY i.key LIMIT {SHOWN_PROBLEMS}) p) AS problems
            FROM connector_catalogues c WHERE c.system = $1 ORDER BY c.kind""",  # noqa: S608
        system,
    )
    return [CatalogueState.model_validate(dict(row)) for row in rows]
