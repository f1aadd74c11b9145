"""What hangs on somebody: how much waits on them, what they own that has not ended, who reports to them, who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from approval.model import Frozen, ProcessStatus
from crm.pool import Connection, Pool


class Hanging(Frozen):
    """What hangs on somebody now."""

    open: int
    """Places that wait on them, ..."""
    later: int
    """... that will, once their step's turn has come or a question is answered, ..."""
    alone: int
    """... and of the open ones those in whose step nobody else is asked."""
    owned: Mapping[ProcessStatus, int]
    """Their own requests that have not ended, by status; none that are 0."""
    reports: int
    """Who report to them directly and have not left."""
    substituted: int
    """Substitutions by which others decide for them, now or later, ..."""
    substituting: int
    """... and by which they decide for others."""

    @property
    def own(self) -> int:
        """Their own requests that have not ended."""
        return sum(self.owned.values())


_HANGING: Final = """
WITH places AS (
    SELECT a.* FROM assignments a WHERE a.person = $1 AND a.state = 'open'
    UNION ALL SELECT a.* FROM assignments a WHERE a.person = $1 AND a.state IN ('waiting', 'paused')
), owned AS (
    SELECT process_status, count(*) AS requests FROM purchase_requests
    WHERE owner = $1 AND process_status IN ('not_sent', 'in_progress', 'returned') GROUP BY process_status
)
SELECT (SELECT count(*) FROM places WHERE state = 'open') AS open,
    (SELECT count(*) FROM places WHERE state <> 'open') AS later,
    (SELECT count(*) FROM places a WHERE a.state = 'open' AND NOT EXISTS (
        SELECT FROM assignments o WHERE o.request_id = a.request_id AND o.round = a.round AND o.step = a.step
            AND o.visit = a.visit AND o.person <> a.person AND o.state = 'open')) AS alone,
    (SELECT coalesce(jsonb_object_agg(process_status, requests), '{}') FROM owned) AS owned,
    (SELECT count(*) FROM users WHERE manager = $1 AND active) AS reports,
    (SELECT count(*) FROM substitutions WHERE person = $1 AND revoked_at IS NULL AND ends_at > now()) AS substituted,
    (SELECT count(*) FROM substitutions WHERE substitute = $1 AND revoked_at IS NULL AND ends_at > now()) AS substituting
"""


async def hanging(executor: Pool | Connection, username: str) -> Hanging:
    """What hangs on somebody now."""
    row = await executor.fetchrow(_HANGING, username)
    assert row is not None  # noqa: S101 - it counts
    return Hanging(**dict(row))
