"""The runs of one process that are on their way: by version and step, and one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from approval.model import Frozen
from crm.pool import Connection, Pool
from crm.records import RequestRecord
from crm.requests import TABLES, columns, record_of


class StepCount(Frozen):
    """How many runs wait at a step. ``step`` is None for those that were returned to their owners."""

    version: int
    step: str | None
    runs: int


_OF_PROCESS: Final = "runs.process_key = $1 AND runs.status = 'in_progress' AND runs.round > 0"

_COUNTS: Final = f"""
SELECT runs.process_version AS version, open.step, count(*)::int AS runs
FROM runs LEFT JOIN LATERAL (
    SELECT s -> 'plan' ->> 'key' AS step
    FROM rounds, jsonb_array_elements(rounds.steps) WITH ORDINALITY AS placed (s, place)
    WHERE rounds.request_id = runs.request_id AND rounds.number = runs.round AND s ->> 'state' = 'open'
    ORDER BY place LIMIT 1
) open ON true
WHERE {_OF_PROCESS} GROUP BY runs.process_version, open.step ORDER BY runs.process_version DESC, open.step NULLS LAST
"""  # noqa: S608


async def counts(executor: Pool | Connection, key: str) -> list[StepCount]:
    """How many runs of a process go on, by the version that they run and the first step that is open, newest version first."""
    return [StepCount(**dict(row)) for row in await executor.fetch(_COUNTS, key)]


_RUNS: Final = f"""
SELECT {columns(lines="")} FROM {TABLES}
WHERE {_OF_PROCESS} AND runs.process_version IS DISTINCT FROM $2 AND ($3::uuid[] IS NULL OR r.id = ANY ($3))
    AND ($4::uuid IS NULL OR r.id > $4)
ORDER BY r.id LIMIT $5
"""  # noqa: S608


async def on_their_way(
    executor: Pool | Connection,
    key: str,
    *,
    but: int | None,
    requests: Iterable[UUID] | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[RequestRecord]:
    """Requests whose runs of a process go on, oldest first.

    Args:
        executor: the CRM database.
        key: of the process.
        but: not those of this version; None: of any.
        requests: only these; None: all.
        after: only those made after this one.
        limit: how many at most.
    """
    chosen = list(requests) if requests is not None else None
    rows = await executor.fetch(_RUNS, key, but, chosen, after, limit)
    return [record_of(row) for row in rows]
