"""Commands taken durably before the engine has them: sends, re-resolutions, and decisions taken while it was away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.changes import RequestValues
from approval.cumulation import Cumulated
from approval.model import SYSTEM, Action, Channel, Frozen, Person
from approval.order_changes import OrderChanges
from approval.routing import StepPlan
from crm.pool import Connection, Pool
from trace_context import traceparent


class RoundPayload(Frozen):
    """What a send or a re-resolution stores: the settled steps, the values the round starts from, the whole request."""

    steps: tuple[StepPlan, ...]
    values: RequestValues
    note: str = ""
    round: int = 0
    """Of a re-resolution: the round that it is for."""
    channel: Channel | None = None
    """By which way it came."""
    request: dict[str, Any]
    cumulated: Cumulated | None = None
    order_changes: OrderChanges = ()
    """Of a send: how the order differed, which did not keep the owner from it."""
    process_version: int | None = None
    """That the steps are of; None: it was stored by a release that did not say it."""


class StoredRound(RoundPayload):
    """A send or a re-resolution as it was stored."""

    action: Action
    actor: str
    created_at: datetime


class StoredDecision(Frozen):
    """A decision as it was stored: it is the caller's, since only the API stores one."""

    action: str
    actor: str
    message: Any
    """The signal's one JSON object, without a signature."""
    takes_effect_at: datetime | None = None
    """Until when it may be taken back, or might have been; None: it takes effect as soon as its run has it."""

    def is_deferral_of(self, action: Action, actor: str) -> bool:
        """Whether it is this person's, and waits until it takes effect, or did."""
        return self.takes_effect_at is not None and (self.action, self.actor) == (action, actor)


class PendingCommand(Frozen):
    """A command that has no outcome yet."""

    command_id: UUID
    request_id: UUID
    action: str
    """An ``Action``, or one of another release."""
    actor: str
    payload: Any
    """What its signal carries; of a send and a re-resolution what it brings."""
    handed_over: bool
    """Whether the engine had it before."""
    traceparent: str | None = None
    """Where in a trace it was taken."""


class WaitingCommand(PendingCommand):
    """The same, with what people are told of it."""

    created_at: datetime
    number: str
    """Of the request that it is for."""
    owner: str


class WaitingDecision(Frozen):
    """What somebody has decided and what is kept until the engine has taken it: who, what, when."""

    action: Action
    end: bool
    step: str | None
    actor: Person
    acted_for: str | None
    """Whose substitute they are in it."""
    note: str
    at: datetime
    takes_effect_at: datetime | None = None
    """Until when they may take it back; None: they may not."""


AS_DECISION: Final = """jsonb_build_object('action', c.action, 'end', coalesce(c.payload ->> 'end' = 'true', false),
        'step', c.payload ->> 'step', 'acted_for', c.payload ->> 'for', 'note', coalesce(c.payload ->> 'note', ''),
        'actor', jsonb_build_object('username', c.actor, 'name', coalesce(sayer.name, c.actor)), 'at', c.created_at,
        'takes_effect_at', c.takes_effect_at)"""
"""A row of ``commands c`` with its ``users sayer``, as ``WaitingDecision`` reads it."""

PLACE_DECIDED: Final = """c.delivered_at IS NULL AND c.action IN ('approve', 'reject')
        AND (c.takes_effect_at IS NULL OR c.actor = {viewer})
        AND coalesce(c.payload ->> 'step', {place}.step) = {place}.step
        AND coalesce(c.payload ->> 'for', c.actor) = {place}.person"""
"""Whether ``commands c`` decides a place, a row of ``assignments``, as soon as the engine takes it; or when it takes effect, of which
only its person knows, who may still take it back. See ``Acting.is_meant``."""


