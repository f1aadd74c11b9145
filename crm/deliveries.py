"""What endpoints are told: written with the event, tried until it is taken, and what was answered each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from approval.model import Frozen
from crm import cursors
from crm.pool import Connection, Pool

MOST_ANSWERS: Final = 20
"""Answers that are kept of one delivery."""
_OF_REQUEST: Final = 50
"""Deliveries of one request that are looked at together."""


class DeliveryOutcome(StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class DeliveryAnswer(Frozen):
    """What came of one try."""

    at: datetime
    status: int | None
    """Of HTTP; None: there was no answer."""
    error: str = ""
    """Why not; see ``notices.sending.Failure``."""
    body: str = ""
    """The beginning of it."""
    took_ms: int


class NewDelivery(Frozen):
    """Something that an endpoint is to be told."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    request_id: UUID
    sequence: int
    type: str
    body: str


class Due(Frozen):
    """Something that an endpoint has not taken yet."""

    id: UUID
    event_id: UUID
    request_id: UUID
    sequence: int
    tries: int
    next_try_at: datetime
    body: str

    @property
    def message_id(self) -> str:
        """The same over all tries."""
        return message_id(self.event_id)


class Tried(Frozen):
    """What came of a try, to be written."""

    id: UUID
    request_id: UUID
    answer: DeliveryAnswer
    outcome: DeliveryOutcome | None
    """None: it is tried again."""
    next_try_at: datetime | None


