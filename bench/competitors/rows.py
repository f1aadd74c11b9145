"""The CRM rows that every side but the product writes: a request when it is made, one status row for each transition."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

CHANNEL = "bench"
DONE = ("in_progress", "in_progress", "in_progress", "completed")
"""Process status after the send and after each of three approvals."""

_CREATE = """
WITH request AS (
    INSERT INTO purchase_requests (id, number, request_date, owner, purpose, delivery_address, desired_delivery_date,
        description, currency, total, goods, search_text, created_at, updated_at)
    VALUES ($1, next_request_number(2026), current_date, $2, $3, $4, $5::text::date, '', 'VND', $6::text::numeric,
        ARRAY[$7::text], $8, now(), now())
    RETURNING id
), line AS (
    INSERT INTO purchase_request_lines (id, request_id, position, product_code, description, warehouse, unit, quantity,
        unit_price, supplier)
    SELECT uuidv7(), id, 0, $9, $7, $10, $11, $12::text::numeric, $13::text::numeric, $14 FROM request
)
INSERT INTO timeline (request_id, command_id, at, action, actor, round, accepted)
SELECT id, uuidv7(), now(), 'create', $2, 0, true FROM request
"""

_WRITE = """
WITH request AS (
    UPDATE purchase_requests SET process_status = $3, version = version + 1, run_sequence = $4, updated_at = now()
    WHERE id = $1 AND run_sequence = $4 - 1
    RETURNING id
), entry AS (
    INSERT INTO timeline (request_id, command_id, at, action, actor, round, sequence, accepted)
    SELECT id, $2, now(), $5, $6, 1, $4, true FROM request
)
SELECT pg_notify($7, $2::text)
"""


async def open_pool(database_url: str) -> asyncpg.Pool[asyncpg.Record]:
    """A pool of the size that the product's processes have, without a round trip that clears each connection it gets back."""

    async def leave_as_is(_connection: object) -> None:
        pass

    return await asyncpg.create_pool(database_url, min_size=1, max_size=10, reset=leave_as_is)


async def create(pool: asyncpg.Pool[asyncpg.Record], request_id: UUID, owner: str, body: Any) -> None:
    """Save a request with its one line."""
    line = body["lines"][0]
    await pool.execute(
        _CREATE,
        request_id,
        owner,
        body["purpose"],
        body["delivery_address"],
        body["desired_delivery_date"],
        str(int(line["quantity"]) * int(line["unit_price"])),
        line["description"],
        f"{owner} {body['purpose']} {line['description']}".lower(),
        line["product_code"],
        line["warehouse"],
        line["unit"],
        line["quantity"],
        line["unit_price"],
        line["supplier"],
    )


async def write_status(
    pool: asyncpg.Pool[asyncpg.Record], request_id: UUID, command_id: UUID, transition: int, actor: str
) -> None:
    """Commit the row of a transition and tell who waits for it; a second time changes nothing.

    Args:
        transition: 0 for the send, 1 to 3 for the approvals.
    """
    action = "approve" if transition else "send"
    status = DONE[transition]
    await pool.execute(_WRITE, request_id, command_id, status, transition + 1, action, actor, CHANNEL)
