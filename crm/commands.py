"""Commands taken durably before the engine has them: sends, re-resolutions, and decisions taken while it was away."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approval.changes import RequestValues
from approval.model import Action, Frozen, Person
from approval.routing import StepPlan
from approval.values import money_text
from crm.pool import Connection, Pool


class RoundPayload(Frozen):
    """What a send or a re-resolution stores: the settled steps, the values the round starts from, the whole request."""

    steps: tuple[StepPlan, ...]
    values: RequestValues
    note: str = ""
    request: dict[str, Any]


class RunCommand(Frozen):
    """A stored send or re-resolution together with what the run must know of its request."""

    command_id: UUID
    action: Action
    actor: Person
    created_at: datetime
    run_id: UUID
    number: str
    owner: Person
    amount: str
    process_key: str
    process_version: int
    payload: RoundPayload


class PendingCommand(Frozen):
    """A command that the engine has yet to get."""

    command_id: UUID
    request_id: UUID
    action: Action
    actor: str
    payload: dict[str, Any]


async def store(
    executor: Pool | Connection,
    *,
    command_id: UUID,
    request_id: UUID,
    action: Action,
    actor: str,
    payload: object,
    at: datetime,
) -> bool:
    """Take a command durably. Storing it twice changes nothing.

    Returns:
        Whether it is new.
    """
    is_new = await executor.fetchval(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO NOTHING RETURNING true""",
        command_id,
        request_id,
        action,
        actor,
        payload,
        at,
    )
    return bool(is_new)


async def load_round(pool: Pool, request_id: UUID, command_id: UUID) -> RunCommand | None:
    """A stored send or re-resolution of this request, or None."""
    row = await pool.fetchrow(
        """
        SELECT c.id AS command_id, c.action, c.created_at, c.payload, runs.id AS run_id, r.number, r.total, r.currency,
            runs.process_key, runs.process_version, r.owner, owner.name AS owner_name,
            c.actor, coalesce(actor.name, c.actor) AS actor_name
        FROM commands c
            JOIN purchase_requests r ON r.id = c.request_id
            JOIN runs ON runs.request_id = r.id
            JOIN users owner ON owner.username = r.owner
            LEFT JOIN users actor ON actor.username = c.actor
        WHERE c.id = $1 AND c.request_id = $2 AND c.action = ANY ($3)
        """,
        command_id,
        request_id,
        [Action.SEND, Action.RESOLVE_APPROVERS],
    )
    if row is None:
        return None
    return RunCommand(
        command_id=row["command_id"],
        action=row["action"],
        actor=Person(username=row["actor"], name=row["actor_name"]),
        created_at=row["created_at"],
        run_id=row["run_id"],
        number=row["number"],
        owner=Person(username=row["owner"], name=row["owner_name"]),
        amount=money_text(row["total"], row["currency"]),
        process_key=row["process_key"],
        process_version=row["process_version"],
        payload=RoundPayload.model_validate(row["payload"]),
    )


async def is_stored(executor: Pool | Connection, command_id: UUID, request_id: UUID) -> bool:
    """Whether a command of this request was taken, worked on or not."""
    return bool(
        await executor.fetchval("SELECT true FROM commands WHERE id = $1 AND request_id = $2", command_id, request_id)
    )


async def first_send(pool: Pool, request_id: UUID) -> UUID | None:
    """The id of the send that began the run of a request."""
    found: UUID | None = await pool.fetchval(
        """SELECT c.id FROM commands c JOIN timeline t ON t.command_id = c.id
           WHERE c.request_id = $1 AND c.action = $2 AND t.accepted ORDER BY t.sequence LIMIT 1""",
        request_id,
        Action.SEND,
    )
    return found


LEASE_SECONDS: Final = 30
"""How long a claimed command is left to whoever claimed it."""
LONGEST_PAUSE_SECONDS: Final = 600


async def claim_undelivered(pool: Pool, *, older_than_seconds: float, limit: int) -> list[PendingCommand]:
    """Commands that should have an outcome by now, those first that have waited longest for a try.

    They are the caller's until it has marked them delivered, released or put them off, or the lease is over.
    """
    rows = await pool.fetch(
        """WITH due AS (
               SELECT id FROM commands
               WHERE delivered_at IS NULL AND next_try_at <= now() AND created_at < now() - make_interval(secs => $1)
               ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED
           ), claimed AS (
               UPDATE commands SET next_try_at = now() + make_interval(secs => $3)
               FROM due WHERE commands.id = due.id
               RETURNING commands.id AS command_id, request_id, action, actor, payload, created_at
           )
           SELECT command_id, request_id, action, actor, payload FROM claimed ORDER BY created_at""",
        older_than_seconds,
        limit,
        LEASE_SECONDS,
    )
    return [PendingCommand(**dict(row)) for row in rows]


async def release(pool: Pool, command_ids: list[UUID]) -> None:
    """Give claimed commands back untried."""
    await pool.execute(
        "UPDATE commands SET next_try_at = now() WHERE id = ANY ($1) AND delivered_at IS NULL", command_ids
    )


async def put_off(pool: Pool, command_id: UUID) -> None:
    """Try a command again later: after a second, then twice as long each time."""
    await pool.execute(
        """UPDATE commands SET tries = tries + 1,
               next_try_at = now() + make_interval(secs => least(2 ^ least(tries, 20), $2)) WHERE id = $1""",
        command_id,
        LONGEST_PAUSE_SECONDS,
    )


async def mark_delivered(pool: Pool, command_id: UUID) -> None:
    """It has an outcome, so that nothing is left to be delivered."""
    await pool.execute("UPDATE commands SET delivered_at = now() WHERE id = $1 AND delivered_at IS NULL", command_id)


async def count_undelivered(pool: Pool) -> int:
    """How many commands have no outcome yet."""
    return int(await pool.fetchval("SELECT count(*) FROM commands WHERE delivered_at IS NULL"))