class Delivery(Frozen):
    """A delivery as people look at it."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    request_id: UUID
    number: str | None
    """Of the request; None: there is none any more."""
    sequence: int
    type: str
    created_at: datetime
    tries: int
    next_try_at: datetime
    answers: tuple[DeliveryAnswer, ...]
    outcome: DeliveryOutcome | None
    """None: it waits."""
    done_at: datetime | None

    @property
    def message_id(self) -> str:
        """The same over all tries."""
        return message_id(self.event_id)


class DeliveryPage(Frozen):
    """One page of deliveries and the cursor of the next."""

    items: tuple[Delivery, ...]
    next_cursor: str | None


def message_id(event_id: UUID) -> str:
    """What receivers know an event by (``webhook-id``)."""
    return f"msg_{event_id.hex}"


async def insert(connection: Connection, new: Sequence[NewDelivery]) -> None:
    """Have endpoints told, each once of an event. What is behind something that waits is not tried before it."""
    await connection.execute(
        """INSERT INTO deliveries (id, endpoint_id, event_id, request_id, sequence, type, body, next_try_at)
           SELECT n.*, coalesce((SELECT max(d.next_try_at) FROM deliveries d
                                 WHERE d.endpoint_id = n.endpoint_id AND d.request_id = n.request_id AND d.done_at IS NULL), now())
           FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::text[], $7::text[])
               AS n (id, endpoint_id, event_id, request_id, sequence, type, body)
           ON CONFLICT (event_id, endpoint_id) DO NOTHING""",
        [one.id for one in new],
        [one.endpoint_id for one in new],
        [one.event_id for one in new],
        [one.request_id for one in new],
        [one.sequence for one in new],
        [one.type for one in new],
        [one.body for one in new],
    )


async def due(pool: Pool, endpoint_id: UUID, limit: int) -> list[list[Due]]:
    """What is to be tried now, of each request together in its order; of about ``limit`` deliveries."""
    rows = await pool.fetch(
        """WITH requests AS (
               SELECT DISTINCT request_id FROM (
                   SELECT request_id FROM deliveries WHERE endpoint_id = $1 AND done_at IS NULL AND next_try_at <= now()
                   ORDER BY next_try_at LIMIT $2) oldest
           )
           SELECT d.* FROM requests r CROSS JOIN LATERAL (
               SELECT id, event_id, request_id, sequence, tries, next_try_at, body FROM deliveries
               WHERE endpoint_id = $1 AND request_id = r.request_id AND done_at IS NULL ORDER BY sequence
               LIMIT least($3, greatest(1, $2 / (SELECT count(*) FROM requests)))) d
           ORDER BY d.request_id, d.sequence""",
        endpoint_id,
        limit,
        _OF_REQUEST,
    )
    lanes: dict[UUID, list[Due]] = {}
    for row in rows:
        lanes.setdefault(row["request_id"], []).append(Due(**row))
    return list(lanes.values())


async def note(connection: Connection, endpoint_id: UUID, tried: Sequence[Tried]) -> None:
    """Write what came of tries. What is behind something that failed waits as long as that."""
    await connection.execute(
        """UPDATE deliveries d SET tries = d.tries + 1, outcome = t.outcome,
               done_at = CASE WHEN t.outcome IS NOT NULL THEN now() END,
               next_try_at = coalesce(t.next_try_at, d.next_try_at),
               answers = CASE WHEN jsonb_array_length(d.answers) < $2 THEN d.answers ELSE d.answers - 0 END || t.answer
           FROM jsonb_to_recordset($1) AS t (id uuid, outcome text, next_try_at timestamptz, answer jsonb) WHERE d.id = t.id""",
        [one.model_dump() for one in tried],
        MOST_ANSWERS,
    )
    again = [one for one in tried if one.outcome is None]
    if again:
        await hold_back(connection, endpoint_id, [(one.request_id, one.next_try_at) for one in again])


async def hold_back(
    connection: Pool | Connection, endpoint_id: UUID, requests: Sequence[tuple[UUID, datetime | None]]
) -> None:
    """Try nothing of requests before a time."""
    await connection.execute(
        """UPDATE deliveries d SET next_try_at = r.until FROM unnest($2::uuid[], $3::timestamptz[]) AS r (request_id, until)
           WHERE d.endpoint_id = $1 AND d.request_id = r.request_id AND d.done_at IS NULL AND d.next_try_at < r.until""",
        endpoint_id,
        [request_id for request_id, _ in requests],
        [until for _, until in requests],
    )


async def hold_everything_back(connection: Connection, endpoint_id: UUID, until: datetime) -> None:
    """Try nothing there before a time."""
    query = "UPDATE deliveries SET next_try_at = $2 WHERE endpoint_id = $1 AND done_at IS NULL AND next_try_at < $2"
    await connection.execute(query, endpoint_id, until)


async def next_try_at(pool: Pool, endpoint_id: UUID) -> datetime | None:
    """When something is to be tried there; None: nothing waits."""
    query = "SELECT min(next_try_at) FROM deliveries WHERE endpoint_id = $1 AND done_at IS NULL"
    found: datetime | None = await pool.fetchval(query, endpoint_id)
    return found


async def anything_due(pool: Pool, endpoint_id: UUID) -> bool:
    """Whether something is to be tried now, at an endpoint that is on."""
    query = """SELECT EXISTS (
                   SELECT FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
                   WHERE e.id = $1 AND e.off_reason IS NULL AND d.done_at IS NULL AND d.next_try_at <= now())"""
    return bool(await pool.fetchval(query, endpoint_id))


async def endpoints_due(pool: Pool) -> list[UUID]:
    """The endpoints to which something is to be delivered now."""
    rows = await pool.fetch(
        """SELECT id FROM endpoints e WHERE off_reason IS NULL AND EXISTS (
               SELECT FROM deliveries d WHERE d.endpoint_id = e.id AND d.done_at IS NULL AND d.next_try_at <= now())"""
    )
    return [row["id"] for row in rows]


async def try_at_once(executor: Pool | Connection, endpoint_id: UUID) -> None:
    """All that waits there may be tried now."""
    query = (
        "UPDATE deliveries SET next_try_at = now() WHERE endpoint_id = $1 AND done_at IS NULL AND next_try_at > now()"
    )
    await executor.execute(query, endpoint_id)


async def send_again(executor: Pool | Connection, endpoint_id: UUID, delivery_id: UUID) -> bool:
    """Have one delivered again, or at once if it waits, with all tries before it; whether there is such a one."""
    query = """UPDATE deliveries SET outcome = NULL, done_at = NULL, tries = 0, next_try_at = now()
               WHERE id = $2 AND endpoint_id = $1 RETURNING request_id"""
    request_id = await executor.fetchval(query, endpoint_id, delivery_id)
    if request_id is not None:
        await executor.execute(
            """UPDATE deliveries SET next_try_at = now()
               WHERE endpoint_id = $1 AND request_id = $2 AND done_at IS NULL AND next_try_at > now()""",
            endpoint_id,
            request_id,
        )
    return request_id is not None


async def page(pool: Pool, endpoint_id: UUID, *, limit: int, cursor: str | None) -> DeliveryPage:
    """What an endpoint was told, the newest first.

    Args:
        limit: items at most.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: no cursor of this list.
    """
    after = cursors.decode(cursor, f"deliveries {endpoint_id}", str)[1] if cursor is not None else None
    rows = await pool.fetch(
        """SELECT d.*, r.number FROM deliveries d LEFT JOIN purchase_requests r ON r.id = d.request_id
           WHERE d.endpoint_id = $1 AND ($2::uuid IS NULL OR d.id < $2) ORDER BY d.id DESC LIMIT $3""",
        endpoint_id,
        after,
        limit + 1,
    )
    last = rows[limit - 1]["id"] if len(rows) > limit else None
    return DeliveryPage(
        items=tuple(_delivery(row) for row in rows[:limit]),
        next_cursor=cursors.encode(f"deliveries {endpoint_id}", "", last) if last is not None else None,
    )


async def find(executor: Pool | Connection, endpoint_id: UUID, delivery_id: UUID) -> Delivery | None:
    """One delivery to an endpoint."""
    row = await executor.fetchrow(
        """SELECT d.*, r.number FROM deliveries d LEFT JOIN purchase_requests r ON r.id = d.request_id
           WHERE d.endpoint_id = $1 AND d.id = $2""",
        endpoint_id,
        delivery_id,
    )
    return _delivery(row) if row else None


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(**{**row, "answers": _ANSWERS.validate_python(row["answers"])})


_ANSWERS: Final = TypeAdapter(tuple[DeliveryAnswer, ...])