async def store(
    executor: Pool | Connection,
    *,
    command_id: UUID,
    request_id: UUID,
    action: Action,
    actor: str,
    payload: object,
    at: datetime,
    handed_over: bool = False,
    takes_effect_at: datetime | None = None,
) -> bool:
    """Take a command durably. Storing it twice changes nothing.

    Args:
        handed_over: whether the engine has it.
        takes_effect_at: of a decision that may be taken back until then.

    Returns:
        Whether it is new.
    """
    is_new = await executor.fetchval(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, handed_over_at, next_try_at, traceparent,
               takes_effect_at)
           VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END,
               now() + CASE WHEN $7 THEN make_interval(secs => $8) ELSE interval '0' END, $9, $10)
           ON CONFLICT (id) DO NOTHING RETURNING true""",
        command_id,
        request_id,
        action,
        actor,
        payload,
        at,
        handed_over,
        LOOK_AGAIN_SECONDS,
        traceparent(),
        takes_effect_at,
    )
    return bool(is_new)


async def store_many(
    pool: Pool,
    *,
    action: Action,
    actor: str,
    commands: Mapping[UUID, UUID],
    messages: Iterable[object],
    at: datetime,
) -> None:
    """Take a command for each of some requests durably, all of them or none. Doing it twice changes nothing.

    Args:
        action: what is done to each.
        actor: who does it.
        commands: the command's id by that of the request.
        messages: what each carries, in the same order.
        at: when it was said.
    """
    await pool.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, traceparent)
           SELECT id, request_id, $3, $4, payload, $6, $7
           FROM unnest($1::uuid[], $2::uuid[], $5::jsonb[]) AS c (id, request_id, payload)
           ON CONFLICT DO NOTHING""",
        list(commands.values()),
        list(commands),
        action,
        actor,
        list(messages),
        at,
        traceparent(),
    )


ORDER_CHANGED: Final = "order_changed"
"""What a run is told when the order of its request has changed; it looks at the CRM for how."""


async def tell_of_order(connection: Connection, request_ids: Iterable[UUID], *, at: datetime) -> None:
    """Have the runs of some requests told that their order has changed, within the transaction that changes it."""
    wanted = list(request_ids)
    await connection.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, traceparent)
           SELECT id, request_id, $3, $4, jsonb_build_object('command_id', id), $5, $6
           FROM unnest($1::uuid[], $2::uuid[]) AS c (id, request_id)""",
        [uuid7() for _ in wanted],
        wanted,
        ORDER_CHANGED,
        SYSTEM,
        at,
        traceparent(),
    )


async def mark_told_of_order(connection: Connection, command_id: UUID, request_id: UUID) -> None:
    """A run has looked at what its order says now."""
    await connection.execute(
        "UPDATE commands SET delivered_at = now() WHERE id = $1 AND request_id = $2 AND action = $3 AND delivered_at IS NULL",
        command_id,
        request_id,
        ORDER_CHANGED,
    )


async def stored_by(executor: Pool | Connection, command_id: UUID, request_id: UUID) -> str | None:
    """Whose command of this request was taken under an id, worked on or not; None: there is no such command."""
    actor: str | None = await executor.fetchval(
        "SELECT actor FROM commands WHERE id = $1 AND request_id = $2", command_id, request_id
    )
    return actor


async def is_whose(pool: Pool, command_id: UUID, request_id: UUID, action: Action, actor: str) -> bool:
    """Whether a command that was taken is this person's, for this action on this request."""
    return bool(
        await pool.fetchval(
            "SELECT true FROM commands WHERE id = $1 AND request_id = $2 AND action = $3 AND actor = $4",
            command_id,
            request_id,
            action,
            actor,
        )
    )


LEASE_SECONDS: Final = 30
"""How long a claimed command is left to whoever claimed it."""
LONGEST_PAUSE_SECONDS: Final = 600
LOOK_AGAIN_SECONDS: Final = 5
"""After this long, then twice as long each time, a command that the engine took is given to it again: it may have lost it."""


