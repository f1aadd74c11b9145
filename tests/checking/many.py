"""A thousand requests like one that was sent, as the CRM has them; no run of the engine knows of them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from crm.pool import Pool

_MAP: Final = """
CREATE TEMP TABLE copies ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, regexp_replace($2, '[0-9]+$', '') || lpad(place::text, 6, '0') AS number
FROM (SELECT nextval('purchase_request_number_' || (regexp_match($2, '[0-9]{4}'))[1]) AS place FROM generate_series(1, $1)) places
"""

_NEW_ID: Final = "'id', gen_random_uuid()"
_COPIES: Final = {
    "purchase_requests": "'id', c.id, 'number', c.number",
    "purchase_request_lines": f"{_NEW_ID}, 'request_id', c.id",
    "runs": f"{_NEW_ID}, 'request_id', c.id",
    "rounds": "'request_id', c.id",
    "assignments": f"{_NEW_ID}, 'request_id', c.id",
    "participants": "'request_id', c.id",
    "timeline": "'id', nextval(pg_get_serial_sequence('timeline', 'id')), 'request_id', c.id, 'command_id', gen_random_uuid()",
    "outbox": f"{_NEW_ID}, 'request_id', c.id",
}
"""What a copy has of its own, by table."""


async def copies_of(pool: Pool, request: dict[str, Any], count: int) -> dict[UUID, str]:
    """Make so many copies of a request, everybody told; their numbers by their ids."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_MAP, count, request["number"])
        for table, own in _COPIES.items():
            key = "id" if table == "purchase_requests" else "request_id"
            await connection.execute(
                f"""INSERT INTO {table} OVERRIDING SYSTEM VALUE
                    SELECT own.* FROM {table} t CROSS JOIN copies c
                        CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object({own})) own
                    WHERE t.{key} = $1""",
                UUID(request["id"]),
            )
        await connection.execute("UPDATE outbox SET dispatched_at = now() WHERE request_id IN (SELECT id FROM copies)")
        rows = await connection.fetch("SELECT id, number FROM copies ORDER BY number")
    return {row["id"]: row["number"] for row in rows}
