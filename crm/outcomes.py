"""What became of commands: what the timeline says of them, or what was noted of a refusal that was only counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from approval.model import Action, Frozen, Refusal
from crm.pool import Connection, Pool


class Outcome(Frozen):
    """What became of a command: accepted, or refused. Whose command it was is known with it."""

    request_id: UUID
    """The request on which it was tried."""
    action: Action
    end: bool = False
    actor: str
    refusal: Refusal | None = None
    takes_effect_at: datetime | None = None
    """Of a decision that has not taken effect: when it does, unless its person takes it back, ..."""
    undone: bool = False
    """... as they have done."""


async def find(executor: Pool | Connection, command_id: UUID) -> Outcome | None:
    """What became of a command, if anything has."""
    return _outcome(await executor.fetchrow(f"{_SELECT} WHERE command_id = $1 {_ACCEPTED_FIRST}", command_id))


async def find_for(
    executor: Pool | Connection, request_id: UUID, command_id: UUID, *, actor: str, action: str | None = None
) -> Outcome | None:
    """What became of a command on this request, under its own id or, where another request has that, under the one of both.

    Args:
        actor: whose command it is: if the id is that of somebody else's too, what became of theirs comes first.
        action: which of theirs; None: any.
    """
    ids = [command_id, id_of_both(command_id, request_id)]
    ids += [id_beside_another(request_id, command_id, one, actor) for one in Action]
    query = f"""{_SELECT} WHERE command_id = ANY ($1) AND request_id = $2
        ORDER BY (actor, action) = ($3, coalesce($4, action)) DESC, array_position($1, command_id) LIMIT 1"""
    return _outcome(await executor.fetchrow(query, ids, request_id, actor, action))


def id_of_both(command_id: UUID, request_id: UUID) -> UUID:
    """What a command is recorded under on a request if another request has its id."""
    return UUID(int=command_id.int ^ request_id.int)


def id_beside_another(request_id: UUID, command_id: UUID, action: Action, actor: str) -> UUID:
    """What a command is recorded under if its id is that of another command of the request."""
    return uuid5(request_id, f"{command_id} {action} {actor}")


_SELECT = "SELECT request_id, action, ends_run, actor, refusal FROM outcomes"
_ACCEPTED_FIRST = "ORDER BY refusal IS NOT NULL LIMIT 1"
"""Should one of two calls at the same moment have been counted as refused, the other one holds."""


def _outcome(row: asyncpg.Record | None) -> Outcome | None:
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    return Outcome(end=values.pop("ends_run"), **values)


class Became(Frozen):
    """What became of a command."""

    command_id: UUID
    note: str = ""
    refusal: Refusal | None = None


async def became(pool: Pool, command_ids: Iterable[UUID]) -> dict[UUID, Became]:
    """What became of those of some commands that have an outcome."""
    rows = await pool.fetch(
        """SELECT o.command_id, o.refusal, coalesce(t.note, '') AS note FROM outcomes o
               LEFT JOIN timeline t ON t.command_id = o.command_id
           WHERE o.command_id = ANY ($1)""",
        list(command_ids),
    )
    return {row["command_id"]: Became.model_validate(dict(row)) for row in rows}
