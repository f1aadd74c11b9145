"""Decisions that their people may take back for some seconds: each waits among the commands until its run has it take effect.

The command's row is what both lock, whoever takes it back and the run: who has it first has won, and the other finds it settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approval.acting import Acting
from approval.model import Action, Frozen, Person, Refusal
from crm import outcomes
from crm.commands import LOOK_AGAIN_SECONDS
from crm.outcomes import Outcome
from crm.pool import Connection, Pool
from trace_context import traceparent


class DeferredDecision(Frozen):
    """A decision that waits until it takes effect."""

    command_id: UUID
    action: Action
    actor: str
    message: Mapping[str, Any]
    """The signal's one JSON object, without a signature."""
    takes_effect_at: datetime
    taken_back_for: datetime | None = None
    """When the last one was to take effect that its person has taken back on this request; None: they have taken back none."""

    def is_of(self, actor: str, place: Acting) -> bool:
        """Whether it is somebody's about this place."""
        return self.actor == actor and place.is_meant(actor, self.message.get("step"), self.message.get("for"))


OF_REQUEST: Final = """(SELECT coalesce(jsonb_agg(jsonb_build_object('command_id', d.id, 'action', d.action, 'actor', d.actor,
        'message', d.payload, 'takes_effect_at', d.takes_effect_at, 'taken_back_for', (SELECT max(b.takes_effect_at)
            FROM commands b WHERE b.request_id = d.request_id AND b.takes_effect_at IS NOT NULL AND b.actor = d.actor
            AND b.undone_at IS NOT NULL)) ORDER BY d.takes_effect_at, d.id), '[]')
    FROM commands d WHERE d.request_id = r.id AND d.takes_effect_at IS NOT NULL AND d.delivered_at IS NULL)"""
"""Those that wait on the request ``r``, the first to take effect first."""


async def defer(
    connection: Connection, decision: DeferredDecision, request_id: UUID, *, said_at: datetime
) -> DeferredDecision | None:
    """Keep a decision until it takes effect. If its run has not come to it some seconds after that, it is given to it again.

    Returns:
        The decision; None: another command has its id.
    """
    kept = await connection.fetchval(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, handed_over_at, takes_effect_at,
               next_try_at, traceparent)
           VALUES ($1, $2, $3, $4, $5, $6, now(), $7, $7::timestamptz + make_interval(secs => $8), $9)
           ON CONFLICT (id) DO NOTHING RETURNING true""",
        decision.command_id,
        request_id,
        decision.action,
        decision.actor,
        decision.message,
        said_at,
        decision.takes_effect_at,
        LOOK_AGAIN_SECONDS,
        traceparent(),
    )
    return decision if kept else None


async def pin(
    connection: Connection, command_id: UUID, *, step: str | None, acting_for: str | None, version: int
) -> None:
    """Have a decision that waits hold to a place and to a version of its request, where it does not say which.

    Args:
        step: None: it is not known which it decides.
        acting_for: as whose substitute; None: as nobody's, or that is not known.
    """
    await connection.execute(
        """UPDATE commands SET payload = jsonb_strip_nulls(jsonb_build_object('step', $2::text, 'for', $3::text, 'version', $4::integer))
               || payload
           WHERE id = $1 AND takes_effect_at IS NOT NULL AND delivered_at IS NULL""",
        command_id,
        step,
        acting_for,
        version,
    )


async def lock(connection: Connection, command_id: UUID) -> bool:
    """Have a decision for oneself until the transaction ends; False: it was taken back, or is settled."""
    return bool(
        await connection.fetchval(
            """SELECT true FROM commands WHERE id = $1 AND takes_effect_at IS NOT NULL AND delivered_at IS NULL
               FOR UPDATE""",
            command_id,
        )
    )


async def settle(connection: Connection, command_id: UUID) -> None:
    """Nothing is left to be done about it, whatever has become of it."""
    await connection.execute(
        "UPDATE commands SET delivered_at = now() WHERE id = $1 AND delivered_at IS NULL", command_id
    )


async def undo(pool: Pool, request_id: UUID, command_id: UUID, actor: str) -> bool:
    """Take a decision back; False: there is none of this person's that waits. Whatever happens after, it does not take effect."""
    return bool(
        await pool.fetchval(
            """UPDATE commands SET delivered_at = now(), undone_at = now()
               WHERE id = $1 AND request_id = $2 AND actor = $3 AND takes_effect_at IS NOT NULL AND delivered_at IS NULL
               RETURNING true""",
            command_id,
            request_id,
            actor,
        )
    )


