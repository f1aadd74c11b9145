"""Runs and rounds: the write-back of one transition, and reading them back.

Every write is one statement: request row, run, round, timeline entry, note and inbox change together or not at all. It
is keyed by (request, sequence) and by the command id, so that doing it twice changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from approval.changes import ProposedChange
from approval.model import Action, Code, FieldError, Refusal
from approval.run import LOG_LENGTH, Accepted, Decision, PastAction, RunState
from crm import events, requests
from crm.pool import Connection, Pool
from crm.timeline import Entry, insert_refusal
from crm.visibility import EVERYTHING


class Outcome(StrEnum):
    """What became of a write."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    OUT_OF_STEP = "out_of_step"
    REFUSED = "refused"


async def prepare(
    executor: Pool | Connection, request_id: UUID, *, run_id: UUID, process_key: str, process_version: int
) -> None:
    """Note which run and process a request's first send goes to. Until that send has been worked on, a later one may
    go to another process; the run's id stays.
    """
    await executor.execute(
        """INSERT INTO runs (request_id, id, process_key, process_version, status, round, last)
           VALUES ($1, $2, $3, $4, 'in_progress', 0, '{}')
           ON CONFLICT (request_id) DO UPDATE SET process_key = $3, process_version = $4 WHERE runs.round = 0""",
        request_id,
        run_id,
        process_key,
        process_version,
    )


_WRITE = """
WITH request AS (
    UPDATE purchase_requests
    SET process_status = $4, version = version + 1, run_sequence = $3, updated_at = now()
    WHERE id = $1 AND run_sequence = $3 - 1 AND ($5::integer IS NULL OR version = $5)
        AND NOT EXISTS (SELECT FROM timeline WHERE command_id = $2)
        AND EXISTS (SELECT FROM users WHERE username = $17 AND active)
    RETURNING id
), run AS (
    UPDATE runs SET status = $6, round = $7, open_step = $8, opened_at = $9, deadline = $10, last = $11
    FROM request WHERE runs.request_id = request.id
), round AS (
    INSERT INTO rounds (request_id, number, steps, proposed_changes, request)
    SELECT id, $7, $12, $13, coalesce((SELECT payload -> 'request' FROM commands WHERE commands.id = $2), '{}')
    FROM request
    ON CONFLICT (request_id, number) DO UPDATE
        SET steps = excluded.steps, proposed_changes = excluded.proposed_changes
), entry AS (
    INSERT INTO timeline (request_id, command_id, at, action, ends_run, actor, step, round, note, sequence, accepted)
    SELECT id, $2, $14, $15, $16, $17, $18, $7, $19, $3, true FROM request
), note AS (
    INSERT INTO notes (request_id, sequence, action, ends_run, text, actor, at)
    SELECT id, $3, $15, $16, $19, $17, $14 FROM request WHERE $20
), left_inbox AS (
    DELETE FROM inbox USING request
    WHERE inbox.request_id = request.id
        AND NOT (inbox.round = $7 AND inbox.step = coalesce($8, '') AND inbox.username = ANY ($21::text[]))
), into_inbox AS (
    INSERT INTO inbox (request_id, round, step, username, due)
    SELECT request.id, $7, $8, waiting.username, coalesce($10, 'infinity')
    FROM request, unnest($21::text[]) AS waiting (username)
    ON CONFLICT DO NOTHING
), seen_by AS (
    INSERT INTO participants (username, request_id)
    SELECT approver.username, request.id FROM request, unnest($22::text[]) AS approver (username)
    ON CONFLICT DO NOTHING
), delivered AS (
    UPDATE commands SET delivered_at = now() FROM request
    WHERE commands.id = $2 AND commands.request_id = request.id AND delivered_at IS NULL
)
SELECT id, pg_notify($23, $24) FROM request
"""


async def write_transition(
    pool: Pool, decision: Decision, at: datetime, accepted: Accepted, deadline: datetime | None
) -> Outcome:
    """Commit one accepted decision.

    Args:
        pool: the CRM database.
        decision: what was decided.
        at: when, UTC.
        accepted: the state after it and what follows.
        deadline: of the step that is open after it.

    Returns:
        ``applied``; ``duplicate`` (the command had been recorded before); ``out_of_step`` (the CRM has transitions
        that the run's state lacks: this very one, written by an earlier try, or more, when the run was reset; or it
        lacks some, when it was restored from a backup); ``refused`` (the
        request's version is not the one decided on, the actor has left, or the command id is another request's; the
        refusal is on the timeline).
    """
    arguments = _arguments(decision, at, accepted, deadline)
    if accepted.write_back:
        async with pool.acquire() as connection, connection.transaction():
            written = await connection.fetchval(_WRITE, *arguments)
            if written is not None:
                await _write_fields(connection, accepted)
    else:
        written = await pool.fetchval(_WRITE, *arguments)
    if written is not None:
        return Outcome.APPLIED
    return await _explain(pool, decision, at, accepted)


