"""The outbox beside what happened: places among the events of a request at which there is none, and making it again.

Events of a request are numbered without gaps, and what was told on is deleted after days, the oldest first. So a number that is
missing between others, or after the last one, was lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.effects import Event
from approval.model import Action, Frozen
from crm.pool import Connection, Pool, lock_timeout


async def touched_since(pool: Pool, since: datetime, *, limit: int) -> AsyncIterator[set[UUID]]:
    """Requests on whose timelines something was written since then, the latest first; none is given twice.

    Args:
        limit: timeline entries that are read at once.
    """
    given: set[UUID] = set()
    before: int | None = None
    while True:
        rows = await pool.fetch(
            """SELECT id, request_id, recorded_at FROM timeline WHERE $1::bigint IS NULL OR id < $1
               ORDER BY id DESC LIMIT $2""",
            before,
            limit,
        )
        batch = {row["request_id"] for row in rows if row["recorded_at"] >= since} - given
        given |= batch
        if batch:
            yield batch
        if len(rows) < limit or rows[-1]["recorded_at"] < since:
            return
        before = rows[-1]["id"]


async def found_before(pool: Pool, kind: str) -> set[UUID]:
    """Requests of which it waits for a person that events were lost."""
    rows = await pool.fetch(
        """SELECT r.id FROM findings f JOIN purchase_requests r ON r.number = f.number
           WHERE f.kind = $1 AND NOT f.mended AND f.gone_at IS NULL""",
        kind,
    )
    return {row["id"] for row in rows}


class Gap(Frozen):
    """Places among the events of a request at which there is nothing."""

    request_id: UUID
    number: str
    owner: str
    last: int
    """The last place that was given."""
    missing: frozenset[int]
    is_sure: bool
    """Whether the events beside it show it. If not, something was lost only if there was something to tell of the last transition:
    the last event of all may be so old that it was deleted."""


# $2: whatever happened since then is in the outbox still, told or not. Of a request that is older than that, nothing is known of
# the places before the first event since then.
_GAPS: Final = """
SELECT r.id AS request_id, r.number, r.owner, missing.places AS missing, r.event_sequence AS last,
    r.created_at >= $2 OR o.first IS NOT NULL AS is_sure
FROM purchase_requests r
    LEFT JOIN LATERAL (SELECT min(sequence) AS first FROM outbox WHERE request_id = r.id AND created_at >= $2) o ON true
    LEFT JOIN LATERAL (SELECT recorded_at FROM timeline WHERE request_id = r.id AND sequence IS NOT NULL
        ORDER BY id DESC LIMIT 1) moved ON true
    CROSS JOIN LATERAL (
        SELECT array_agg(place) AS places FROM generate_series(
            CASE WHEN r.created_at >= $2 THEN 1 WHEN o.first IS NOT NULL THEN o.first
                WHEN moved.recorded_at >= $2 THEN r.event_sequence ELSE r.event_sequence + 1 END, r.event_sequence) AS place
        WHERE NOT EXISTS (SELECT FROM outbox p WHERE p.request_id = r.id AND p.sequence = place)
    ) missing
