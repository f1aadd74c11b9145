"""The timeline: what was tried on a request, by whom, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from approval.changes import ProposedChange
from approval.model import Action, Frozen, Refusal
from crm import events
from crm.pool import Connection, Pool


class Entry(Frozen):
    """One line of the timeline. ``refusal`` is None for what was accepted."""

    request_id: UUID
    command_id: UUID
    at: datetime
    action: Action
    end: bool = False
    actor: str
    actor_name: str = ""
    step: str | None = None
    round: int = 0
    note: str = ""
    refusal: Refusal | None = None
    changes: tuple[ProposedChange, ...] = ()
    """Of an approval that was accepted: what it proposed."""


async def insert_refusal(pool: Pool | Connection, entry: Entry) -> bool:
    """Record a refused action and tell whoever waits for it. Recording it twice changes nothing.

    A command id that belongs to another request is replaced by one made of both, so that this refusal is recorded too.

    Returns:
        Whether the command is new to the timeline.
    """
    return await _insert(pool, entry)


async def insert_accepted(connection: Connection, entry: Entry) -> None:
    """Record an action of the CRM itself (create, edit), within the transaction that does it."""
    await _insert(connection, entry)


async def _insert(executor: Pool | Connection, entry: Entry) -> bool:
    is_new = await executor.fetchval(
        """
        WITH entry AS (
            INSERT INTO timeline (request_id, command_id, at, action, ends_run, actor, step, round, note, accepted, refusal)
            SELECT $1, CASE WHEN elsewhere THEN $14 ELSE $2 END, $3, $4, $5, $6, $7, $8, $9, $10, $11
            FROM (SELECT EXISTS (SELECT FROM timeline WHERE command_id = $2 AND request_id <> $1)) AS used (elsewhere)
            ON CONFLICT (command_id) DO NOTHING RETURNING id
        ), delivered AS (
            UPDATE commands SET delivered_at = now() WHERE id = $2 AND request_id = $1 AND delivered_at IS NULL
        )
        SELECT EXISTS (SELECT FROM entry), pg_notify($12, $13)
        """,
        entry.request_id,
        entry.command_id,
        entry.at,
        entry.action,
        entry.end,
        entry.actor,
        entry.step,
        entry.round,
        entry.note,
        entry.refusal is None,
        entry.refusal,
        events.CHANNEL,
        events.payload(entry.request_id, entry.command_id, accepted=entry.refusal is None),
        UUID(int=entry.command_id.int ^ entry.request_id.int),
    )
    return bool(is_new)


async def find(pool: Pool, command_id: UUID) -> Entry | None:
    """The entry of a command, if it has been recorded."""
    row = await pool.fetchrow(_SELECT + " WHERE t.command_id = $1", command_id)
    return _entry(row) if row else None


async def of_request(pool: Pool, request_id: UUID) -> list[Entry]:
    """The whole timeline of a request, oldest first."""
    rows = await pool.fetch(_SELECT + " WHERE t.request_id = $1 ORDER BY t.id", request_id)
    return [_entry(row) for row in rows]


_SELECT = """
SELECT t.request_id, t.command_id, t.at, t.action, t.ends_run, t.actor, coalesce(u.name, t.actor) AS actor_name,
    t.step, t.round, t.note, t.refusal, (
        SELECT jsonb_agg(change ORDER BY place)
        FROM rounds r, jsonb_array_elements(r.proposed_changes) WITH ORDINALITY AS proposed (change, place)
        WHERE r.request_id = t.request_id AND r.number = t.round AND t.action = 'approve' AND t.accepted
            AND change ->> 'by' = t.actor AND (change ->> 'at')::timestamptz = t.at
            AND coalesce(change ->> 'step', t.step) = t.step
    ) AS changes
FROM timeline t LEFT JOIN users u ON u.username = t.actor
"""


def _entry(row: asyncpg.Record) -> Entry:
    values: dict[str, Any] = dict(row)
    changes = tuple(ProposedChange.model_validate(change) for change in values.pop("changes") or ())
    return Entry(end=values.pop("ends_run"), changes=changes, **values)
