"""The outbox as whoever tells on reads it: what waits, and that it was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from approval.model import Frozen
from crm.pool import Connection, Pool
from crm.standing_in import holds, reaches

_LOCK: Final = 0x6E6F7469636573
"""One at a time tells on, so that a request's events keep their order."""


class OutboxEvent(Frozen):
    """Something that happened to a request, with the facts as they were then."""

    id: UUID
    request_id: UUID
    sequence: int
    """Its place among the events of the request, from 1 on, without gaps."""
    type: str
    """See ``approval.effects.EventType``."""
    facts: Mapping[str, Any]
    created_at: datetime
    number: str
    owner: str
    """The username of the request's owner."""
    traceparent: str | None = None
    """Where in a trace it happened."""


async def anything_waits(pool: Pool, besides: Collection[UUID] = ()) -> bool:
    """Whether there is something to tell on, besides that of these requests."""
    query = "SELECT EXISTS (SELECT FROM outbox WHERE dispatched_at IS NULL AND request_id <> ALL ($1))"
    return bool(await pool.fetchval(query, list(besides)))


class WaitingLong(Frozen):
    """What waits to be told on for long."""

    count: int
    since: datetime | None


async def waiting_long(pool: Pool, age: timedelta) -> WaitingLong:
    """How much of what waits is older than that, and since when the oldest of it waits."""
    row = await pool.fetchrow(
        """SELECT count(*) AS count, min(created_at) AS since FROM outbox
           WHERE dispatched_at IS NULL AND created_at < now() - $1::interval""",
        age,
    )
    assert row is not None  # noqa: S101 - it counts
    return WaitingLong(**row)


async def take_turn(connection: Connection) -> bool:
    """Whether this transaction is the one that tells on, until its end."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK))


async def waiting(connection: Connection, limit: int, besides: Collection[UUID] = ()) -> list[OutboxEvent]:
    """What waits, the oldest of about ``limit`` events, besides those of some requests: all that wait of each request together,
    in their order.
    """
    rows = await connection.fetch(
        """WITH oldest AS (
               SELECT DISTINCT request_id FROM (
                   SELECT request_id FROM outbox WHERE dispatched_at IS NULL AND request_id <> ALL ($2)
                   ORDER BY created_at LIMIT $1) waiting
           )
           SELECT o.id, o.request_id, o.sequence, o.type, o.facts, o.created_at, r.number, r.owner, o.traceparent
           FROM oldest JOIN outbox o USING (request_id) JOIN purchase_requests r ON r.id = o.request_id
           WHERE o.dispatched_at IS NULL ORDER BY o.request_id, o.sequence""",
        limit,
        list(besides),
    )
    return [OutboxEvent(**row) for row in rows]


async def mark_told(connection: Connection, events: Iterable[OutboxEvent]) -> None:
    """They have been told on."""
    ids = [event.id for event in events]
    await connection.execute("UPDATE outbox SET dispatched_at = now() WHERE id = ANY ($1)", ids)


async def substitutes(
    connection: Connection, asked: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], frozenset[str]]:
    """Who stands in now for people, by request and person.

    Args:
        asked: requests and the people whom they ask.
    """
    rows = await connection.fetch(
        f"""SELECT r.id, s.person, array_agg(DISTINCT s.substitute) AS substitutes
            FROM unnest($1::uuid[], $2::text[]) AS asked (request_id, person)
                JOIN purchase_requests r ON r.id = asked.request_id JOIN substitutions s ON s.person = asked.person
            WHERE {holds()} AND {reaches()} GROUP BY r.id, s.person""",  # noqa: S608
        [request_id for request_id, _ in asked],
        [person for _, person in asked],
    )
    return {(row["id"], row["person"]): frozenset(row["substitutes"]) for row in rows}


async def watchers(connection: Connection, request_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Who watches requests, by request."""
    rows = await connection.fetch(
        "SELECT request_id, array_agg(username) AS names FROM watchers WHERE request_id = ANY ($1) GROUP BY request_id",
        list(request_ids),
    )
    return {row["request_id"]: frozenset(row["names"]) for row in rows}
