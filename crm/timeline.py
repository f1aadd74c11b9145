"""The timeline: what was tried on a request, by whom, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from approval.changes import ProposedChange
from approval.model import Action, Channel, Frozen, Person, Refusal
from approval.order_changes import HoldChoice
from approval.state import Where
from crm import cursors
from crm.events import Committed
from crm.pool import Connection, Pool


class Substituted(Frozen):
    """The substitution that something was decided by."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


class Entry(Frozen):
    """One line of the timeline. ``refusal`` is None for what was accepted."""

    request_id: UUID
    command_id: UUID
    at: datetime
    """When it was said."""
    recorded_at: datetime | None = None
    """When it was written; None: it is to be."""
    action: Action
    end: bool = False
    returned_to: str | None = None
    """Of a return to an earlier step: its key."""
    actor: str
    actor_name: str = ""
    channel: Channel | None = None
    """None: nobody knows, as of what was recorded before channels were."""
    step: str | None = None
    round: int | None = 0
    """None: the one that runs now."""
    note: str = ""
    refusal: Refusal | None = None
    changes: tuple[ProposedChange, ...] = ()
    """Of an approval that was accepted: what it proposed."""
    acted_for: Person | None = None
    """For whom it was decided, where it was not in the actor's own right, ..."""
    substitution: Substituted | None = None
    """... and what let them."""
    whom: Person | None = None
    """To whom it was forwarded, or who was consulted or added, ..."""
    added_where: Where | None = None
    """... and where."""
    choice: HoldChoice | None = None
    """Of the owner's answer to a changed order."""

    def committed(self, *, shown: bool = True) -> Committed:
        """What listeners are told of it.

        Args:
            shown: whether the timeline has it.
        """
        return Committed(
            request_id=self.request_id,
            command_id=self.command_id,
            action=self.action,
            end=self.end,
            actor=self.actor,
            accepted=self.refusal is None,
            shown=shown,
        )


async def insert(connection: Connection, entry: Entry) -> None:
    """Record an action that was accepted, in the transaction that does it; whoever calls tells the listeners after that."""
    await connection.execute(
        """INSERT INTO timeline (request_id, command_id, at, action, ends_run, actor, step, round, note, channel, accepted)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true)""",
        entry.request_id,
        entry.command_id,
        entry.at,
        entry.action,
        entry.end,
        entry.actor,
        entry.step,
        entry.round,
        entry.note,
        entry.channel,
    )


async def ends_with(connection: Connection, entry: Entry, *, within: timedelta) -> bool:
    """Whether the last thing that was done with a request is the same as this, said by the same person in the same way, and no
    longer ago.
    """
    found = await connection.fetchval(
        """SELECT accepted AND action = $2 AND actor = $3 AND channel IS NOT DISTINCT FROM $4 AND at > $5
           FROM timeline WHERE request_id = $1 ORDER BY id DESC LIMIT 1""",
        entry.request_id,
        entry.action,
        entry.actor,
        entry.channel,
        entry.at - within,
    )
    return bool(found)


class EntryPage(Frozen):
    """One page of a timeline and the cursor of the next."""

    items: tuple[Entry, ...]
    next_cursor: str | None


async def page(
    pool: Pool, request_id: UUID, *, limit: int, cursor: str | None = None, newest_first: bool = False
) -> EntryPage:
    """A part of a request's timeline, oldest first unless it is asked for the other way round.

    Args:
        limit: entries at most.
        cursor: ``next_cursor`` of the page before, in the same order.

    Raises:
        RefusedError: ``invalid``: the cursor is not ours.
    """
    order, comparison, direction = ("-timeline", "<", "DESC") if newest_first else ("timeline", ">", "")
    after: list[int] = []
    if cursor is not None:
        place, of = cursors.decode(cursor, order, cursors.read_place)
        if of != request_id:
            raise cursors.unknown_cursor()
        after = [place]
    rows = await pool.fetch(
        f"{_SELECT} WHERE t.request_id = $1 {f'AND t.id {comparison} $2' if after else ''}"
        f" ORDER BY t.id {direction} LIMIT {limit + 1}",
        request_id,
        *after,
    )
    more = len(rows) > limit
    return EntryPage(
        items=tuple(_entry(row) for row in rows[:limit]),
        next_cursor=cursors.encode(order, rows[limit - 1]["id"], request_id) if more else None,
    )


class Story(Frozen):
    """What the page of a request shows of its timeline, oldest first."""

    decided: tuple[Entry, ...]
    """Everything that its run accepted, and the newest entries."""
    newest: tuple[Entry, ...]
    earlier: str | None
    """The cursor of what came before the newest; newest first."""


async def story(pool: Pool, request_id: UUID, *, newest: int) -> Story:
    """The newest entries of a request's timeline and, however long ago, what its run accepted."""
    rows = await pool.fetch(
        f"""{_SELECT} WHERE t.request_id = $1 AND (t.sequence IS NOT NULL OR t.id >= (
                SELECT min(id) FROM (SELECT id FROM timeline WHERE request_id = $1 ORDER BY id DESC LIMIT {newest + 1}) n))
            ORDER BY t.id""",  # noqa: S608
        request_id,
    )
    entries = tuple(_entry(row) for row in rows)
    earlier = cursors.encode("-timeline", rows[-newest]["id"], request_id) if len(rows) > newest else None
    return Story(decided=entries, newest=entries[-newest:], earlier=earlier)


_SELECT = """
SELECT t.id, t.request_id, t.command_id, t.at, t.recorded_at, t.action, t.ends_run, t.returned_to, t.actor, coalesce(u.name, t.actor) AS actor_name,
    t.channel, t.step, t.round, t.note, t.refusal, (
        SELECT jsonb_agg(change ORDER BY place)
        FROM rounds r, jsonb_array_elements(r.proposed_changes) WITH ORDINALITY AS proposed (change, place)
        WHERE r.request_id = t.request_id AND r.number = t.round AND t.action = 'approve' AND t.accepted
            AND change ->> 'by' = t.actor AND (change ->> 'at')::timestamptz = t.at
            AND coalesce(change ->> 'step', t.step) = t.step
    ) AS changes,
    (SELECT jsonb_build_object('username', p.username, 'name', p.name) FROM users p WHERE p.username = t.acted_for) AS acted_for,
    (SELECT jsonb_build_object('id', s.id, 'starts_at', s.starts_at, 'ends_at', s.ends_at)
        FROM substitutions s WHERE s.id = t.substitution_id) AS substitution,
    (SELECT jsonb_build_object('username', p.username, 'name', p.name) FROM users p WHERE p.username = t.whom) AS whom, t.added_where, t.choice
FROM timeline t LEFT JOIN users u ON u.username = t.actor
"""


def _entry(row: asyncpg.Record) -> Entry:
    values: dict[str, Any] = dict(row)
    changes = tuple(ProposedChange.model_validate(change) for change in values.pop("changes") or ())
    return Entry(end=values.pop("ends_run"), changes=changes, **values)