WHERE r.id = ANY ($1) AND missing.places IS NOT NULL
ORDER BY r.id
"""


async def gaps(executor: Pool | Connection, request_ids: Iterable[UUID], since: datetime) -> list[Gap]:
    """Those of some requests of whose events some are lost.

    Args:
        since: whatever happened since then is in the outbox still.
    """
    rows = await executor.fetch(_GAPS, list(request_ids), since)
    return [Gap(**{**dict(row), "missing": frozenset(row["missing"])}) for row in rows]


async def lock(connection: Connection, request_id: UUID, since: datetime) -> Gap | None:
    """Keep others from telling anything of a request until the transaction ends; what is lost of it then, if anything is."""
    await connection.fetch(
        """SELECT FROM (SELECT set_config('lock_timeout', $2, true)) AS limited, purchase_requests
           WHERE id = $1 FOR NO KEY UPDATE OF purchase_requests""",
        request_id,
        lock_timeout(),
    )
    return next(iter(await gaps(connection, [request_id], since)), None)


class LastTransition(Frozen):
    """What was done last to the run of a request."""

    command_id: UUID
    sequence: int
    action: Action
    end: bool
    returned_to: str | None
    actor: str
    note: str
    at: datetime
    recorded_at: datetime
    followed: bool
    """Whether something that is no transition was accepted after it: it may have told something, too."""


async def last_transition(connection: Connection, request_id: UUID, since: datetime) -> LastTransition | None:
    """The last transition of a request; None: there is none, or it was before then."""
    row = await connection.fetchrow(
        """SELECT command_id, sequence, action, ends_run AS "end", returned_to, actor, note, at, recorded_at,
               EXISTS (SELECT FROM timeline l WHERE l.request_id = t.request_id AND l.id > t.id AND l.accepted) AS followed
           FROM timeline t WHERE request_id = $1 AND sequence IS NOT NULL ORDER BY id DESC LIMIT 1""",
        request_id,
    )
    return LastTransition(**row) if row is not None and row["recorded_at"] >= since else None


async def there(connection: Connection, request_id: UUID, first: int) -> dict[int, str]:
    """What is in the outbox from a place on: types by place."""
    rows = await connection.fetch(
        "SELECT sequence, type FROM outbox WHERE request_id = $1 AND sequence >= $2", request_id, first
    )
    return {row["sequence"]: row["type"] for row in rows}


async def is_there_before(connection: Connection, request_id: UUID, first: int, last: LastTransition) -> bool:
    """Whether something of a transition is in the outbox before a place."""
    query = """SELECT EXISTS (SELECT FROM outbox WHERE request_id = $1 AND sequence < $2
        AND facts ->> 'at' = $3 AND facts ->> 'action' = $4)"""
    return bool(await connection.fetchval(query, request_id, first, last.at.isoformat(), last.action))


async def make_again(connection: Connection, request_id: UUID, events: Mapping[int, Event], *, since: datetime) -> None:
    """Put events of one transition into the places that they had. What somebody was told of already is not told again: it gets
    the id that it was told under.

    Args:
        events: by place.
        since: when they happened.
    """
    rows = [
        {"id": str(uuid7()), "sequence": place, "type": event.type, "facts": event.facts}
        for place, event in events.items()
    ]
    await connection.execute(_MAKE_AGAIN, request_id, rows, since)


_MAKE_AGAIN: Final = """
WITH wanted AS (
    SELECT w.* FROM jsonb_to_recordset($2) AS w (id uuid, sequence integer, type text, facts jsonb)
), known AS (
    SELECT w.sequence, coalesce(
        (SELECT d.event_id FROM deliveries d WHERE coalesce(d.done_at, d.created_at) >= $3 AND d.request_id = $1
            AND d.sequence = w.sequence LIMIT 1),
        (SELECT n.event_id FROM notices n WHERE n.created_at >= $3 AND n.request_id = $1 AND n.type = w.type
            AND n.facts ->> 'at' = w.facts ->> 'at' AND n.facts ->> 'assignment_id' IS NOT DISTINCT FROM w.facts ->> 'assignment_id'
            AND n.facts ->> 'step' IS NOT DISTINCT FROM w.facts ->> 'step' LIMIT 1)) AS event_id
    FROM wanted w
)
INSERT INTO outbox (id, request_id, sequence, type, facts, created_at, dispatched_at)
SELECT coalesce(known.event_id, w.id), $1, w.sequence, w.type, w.facts, $3,
    CASE WHEN EXISTS (SELECT FROM known WHERE event_id IS NOT NULL) THEN now() END
FROM wanted w JOIN known USING (sequence)
ON CONFLICT DO NOTHING
"""