async def claim_undelivered(pool: Pool, *, older_than_seconds: float, limit: int) -> list[PendingCommand]:
    """Commands that should have an outcome by now, those first that have waited longest for a try; what no call waits for at once.

    They are the caller's until it has marked them delivered, released or put them off, or the lease is over.
    """
    rows = await pool.fetch(
        """WITH due AS (
               SELECT id FROM commands
               WHERE delivered_at IS NULL AND next_try_at <= now()
                   AND (created_at < now() - make_interval(secs => $1) OR action = $4)
               ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED
           ), claimed AS (
               UPDATE commands SET next_try_at = now() + make_interval(secs => $3)
               FROM due WHERE commands.id = due.id
               RETURNING commands.id AS command_id, request_id, action, actor, payload, created_at,
                   handed_over_at IS NOT NULL AS handed_over, traceparent
           )
           SELECT command_id, request_id, action, actor, payload, handed_over, traceparent FROM claimed ORDER BY created_at""",
        older_than_seconds,
        limit,
        LEASE_SECONDS,
        ORDER_CHANGED,
    )
    # Unchecked: one that is not as it should be must not stop the others.
    return [PendingCommand.model_construct(**dict(row)) for row in rows]


OVERDUE: Final = "delivered_at IS NULL AND (takes_effect_at IS NULL OR takes_effect_at < now())"
"""Of which commands there should be an outcome by now."""


async def claim_old(pool: Pool, *, after: UUID, older_than_seconds: float, limit: int) -> list[WaitingCommand]:
    """Commands without an outcome for long, by id, whenever they are to be tried again; claimed as above.

    Args:
        after: the last id of the batch before.
    """
    rows = await pool.fetch(
        f"""WITH old AS (
               SELECT id FROM commands
               WHERE {OVERDUE} AND id > $1 AND created_at < now() - make_interval(secs => $2)
               ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
           ), claimed AS (
               UPDATE commands c SET next_try_at = now() + make_interval(secs => $4)
               FROM old WHERE c.id = old.id
               RETURNING c.id AS command_id, c.request_id, c.action, c.payload, c.actor, c.created_at,
                   c.handed_over_at IS NOT NULL AS handed_over
           )
           SELECT claimed.*, r.number, r.owner FROM claimed JOIN purchase_requests r ON r.id = claimed.request_id
           ORDER BY command_id""",  # noqa: S608
        after,
        older_than_seconds,
        limit,
        LEASE_SECONDS,
    )
    return [WaitingCommand.model_construct(**dict(row)) for row in rows]


async def undecided(pool: Pool, command_ids: Iterable[UUID]) -> set[UUID]:
    """Those of some commands that have no outcome."""
    rows = await pool.fetch("SELECT id FROM commands WHERE delivered_at IS NULL AND id = ANY ($1)", list(command_ids))
    return {row["id"] for row in rows}


async def release(pool: Pool, command_ids: list[UUID]) -> None:
    """Give claimed commands back untried."""
    await pool.execute(
        "UPDATE commands SET next_try_at = now() WHERE id = ANY ($1) AND delivered_at IS NULL", command_ids
    )


async def put_off(pool: Pool, command_id: UUID, *, longest_seconds: int = LONGEST_PAUSE_SECONDS) -> None:
    """Try a command again later: after a second, then twice as long each time, up to the longest pause."""
    await pool.execute(
        """UPDATE commands SET tries = tries + 1,
               next_try_at = now() + make_interval(secs => least(2 ^ least(tries, 20), $2)) WHERE id = $1""",
        command_id,
        longest_seconds,
    )


async def mark_handed_over(pool: Pool, command_id: UUID) -> None:
    """The engine has it on disk. Should it have no outcome for long, it is given to the engine again."""
    await pool.execute(
        """UPDATE commands SET handed_over_at = now(), tries = tries + 1,
               next_try_at = now() + make_interval(secs => least($2 * 2 ^ least(tries, 20), $3)) WHERE id = $1""",
        command_id,
        LOOK_AGAIN_SECONDS,
        LONGEST_PAUSE_SECONDS,
    )


async def mark_delivered(pool: Pool, command_id: UUID) -> None:
    """It has an outcome, so that nothing is left to be delivered."""
    await pool.execute("UPDATE commands SET delivered_at = now() WHERE id = $1 AND delivered_at IS NULL", command_id)


async def count_undelivered(pool: Pool) -> int:
    """How many commands have no outcome yet, but for decisions that their people may still take back."""
    return int(await pool.fetchval(f"SELECT count(*) FROM commands WHERE {OVERDUE}"))  # noqa: S608
