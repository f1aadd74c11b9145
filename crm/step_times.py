"""How long steps took before, from the approvals of other requests: what people are told to expect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from approval.model import Frozen
from crm.pool import Pool

FEWEST: Final = 5
"""Of fewer there is no telling."""
MOST: Final = 200
"""The newest that are looked at."""


class StepTimes(Frozen):
    """How long a step took, from its opening to its last approval, by the wall clock."""

    n: int
    """Of so many times."""
    median_seconds: float
    ninety_percent_seconds: float
    """Nine of ten were done by then."""


async def of_steps(pool: Pool, process_key: str, steps: Iterable[str]) -> dict[str, StepTimes]:
    """How long steps of a process took the last times, by their keys; without those that were too seldom."""
    rows = await pool.fetch(_TIMES, process_key, list(steps))
    return {
        row["step"]: StepTimes(
            n=row["n"], median_seconds=float(row["median"]), ninety_percent_seconds=float(row["ninety"])
        )
        for row in rows
        if row["n"] >= FEWEST
    }


_TIMES: Final = f"""
SELECT wanted.step, times.* FROM unnest($2::text[]) AS wanted (step), LATERAL (
    SELECT count(*) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS ninety
    FROM (
        SELECT extract(epoch FROM max(closed_at) - min(opened_at)) AS seconds FROM (
            SELECT a.request_id, a.round, a.visit, a.opened_at, a.closed_at
            FROM assignments a JOIN runs ON runs.request_id = a.request_id
            WHERE a.step = wanted.step AND a.state = 'approved' AND a.opened_at IS NOT NULL AND runs.process_key = $1
            ORDER BY a.closed_at DESC LIMIT {2 * MOST}
        ) newest GROUP BY request_id, round, visit ORDER BY max(closed_at) DESC LIMIT {MOST}
    ) seconds
) times
"""  # noqa: S608
