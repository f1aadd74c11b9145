"""The timeline: what was tried on a request, by whom, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from approval.changes import ProposedChange
from approval.model import Action, Channel, Frozen, Refusal
from crm import cursors
from crm.events import Committed, tell
from crm.pool import Connection, Pool


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

    @property
    def committed(self) -> Committed:
        """What listeners are told of it."""
        return Committed(
            request_id=self.request_id,
            command_id=self.command_id,
            action=self.action,
            end=self.end,
            actor=self.actor,
            accepted=self.refusal is None,
        )


async def refuse(pool: Pool, entry: Entry) -> None:
    """Record a refused action and tell whoever waits for it."""
    await insert(pool, entry)
    await tell(pool, entry.committed)


async def insert(executor: Pool | Connection, entry: Entry) -> bool:
    """Record an action; whoever calls tells the listeners, once it is committed. Recording it twice changes nothing.

    A command id that belongs to another request is replaced by one made of both, so that this entry is recorded too.

    Returns:
        Whether the command is new to the timeline.
    """
    is_new = await executor.fetchval(
        """
        WITH entry AS (
            INSERT INTO timeline (request_id, command_id, at, action, ends_run, actor, step, round, note, accepted, refusal,
                channel)
            SELECT $1, CASE WHEN elsewhere THEN $12 ELSE $2 END, $3, $4, $5, $6, $7,
                coalesce($8, (SELECT round FROM runs WHERE runs.request_id = $1), 0), $9, $10, $11, $13
            FROM (SELECT EXISTS (SELECT FROM timeline WHERE command_id = $2 AND request_id <> $1)) AS used (elsewhere)
            ON CONFLICT (command_id) DO NOTHING RETURNING id
        ), delivered AS (
            UPDATE commands SET delivered_at = now()
            WHERE id = $2 AND request_id = $1 AND action = $4 AND actor = $6 AND delivered_at IS NULL
        )
        SELECT EXISTS (SELECT FROM entry)
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
        _of_both(entry.command_id, entry.request_id),
        entry.channel,
    )
    return bool(is_new)


async def find(executor: Pool | Connection, command_id: UUID) -> Entry | None:
    """The entry of a command, if it has been recorded."""
    row = await executor.fetchrow(_SELECT + " WHERE t.command_id = $1", command_id)
    return _entry(row) if row else None


async def find_for(
    executor: Pool | Connection, request_id: UUID, command_id: UUID, *, actor: str, action: str | None = None
) -> Entry | None:
    """The entry of a command on this request, under its own id or, where another request has that, under the one of both.

    Args:
        actor: whose command it is: if the id is that of somebody else's too, what became of theirs comes first.
        action: which of theirs; None: any.
    """
    ids = [command_id, _of_both(command_id, request_id)]
    ids += [id_beside_another(request_id, command_id, one, actor) for one in Action]
    query = f"""{_SELECT} WHERE t.command_id = ANY ($1) AND t.request_id = $2
        ORDER BY (t.actor, t.action) = ($3, coalesce($4, t.action)) DESC, t.id LIMIT 1"""
    row = await executor.fetchrow(query, ids, request_id, actor, action)
    return _entry(row) if row else None


def _of_both(command_id: UUID, request_id: UUID) -> UUID:
    """What a command is recorded under on a request if another request has its id."""
    return UUID(int=command_id.int ^ request_id.int)


def id_beside_another(request_id: UUID, command_id: UUID, action: Action, actor: str) -> UUID:
    """What a command is recorded under if its id is that of another command of the request."""
    return uuid5(request_id, f"{command_id} {action} {actor}")


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
    ) AS changes
FROM timeline t LEFT JOIN users u ON u.username = t.actor
"""


def _entry(row: asyncpg.Record) -> Entry:
    values: dict[str, Any] = dict(row)
    changes = tuple(ProposedChange.model_validate(change) for change in values.pop("changes") or ())
    return Entry(end=values.pop("ends_run"), changes=changes, **values)
