"""What waits for an administrator in the traffic with other systems, as numbers."""

from __future__ import annotations

from approval.model import Frozen
from crm.pool import Connection, Pool


class AdminWork(Frozen):
    """How much there is of each kind; what belongs to a system that is not followed waits for nobody."""

    orders_not_taken: int
    """Orders of other systems that could not be taken."""
    orders_not_told: int
    """Orders whose system could not be told what became of them."""
    entries_not_taken: int
    """Products, customers and the like of other systems that could not be taken."""
    endpoints_down: int
    """Webhooks and chats that take nothing: they fail, or were switched off for it."""


async def waiting(executor: Pool | Connection) -> AdminWork:
    """What waits now."""
    row = await executor.fetchrow(
        """SELECT
               (SELECT count(*) FROM connector_failures f JOIN connectors c USING (system) WHERE c.enabled) AS orders_not_taken,
               (SELECT count(*) FROM connector_writings w JOIN connectors c USING (system)
                WHERE c.enabled AND w.marks > w.told AND w.problem IS NOT NULL) AS orders_not_told,
               (SELECT count(*) FROM connector_catalogue_items i JOIN connectors c USING (system)
                WHERE c.enabled AND i.problem IS NOT NULL) AS entries_not_taken,
               (SELECT count(*) FROM endpoints
                WHERE off_reason IN ('gone', 'failing') OR (off_reason IS NULL AND failing_since IS NOT NULL)) AS endpoints_down"""
    )
    assert row is not None  # noqa: S101 - it counts
    return AdminWork(**row)
