"""What is to be told, written in the transaction that makes it true. Source: notices.md, "One way out"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.effects import Event
from crm.pool import Connection, Pool
from trace_context import traceparent


def rows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as the statements that write them take them: as a JSON array, each with its place in it."""
    trace = traceparent()
    traced = {} if trace is None else {"traceparent": trace}
    return [
        {"id": str(uuid7()), "place": place, "type": event.type, "facts": event.facts, **traced}
        for place, event in enumerate(events, start=1)
    ]


async def add(connection: Connection, request_id: UUID, events: Iterable[Event]) -> None:
    """Put events behind those that were told of a request before.

    Args:
        connection: in the transaction that makes them true.
    """
    await connection.execute(
        """WITH request AS (
               UPDATE purchase_requests SET event_sequence = event_sequence + jsonb_array_length($2)
               WHERE id = $1 RETURNING id, event_sequence - jsonb_array_length($2) AS told
           )
           INSERT INTO outbox (id, request_id, sequence, type, facts, traceparent)
           SELECT e.id, request.id, request.told + e.place, e.type, e.facts, e.traceparent
           FROM request, jsonb_to_recordset($2) AS e (id uuid, place integer, type text, facts jsonb, traceparent text)""",
        request_id,
        rows(events),
    )


async def traceparents(pool: Pool, event_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Where in traces events happened, by event; those of which it is not known are left out."""
    rows = await pool.fetch(
        "SELECT id, traceparent FROM outbox WHERE id = ANY ($1) AND traceparent IS NOT NULL", list(event_ids)
    )
    return {row["id"]: row["traceparent"] for row in rows}


async def traceparents_of_mail(pool: Pool, mail_id: UUID) -> list[str]:
    """Where in traces what a mail tells happened, each once, the first first."""
    rows = await pool.fetch(
        """SELECT o.traceparent FROM notices n JOIN outbox o ON o.id = n.event_id
           WHERE n.mail_id = $1 AND o.traceparent IS NOT NULL GROUP BY o.traceparent ORDER BY min(n.id::text)""",
        mail_id,
    )
    return [row["traceparent"] for row in rows]