def _arguments(decision: Decision, at: datetime, accepted: Accepted, deadline: datetime | None) -> tuple[Any, ...]:
    state = accepted.state
    step = state.open_step
    approvers = {person.username for other in state.steps for person in other.plan.approvers}
    return (
        state.request_id,
        decision.command_id,
        state.sequence,
        state.process_status,
        decision.version,
        state.run_status,
        state.round,
        step.plan.key if step else None,
        state.opened_at,
        deadline,
        state.last,
        state.steps,
        state.proposed,
        at,
        decision.action,
        decision.end,
        decision.actor,
        accepted.step,
        decision.note,
        accepted.crm_note,
        [person.username for person in step.waiting_on] if step else [],
        sorted(approvers) if decision.action in (Action.SEND, Action.RESOLVE_APPROVERS) else [],
        events.CHANNEL,
        events.payload(state.request_id, decision.command_id, accepted=True),
    )


_HEADER = {"purpose": "text", "delivery_address": "text", "desired_delivery_date": "date", "description": "text"}
_LINE = {
    "description": "text",
    "warehouse": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "supplier": "text",
}
_NOT_NULL = {"delivery_address", "description", "warehouse"}


async def _write_fields(connection: Connection, accepted: Accepted) -> None:
    """Write the values that approvers settled on; called within the transaction of the last approval."""
    request_id = accepted.state.request_id
    for change in accepted.write_back:
        table, column, kind, key = _target(change, request_id)
        value = "" if change.after is None and change.field in _NOT_NULL else change.after
        # Names come from the two tables above, values go as parameters.
        await connection.execute(
            f"UPDATE {table} SET {column} = $3::text::{kind} WHERE id = $2 AND {'request_id' if change.line_id else 'id'} = $1",  # noqa: S608
            request_id,
            key,
            value,
        )
    await requests.recompute(connection, request_id, accepted.state.number, accepted.state.owner)


def _target(change: ProposedChange, request_id: UUID) -> tuple[str, str, str, UUID]:
    if change.line_id is None:
        return "purchase_requests", change.field, _HEADER[change.field], request_id
    return "purchase_request_lines", change.field, _LINE[change.field], change.line_id


async def write_refusal(pool: Pool, entry: Entry, sequence: int) -> Outcome:
    """Put a refusal on the timeline, unless the command has been recorded before.

    Args:
        entry: what was refused.
        sequence: transitions that the run's state has.

    Returns:
        ``applied``; ``duplicate`` when it has been recorded before; ``out_of_step`` when the CRM has accepted this very command in a transition that the state lacks.
    """
    if await insert_refusal(pool, entry):
        return Outcome.APPLIED
    recorded = await _recorded(pool, entry.command_id)
    ahead = recorded is not None and recorded["request_id"] == entry.request_id
    return Outcome.OUT_OF_STEP if recorded and ahead and (recorded["sequence"] or 0) > sequence else Outcome.DUPLICATE


async def load_state(pool: Pool, request_id: UUID) -> RunState | None:
    """The run's state as the CRM has it, or None before the first send."""
    record = await requests.load(pool, request_id, EVERYTHING)
    if record is None or record.run is None:
        return None
    rows = await pool.fetch(
        """SELECT action, ends_run AS "end", actor, at FROM timeline
           WHERE request_id = $1 AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT $2""",
        request_id,
        LOG_LENGTH,
    )
    log = tuple(PastAction(**dict(row)) for row in reversed(rows))
    return requests.run_state(record, log)


async def _recorded(pool: Pool, command_id: UUID) -> asyncpg.Record | None:
    return await pool.fetchrow("SELECT request_id, accepted, sequence FROM timeline WHERE command_id = $1", command_id)


async def _explain(pool: Pool, decision: Decision, at: datetime, accepted: Accepted) -> Outcome:
    """Why the write changed nothing; unless it had been made before, the refusal goes to the timeline."""
    state = accepted.state
    recorded = await _recorded(pool, decision.command_id)
    if recorded is not None and recorded["request_id"] == state.request_id:
        return Outcome.OUT_OF_STEP if (recorded["sequence"] or 0) >= state.sequence else Outcome.DUPLICATE
    if recorded is not None:
        error = FieldError(pointer="/command_id", message="command_id_of_another_request")
        refusal = Refusal(code=Code.INVALID, errors=(error,))
    else:
        row = await pool.fetchrow(
            """SELECT run_sequence, EXISTS (SELECT FROM users WHERE username = $2 AND active) AS active
               FROM purchase_requests WHERE id = $1""",
            state.request_id,
            decision.actor,
        )
        if row is not None and row["run_sequence"] != state.sequence - 1:
            return Outcome.OUT_OF_STEP
        if row is not None and not row["active"]:
            refusal = Refusal(code=Code.FORBIDDEN)
        else:
            refusal = Refusal(code=Code.STALE_VERSION, params={"given": str(decision.version)})
    await insert_refusal(
        pool,
        Entry(
            request_id=state.request_id,
            command_id=decision.command_id,
            at=at,
            action=decision.action,
            end=decision.end,
            actor=decision.actor,
            step=accepted.step,
            round=state.round,
            note=decision.note,
            refusal=refusal,
        ),
    )
    return Outcome.REFUSED
