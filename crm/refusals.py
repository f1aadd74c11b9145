"""Refusals on a request's timeline: of each person the first ones of a day are kept, and further ones counted.

So a timeline stays readable and small, whatever somebody tries however often; that they did is said all the same, and
whoever waits for a command gets its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from approval.model import Code, Frozen, Person
from crm.events import tell
from crm.outcomes import id_of_both
from crm.pool import Connection, Pool
from crm.timeline import Entry

KEPT_OF_A_DAY: Final = 20
"""Refusals of one person on one request that are on its timeline, for each day (UTC)."""


class Recorded(StrEnum):
    """How a refusal was recorded."""

    SHOWN = "shown"
    """It is on the timeline."""
    COUNTED = "counted"
    KNOWN = "known"
    """The command was recorded before."""


async def record(executor: Pool | Connection, entry: Entry) -> Recorded:
    """Record a refused action; whoever calls tells the listeners. Recording it twice changes nothing.

    A command id that belongs to another request is replaced by one made of both, so that this refusal is recorded too.

    Args:
        executor: in no transaction: the count of a person's refusals is locked until its end.
        entry: with its refusal.
    """
    assert entry.refusal is not None  # noqa: S101 - what was accepted is not recorded here
    is_counted = await executor.fetchval(
        _RECORD,
        entry.request_id,
        entry.command_id,
        entry.at,
        entry.action,
        entry.end,
        entry.actor,
        entry.step,
        entry.round,
        entry.note,
        entry.refusal,
        id_of_both(entry.command_id, entry.request_id),
        KEPT_OF_A_DAY,
        entry.refusal.code,
        entry.channel,
        entry.refusal.code is Code.NOT_SIGNED,
    )
    if is_counted is None:
        return Recorded.KNOWN
    return Recorded.COUNTED if is_counted else Recorded.SHOWN


async def record_unseen(executor: Pool | Connection, entry: Entry) -> Recorded:
    """Record a refused action so that only whoever asks for the command learns of it: it says what nobody else may know."""
    assert entry.refusal is not None  # noqa: S101 - what was accepted is not recorded here
    is_new = await executor.fetchval(
        _RECORD_UNSEEN, entry.request_id, entry.command_id, entry.action, entry.end, entry.actor, entry.refusal
    )
    return Recorded.COUNTED if is_new else Recorded.KNOWN


async def refuse(pool: Pool, entry: Entry) -> None:
    """Record a refused action and tell whoever waits for it."""
    recorded = await record(pool, entry)
    await tell(pool, entry.committed(shown=recorded is Recorded.SHOWN))


class FurtherRefusals(Frozen):
    """A person's refusals on a request that are only counted."""

    person: Person | None
    """None: all who are not known, together: names that the directory does not have, and signals in anybody's name that had to
    be signed and were not."""
    count: int
    codes: Mapping[str, int]
    """How many, by the refusal's code, maybe one of another day's release."""
    last_at: datetime


async def further(pool: Pool, request_id: UUID) -> tuple[FurtherRefusals, ...]:
    """Refusals on a request that are not on its timeline, those first that were refused last."""
    rows = await pool.fetch(
        """SELECT person, u.name, counted, codes, counted_at FROM refusals LEFT JOIN users u ON u.username = person
           WHERE request_id = $1 AND counted > 0 ORDER BY counted_at DESC""",
        request_id,
    )
    return tuple(
        FurtherRefusals(
            person=Person(username=row["person"], name=row["name"]) if row["person"] else None,
            count=row["counted"],
            codes=row["codes"],
            last_at=row["counted_at"],
        )
        for row in rows
    )


_IS_FURTHER: Final = "(r.day = excluded.day AND r.on_day >= $12)"
_RECORD: Final = f"""
WITH command AS (
    SELECT CASE WHEN EXISTS (SELECT FROM outcomes WHERE command_id = $2 AND request_id <> $1) THEN $11 ELSE $2 END AS id
), new AS (
    SELECT id FROM command WHERE NOT EXISTS (SELECT FROM outcomes WHERE command_id = command.id)
), tried AS (
    INSERT INTO refusals AS r (request_id, person, day, on_day)
    SELECT $1, coalesce((SELECT username FROM users WHERE username = $6 AND NOT $15), ''), (now() AT TIME ZONE 'UTC')::date, 1 FROM new
    ON CONFLICT (request_id, person) DO UPDATE SET
        day = excluded.day,
        on_day = CASE WHEN r.day = excluded.day THEN r.on_day + 1 ELSE 1 END,
        counted = r.counted + {_IS_FURTHER}::integer,
        codes = CASE WHEN {_IS_FURTHER}
            THEN r.codes || jsonb_build_object($13::text, coalesce((r.codes ->> $13)::bigint, 0) + 1) ELSE r.codes END,
        counted_at = CASE WHEN {_IS_FURTHER} THEN now() ELSE r.counted_at END
    RETURNING on_day > $12 AS further
), entry AS (
    INSERT INTO timeline (request_id, command_id, at, action, ends_run, actor, step, round, note, channel, accepted,
        refusal)
    SELECT $1, new.id, $3, $4, $5, $6, $7, coalesce($8, (SELECT round FROM runs WHERE runs.request_id = $1), 0), $9, $14, false, $10
    FROM new, tried WHERE NOT tried.further
    ON CONFLICT (command_id) DO NOTHING
), counted AS (
    INSERT INTO counted_refusals (command_id, request_id, action, ends_run, actor, refusal)
    SELECT new.id, $1, $4, $5, $6, $10 FROM new, tried WHERE tried.further
    ON CONFLICT (command_id) DO NOTHING
), delivered AS (
    UPDATE commands SET delivered_at = now()
    WHERE id = $2 AND request_id = $1 AND action = $4 AND actor = $6 AND delivered_at IS NULL
)
SELECT further FROM tried
"""  # noqa: S608
_RECORD_UNSEEN: Final = """
WITH new AS (
    INSERT INTO counted_refusals (command_id, request_id, action, ends_run, actor, refusal)
    SELECT $2, $1, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT FROM outcomes WHERE command_id = $2)
    ON CONFLICT (command_id) DO NOTHING RETURNING true AS is_new
), delivered AS (
    UPDATE commands SET delivered_at = now()
    WHERE id = $2 AND request_id = $1 AND action = $3 AND actor = $5 AND delivered_at IS NULL
)
SELECT is_new FROM new
"""
