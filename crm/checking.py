"""What a comparison with the engine reads of many requests at once, and what it keeps of those that a restore has lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from approval.model import Frozen, ProcessStatus
from approval.state import Step
from crm.pool import Pool
from crm.requests import steps_of


class Standing(Frozen):
    """Where a request stands."""

    id: UUID
    number: str
    owner: str
    process_status: ProcessStatus
    sequence: int
    open_steps: tuple[Step, ...]
    """With some of the people who can still decide them, the first by username."""
    send_waits: bool
    """Whether a send of it has no outcome yet."""


async def of_status(pool: Pool, status: ProcessStatus, *, after: UUID, limit: int) -> list[UUID]:
    """Requests with a process status, by id.

    Args:
        after: the last id of the batch before.
        limit: how many at most.
    """
    rows = await pool.fetch(
        "SELECT id FROM purchase_requests WHERE process_status = $1 AND id > $2 ORDER BY id LIMIT $3",
        status,
        after,
        limit,
    )
    return [row["id"] for row in rows]


MOST_PEOPLE: Final = 1000
"""People of a request's open steps that are read: more than a search attribute takes."""

_STANDINGS: Final = """
SELECT r.id, r.number, r.owner, r.process_status, r.run_sequence AS sequence,
    coalesce(open.steps, '[]') AS steps, coalesce(asked.people, '[]') AS people,
    EXISTS (SELECT FROM commands c WHERE c.request_id = r.id AND c.action = 'send' AND c.delivered_at IS NULL) AS send_waits
FROM purchase_requests r
    LEFT JOIN runs ON runs.request_id = r.id
    LEFT JOIN rounds ON rounds.request_id = r.id AND rounds.number = runs.round
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(step ORDER BY place) AS steps
        FROM jsonb_array_elements(rounds.steps) WITH ORDINALITY AS all_steps (step, place) WHERE step ->> 'state' = 'open'
    ) open ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('id', first.id, 'step', first.step, 'visit', first.visit, 'state', first.state,
            'person', jsonb_build_object('username', first.person, 'name', ''))) AS people
        FROM (
            SELECT a.* FROM jsonb_array_elements(open.steps) WITH ORDINALITY AS opened (step, place)
                JOIN assignments a ON a.request_id = rounds.request_id AND a.round = rounds.number
                    AND a.step = opened.step -> 'plan' ->> 'key' AND a.visit = coalesce((opened.step ->> 'visit')::int, 1)
            WHERE a.state IN ('waiting', 'open', 'paused') ORDER BY opened.place, a.person COLLATE "C" LIMIT $2
        ) first
    ) asked ON true
WHERE r.id = ANY ($1)
"""


async def standings(pool: Pool, request_ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """Where requests stand, by id; those that are not there are left out."""
    rows = await pool.fetch(_STANDINGS, list(request_ids), MOST_PEOPLE)
    return {
        row["id"]: Standing(
            **{name: row[name] for name in ("id", "number", "owner", "process_status", "sequence", "send_waits")},
            open_steps=steps_of(row["steps"], row["people"]),
        )
        for row in rows
    }


class LostRequest(Frozen):
    """A request of which the engine knows more than the CRM, since the CRM was restored to before that."""

    request_id: UUID
    engine_run: str
    """The engine's id of the run that shows it."""
    number: str
    owner: str
    process_status: str
    """As the engine had it."""


async def note_lost(pool: Pool, lost: LostRequest) -> None:
    """Keep that it was lost."""
    await pool.execute(
        """INSERT INTO lost_requests (request_id, engine_run, number, owner, process_status)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""",
        lost.request_id,
        lost.engine_run,
        lost.number,
        lost.owner,
        lost.process_status,
    )


async def noted_lost(pool: Pool, request_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When it was found last that something of a request was lost. What was there before that is no news."""
    rows = await pool.fetch(
        "SELECT request_id, max(found_at) AS at FROM lost_requests WHERE request_id = ANY ($1) GROUP BY request_id",
        list(request_ids),
    )
    return {row["request_id"]: row["at"] for row in rows}


async def holders(pool: Pool, numbers: Iterable[str]) -> dict[str, UUID]:
    """The requests that have some numbers, by number."""
    rows = await pool.fetch("SELECT number, id FROM purchase_requests WHERE number = ANY ($1)", list(numbers))
    return {row["number"]: row["id"] for row in rows}