class Deferral(Frozen):
    """What is known of a decision that could be taken back, besides what it became if it took effect or was refused."""

    request_id: UUID
    action: Action
    end: bool
    actor: str
    takes_effect_at: datetime
    undone_at: datetime | None
    """When it was taken back."""

    def outcome(self) -> Outcome:
        """What has become of it until it takes effect."""
        return Outcome(
            request_id=self.request_id,
            action=self.action,
            end=self.end,
            actor=self.actor,
            takes_effect_at=self.takes_effect_at,
            undone=self.undone_at is not None,
        )


async def find(executor: Pool | Connection, command_id: UUID) -> Deferral | None:
    """A decision that can be taken back, or could."""
    row = await executor.fetchrow(
        """SELECT request_id, action, coalesce(payload ->> 'end' = 'true', false) AS end, actor, takes_effect_at, undone_at
           FROM commands WHERE id = $1 AND takes_effect_at IS NOT NULL""",
        command_id,
    )
    return Deferral.model_validate(dict(row)) if row is not None else None


async def outcome(executor: Pool | Connection, command_id: UUID) -> Outcome | None:
    """What became of a command: also that it waits until it takes effect, or was taken back."""
    found = await outcomes.find(executor, command_id)
    if found is not None:
        return found
    deferral = await find(executor, command_id)
    return deferral.outcome() if deferral is not None else None


class OwnDecision(Frozen):
    """What somebody has decided, for a page on which they can take it back, or see what became of it."""

    command_id: UUID
    request_id: UUID
    number: str
    action: Action
    end: bool
    step: str | None
    """None: it is not known yet."""
    acting_for: Person | None
    """Whose substitute they are in it."""
    version: int | None
    """Of the request, which they saw; None: it is not known yet."""
    takes_effect_at: datetime
    undone_at: datetime | None
    settled: bool
    """Whether it took effect, or was refused."""
    refusal: Refusal | None
    """Why it did not take effect."""

    @property
    def waits(self) -> bool:
        """Whether it can be taken back."""
        return not self.settled and self.undone_at is None

    def is_of(self, actor: str, place: Acting) -> bool:
        """Whether it is about this place, of the person whose decision it is."""
        return place.is_meant(actor, self.step, self.acting_for.username if self.acting_for is not None else None)


async def of_person(pool: Pool, username: str, request_id: UUID | None = None) -> tuple[OwnDecision, ...]:
    """What somebody can take back, the newest first, and what became of such decisions: for a minute, of a refused one for an hour.
    Once the request has been sent again, only what came to nothing is still said of a decision of an earlier round.

    Args:
        request_id: only what they decided on this request; None: on any.
    """
    rows = await pool.fetch(
        """SELECT c.id AS command_id, c.request_id, r.number, c.action, coalesce(c.payload ->> 'end' = 'true', false) AS end,
               c.payload ->> 'step' AS step, CASE WHEN p.username IS NOT NULL
                   THEN jsonb_build_object('username', p.username, 'name', p.name) END AS acting_for,
               (c.payload ->> 'version')::integer AS version, c.takes_effect_at, c.undone_at, c.delivered_at IS NOT NULL AND c.undone_at IS NULL AS settled, o.refusal
           FROM commands c JOIN purchase_requests r ON r.id = c.request_id LEFT JOIN users p ON p.username = c.payload ->> 'for'
               LEFT JOIN outcomes o ON o.command_id = c.id AND o.request_id = c.request_id AND o.actor = c.actor
           WHERE c.actor = $1 AND c.takes_effect_at > now() - interval '1 day' AND ($2::uuid IS NULL OR c.request_id = $2)
               AND (c.delivered_at IS NULL OR c.delivered_at > now()
                   - CASE WHEN o.refusal IS NULL THEN interval '1 minute' ELSE interval '1 hour' END)
               AND (c.delivered_at IS NULL OR c.undone_at IS NOT NULL OR o.refusal IS NOT NULL OR NOT EXISTS (
                   SELECT FROM runs WHERE runs.request_id = c.request_id AND runs.sent_at > c.created_at))
           ORDER BY c.takes_effect_at DESC, c.id DESC LIMIT 20""",
        username,
        request_id,
    )
    return tuple(OwnDecision.model_validate(dict(row)) for row in rows)
