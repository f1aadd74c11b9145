"""What is to be told, written in the transaction that makes it true. Source: notices.md, "One way out"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.effects import Event
from crm.pool import Connection


def rows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as the statements that write them take them: as a JSON array, each with its place in it."""
    return [
        {"id": str(uuid7()), "place": place, "type": event.type, "facts": event.facts}
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
           INSERT INTO outbox (id, request_id, sequence, type, facts)
           SELECT e.id, request.id, request.told + e.place, e.type, e.facts
           FROM request, jsonb_to_recordset($2) AS e (id uuid, place integer, type text, facts jsonb)""",
        request_id,
        rows(events),
    )
